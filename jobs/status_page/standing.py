"""Where a job stands, and why, for a person who has never heard of the machinery."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from backends.base import Phase
from backends.slurm_states import phase_of
from jobs import reasons
from jobs.deletion import inputs
from jobs.deletion.words import on_its_cluster, owes_cluster
from jobs.models import Job
from jobs.starts.fruitless import is_being_released, is_on_hold
from jobs.starts.waits import AGAIN, ON_HOLD, Wait, wait_of
from jobs.states import State
from jobs.translated import file_numbers, translated
from jobs.wording import moment_text, shown_name
from scanning.sentences import ADVICE

HEADLINES = {
    State.UPLOADING: lazy("Your files are not all here yet"),
    State.UPLOADED: lazy("Your files have arrived"),
    State.SCANNING: lazy("Your files are being checked"),
    State.HELD: lazy("A person will look at your files"),
    State.CLEAN: lazy("Your files were accepted"),
    State.SUBMITTING: lazy("Your job is being handed to the cluster"),
    State.PENDING: lazy("Waiting for an idle computer"),
    State.RUNNING: lazy("Running on an otherwise idle computer"),
    State.COMPLETED: lazy("The work is done; the result is being put together"),
    State.DELIVERED: lazy("Your result is ready"),
    State.EXPIRED: lazy("This job is over and its files are deleted"),
    State.REJECTED: lazy("Your files were not accepted"),
    State.FAILED: lazy("Your job could not be finished"),
    State.CANCELLED: lazy("Your job was cancelled"),
}

EXPLANATIONS = {
    State.UPLOADED: lazy("Next they are checked."),
    State.SCANNING: lazy("Nobody's program sees them before they were checked."),
    State.HELD: lazy(
        "The check came upon something that a person has to decide about. That may take a working "
        "day or two. You need to do nothing; a letter tells you how it goes on. If you would "
        "rather change your files first, cancel this job and send them again."
    ),
    State.CLEAN: lazy("Next, an idle computer is looked for."),
    State.SUBMITTING: lazy("This takes a moment."),
    State.RUNNING: lazy(
        "If somebody needs that computer, your job waits and starts again later by itself."
    ),
    State.COMPLETED: lazy("It takes a moment until every file of it is proved to be stored."),
    State.EXPIRED: lazy("If you still need a result, please send your files again."),
    State.REJECTED: lazy("They were not used and are being deleted."),
}

PAUSED = lazy("Paused: its computer was needed for a more urgent job, or failed")
DECISION_NEEDED = lazy("On hold: people decide how it goes on")
DECISION_EXPLANATION = lazy(
    "The people who offer this page have been told, and decide how it goes on. You need to do "
    "nothing, and your files are safe."
)
SUSPENDED = lazy(
    "It stands still for a while, for more urgent work on that computer, and goes on by itself."
)
PERSON_NEEDED = lazy("Waiting for the people who run the cluster")
HANDED_IN_AGAIN = lazy("Your job is handed in again")
HANDED_IN_AGAIN_EXPLANATION = lazy(
    "The cluster lost it, or could not run it to its end. Your files are safe, and you need to do "
    "nothing: it is handed in again by itself, after a pause."
)
OVER = lazy("This job is over")  # and not all of its files are known to be deleted
WITHDRAWN = lazy("The link to the result was withdrawn")
CRASHED = lazy(
    "The program of this page could not work on your files. Those who offer it can see why."
)
# As jobs/node says it: the exception's type, then its own words. ValueErrors are words for senders.
_CRASH = re.compile(r"\w*(?:Error|Exception|Exit|Interrupt|Iteration)(?:: |$)")
UNCONFIRMED = lazy("Please confirm your e-mail address")


def is_paused(job: Job) -> bool:
    """It ran before and waits for its next start."""
    return job.state == State.PENDING and job.restart_count > 0


def is_handed_in_again(job: Job) -> bool:
    """It was at the cluster before, and is on its way to it once more."""
    return job.submission > job.stage_since and job.state in (State.CLEAN, State.SUBMITTING)


def is_withdrawn(job: Job) -> bool:
    """Its result is there, but no link leads to it any more."""
    if job.state != State.DELIVERED:
        return False
    ends = set(job.links.values_list("revoked_at", flat=True))
    return bool(ends) and None not in ends


def needs_person(job: Job) -> bool:
    """It waits at the cluster until somebody there acts."""
    return job.state == State.PENDING and _wait(job).needs_person


def _wait(job: Job) -> Wait:
    if is_being_released(job):
        return AGAIN
    wait = wait_of(job.slurm_reason)
    is_held = phase_of(job.slurm_state, job.slurm_reason) is Phase.HELD
    return ON_HOLD if is_held and not wait.needs_person else wait


def headline(job: Job) -> str:
    """Where the job stands, in a few words."""
    if job.awaits_confirmation:
        return str(UNCONFIRMED)
    if is_withdrawn(job):
        return str(WITHDRAWN)
    if is_handed_in_again(job):
        return str(HANDED_IN_AGAIN)
    if is_on_hold(job):
        return str(DECISION_NEEDED)
    if needs_person(job):
        return str(PERSON_NEEDED)
    if job.state == State.EXPIRED and owes_cluster(job):
        return str(OVER)
    return str(PAUSED if is_paused(job) else HEADLINES[State(job.state)])


def explanation(job: Job) -> str:
    """What that means for the one who waits; empty where the headline says it all."""
    if job.awaits_confirmation:
        return _unconfirmed(job)
    if is_handed_in_again(job):
        return str(HANDED_IN_AGAIN_EXPLANATION)
    if job.state == State.PENDING:
        return _why_it_waits(job)
    if job.state == State.RUNNING and job.slurm_state in ("SUSPENDED", "STOPPED"):
        return str(SUSPENDED)
    if job.state == State.CANCELLED:
        return _after_cancel(job)
    if job.state == State.REJECTED and job.inputs_deleted_at:
        return _("They were not used and are deleted.")
    return f"{EXPLANATIONS.get(State(job.state), '')} {on_its_cluster(job)}".strip()


def _why_it_waits(job: Job) -> str:
    if is_on_hold(job):
        return f"{why_on_hold(job.reason)} {DECISION_EXPLANATION}"
    why = str(_wait(job).words)
    return why if needs_person(job) or not is_paused(job) else f"{_how_it_goes_on(job)} {why}"


def why_on_hold(reason: str) -> str:
    """What the reason of a hold says after that."""
    return translated(reason.removeprefix(reasons.ON_HOLD).strip())


def kept_words(reason: str) -> str:
    """How much is kept, as the reason of a pause says it; empty where nothing is known of it."""
    if not reason.startswith(reasons.PAUSED) or reason.endswith(reasons.STARTS_AGAIN):
        return ""
    return translated(reason.removeprefix(reasons.PAUSED).removesuffix(reasons.GOES_ON).strip())


def _how_it_goes_on(job: Job) -> str:
    kept = kept_words(job.reason)
    onwards = translated(reasons.GOES_ON if kept else reasons.STARTS_AGAIN)
    return f"{kept} {onwards}".strip()


def _unconfirmed(job: Job) -> str:
    text = _(
        "Your files have arrived. We have sent a letter to %(email)s: follow the link in it by "
        "%(moment)s, and they are checked and used; else they are deleted. If the letter does not "
        "come within some minutes, look for it among your junk mail."
    )
    return text % {"email": job.email, "moment": moment_text(job.confirm_until)}


def is_clearing(job: Job) -> bool:
    """It was cancelled, and what belongs to it is still being ended and deleted."""
    is_off = job.scratch_removed_at or job.cluster.gone_at
    cleared = (is_off, job.inputs_deleted_at, job.results_deleted_at)
    return job.state == State.CANCELLED and not all(cleared)


def _after_cancel(job: Job) -> str:
    if owes_cluster(job):
        return f"{_('Your files are deleted.')} {on_its_cluster(job)}"
    if is_clearing(job):
        if not job.scratch_removed_at and job.was_handed_over:
            return _("Its run is being stopped, and your files are being deleted.")
        if inputs.kept_until(job.upload_id) is None:
            return _(
                "Nothing of it runs any more. Your files are deleted when the other job that runs "
                "on them has ended."
            )
        return _("Your files are being deleted.")
    if not job.accepted_at and not job.again_of_id:
        return _("Your files were not used and are deleted.")
    return _("Nothing of it runs any more, and your files are deleted.")


def crash_words(reason: str) -> str:
    """What Python said when research code crashed; empty if that is not why a job failed."""
    return reason if _CRASH.match(reason) else ""


def reason_for_sender(job: Job) -> str:
    """Why the job is held or was refused, with the sender's own names for the files."""
    if job.state == State.FAILED and crash_words(job.reason):
        return str(CRASHED)
    reason = job.reason.replace(f" {ADVICE}", "") if job.state == State.HELD else job.reason
    return named(reason, job)


def named(text: str, job: Job) -> str:
    """The stored reason as its reader is told it, with each file's name in place of its number."""
    text, numbered = translated(text), file_numbers()
    numbers = {int(number) for number in numbered.findall(text)}
    if not numbers:
        return text
    rows = job.upload.files.filter(number__in=numbers)
    names = {
        number: _("“%(name)s”") % {"name": shown_name(name)}
        for number, name in rows.values_list("number", "name")
    }
    return numbered.sub(lambda found: names.get(int(found[1]), found[0]), text)
