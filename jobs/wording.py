"""What the machinery's own words mean, for a person who has never heard of it."""

from __future__ import annotations

import re
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from jobs.models import FileScan, Finding, Job, Transition
from jobs.states import State
from uploads.rules import size_text

# Control characters, and those that turn the direction of what follows: "cod.exe" as "exe.doc".
_MISLEADING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def shown_name(name: str) -> str:
    """A visitor's file name without characters that make it look like another one."""
    return _MISLEADING.sub("\N{REPLACEMENT CHARACTER}", name)


def moment_text(at: datetime) -> str:
    """A time in the site's zone, which it names."""
    return date_format(timezone.localtime(at), "j F Y, H:i e")


def moment(at: datetime) -> SafeString:
    """The same for a page; static/js/times.js shows it in the reader's own zone."""
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), moment_text(at))


# --- where a job stands ----------------------------------------------------------------------

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
        "The check found something that a person has to decide about. That may take a working "
        "day or two. You need to do nothing; a letter tells you how it goes on."
    ),
    State.CLEAN: lazy("Next, an idle computer is looked for."),
    State.SUBMITTING: lazy("This takes a moment."),
    State.RUNNING: lazy(
        "If somebody needs that computer, your job waits and starts again later by itself."
    ),
    State.COMPLETED: lazy("It takes a moment until every file of it is proved to be stored."),
    State.EXPIRED: lazy("If you still need a result, please send your files again."),
    State.REJECTED: lazy("They were not used and are being deleted."),
    State.CANCELLED: lazy("Your files are being deleted."),
}

PAUSED = lazy("Paused: a more urgent job needed the computer")
PAUSED_EXPLANATION = lazy("Yours goes on by itself as soon as a computer is idle again.")

MOVES = {
    State.UPLOADED: lazy("Your files arrived"),
    State.SCANNING: lazy("The check of your files began"),
    State.HELD: lazy("The check ended: a person decides"),
    State.CLEAN: lazy("Your files were accepted"),
    State.SUBMITTING: lazy("Your job was handed to the cluster"),
    State.PENDING: lazy("It waits for an idle computer"),
    State.RUNNING: lazy("It runs"),
    State.COMPLETED: lazy("The work was done"),
    State.DELIVERED: lazy("The result was ready"),
    State.EXPIRED: lazy("Everything was deleted"),
    State.REJECTED: lazy("Your files were not accepted"),
    State.FAILED: lazy("It could not be finished"),
    State.CANCELLED: lazy("It was cancelled"),
}

# The stored reason of these moves says no more than the line above it.
_SELF_EVIDENT = frozenset(
    {State.UPLOADED, State.SCANNING, State.SUBMITTING, State.COMPLETED, State.DELIVERED}
)


def is_paused(job: Job) -> bool:
    """It ran before and waits for its next start."""
    return job.state == State.PENDING and job.restart_count > 0


def headline(job: Job) -> str:
    """Where the job stands, in a few words."""
    return str(PAUSED if is_paused(job) else HEADLINES[State(job.state)])


def explanation(job: Job) -> str:
    """What that means for the one who waits; empty where the headline says it all."""
    if is_paused(job):
        return f"{PAUSED_EXPLANATION} {waiting_reason(job.slurm_reason)}"
    if job.state == State.PENDING:
        return waiting_reason(job.slurm_reason)
    return str(EXPLANATIONS.get(State(job.state), ""))


def move(transition: Transition) -> str:
    """One line of the history."""
    if transition.old == State.RUNNING and transition.new == State.PENDING:
        return str(PAUSED)
    return str(MOVES.get(State(transition.new), transition.get_new_display()))


def move_reason(transition: Transition) -> str:
    """What the history adds to that line; empty where it would only repeat it."""
    is_pause = (transition.old, transition.new) == (State.RUNNING, State.PENDING)
    return "" if is_pause or transition.new in _SELF_EVIDENT else transition.reason


def is_by_person(transition: Transition) -> bool:
    """Somebody decided it, and the reason is theirs."""
    return transition.actor not in ("freeloader", "collaborator")


# --- why it waits: Slurm's job reason codes (squeue(1)) ---------------------------------------

_WAITS = {
    "": lazy("The cluster has just received it."),
    "None": lazy("The cluster has just received it."),
    "Priority": lazy("Other jobs are ahead of yours."),
    "Resources": lazy("All suitable computers are busy at the moment."),
    "BeginTime": lazy("It was just put back into the queue; that takes about two minutes."),
    "Cleaning": lazy("It was just put back into the queue; that takes about two minutes."),
    "JobHeldUser": lazy("The cluster's operators have put it on hold."),
    "JobHeldAdmin": lazy("The cluster's operators have put it on hold."),
    "PartitionDown": lazy("The computers are closed at the moment, perhaps for maintenance."),
    "PartitionInactive": lazy("The computers are closed at the moment, perhaps for maintenance."),
    "Reservation": lazy("The computers are reserved for somebody else at the moment."),
    "Licenses": lazy("It waits for a software licence to become free."),
    "Dependency": lazy("It waits for another job to end."),
    "Throttled": lazy("It waits a little so that the cluster is not flooded."),
}
_WAITS_BY_BEGINNING = {
    "ReqNodeNotAvail": _WAITS["PartitionDown"],
    "NodeDown": _WAITS["PartitionDown"],
    "QOS": lazy("As many jobs as may run at the same time are running already."),
    "Assoc": lazy("As many jobs as may run at the same time are running already."),
    "MaxJobs": lazy("As many jobs as may run at the same time are running already."),
}


def waiting_reason(code: str) -> str:
    """Why Slurm has not started it yet; a code that we do not know is shown as it is."""
    if code in _WAITS:
        return str(_WAITS[code])
    for beginning, words in _WAITS_BY_BEGINNING.items():
        if code.startswith(beginning):
            return str(words)
    return _("The cluster gives as its reason: “%(code)s”.") % {"code": code}


# --- what the check covered, and what it found ------------------------------------------------

SCANNERS = {"clamav": lazy("Viruses"), "presidio": lazy("Personal data")}

_NOT_ALL = {
    "NOT_TEXT": lazy("it is not a text file"),
    "SAMPLED": lazy("it is too long to be read closely as a whole"),
    "TIMED_OUT": lazy("it took too long"),
    "CRASHED": lazy("the check broke down on it"),
    "PATTERN_TIMED_OUT": lazy("a part of it took too long"),
    "BINARY_PARTS": lazy("parts of it are not text"),
    "WINDOWED": lazy("it is so large that it was looked at piece by piece"),
    "LIMITS_EXCEEDED": lazy("it is too large, or packed too deeply, for the virus scanner"),
    "ENCRYPTED": lazy("it is encrypted"),
    "STOPPED_AT_FINDING": lazy("the check ended at what it found"),
}


def scanner_name(name: str) -> str:
    """What the scanner looks for."""
    return str(SCANNERS.get(name, name))


_WAITS_FOR = {
    State.UPLOADED: lazy("The check of the files"),
    State.SCANNING: lazy("The check of the files"),
    State.COMPLETED: lazy("The file store"),
}


def waits_for(job: Job) -> str:
    """Who does not answer, for a stranger; `waiting_for` itself names hosts and is for staff."""
    return str(_WAITS_FOR.get(State(job.state), lazy("The cluster of computers")))


def not_looked_for(job: Job) -> str:
    """What this pipeline's people chose not to look for, in lower case; empty: nothing."""
    settings = job.frozen
    policies = {"clamav": settings.virus_policy, "presidio": settings.personal_data_policy}
    off = [scanner_name(name).lower() for name, policy in policies.items() if policy == "off"]
    return ", ".join(off)


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a docstring, whose lines are cut for an editor, not for a page."""
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


def coverage(scan: FileScan) -> str:
    """How much of the file was looked at, and why not all of it."""
    codes = [code.strip() for code in scan.reasons.split(",") if code.strip()]
    why = "; ".join(str(_NOT_ALL.get(code, code)) for code in codes)
    if scan.coverage == FileScan.Coverage.COMPLETE:
        return _("looked at all of it")
    if scan.coverage == FileScan.Coverage.SKIPPED:
        text = _("not looked at")
    else:
        sizes = {"seen": size_text(scan.scanned_bytes), "all": size_text(scan.file.size_bytes)}
        text = _("looked at %(seen)s of %(all)s") % sizes
    return f"{text}: {why}" if why else text


_ENTITIES = {
    "EMAIL_ADDRESS": lazy("e-mail address"),
    "IBAN_CODE": lazy("bank account number"),
    "US_SSN": lazy("social security number"),
    "CREDIT_CARD": lazy("payment card number"),
    "PHONE_NUMBER": lazy("telephone number"),
    "US_PASSPORT": lazy("passport number"),
    "US_DRIVER_LICENSE": lazy("driving licence number"),
    "US_ITIN": lazy("taxpayer number"),
    "UK_NHS": lazy("NHS number"),
    "MEDICAL_LICENSE": lazy("medical licence number"),
    "DATE_OF_BIRTH": lazy("date of birth"),
    "PERSON": lazy("name of a person"),
}


def kind_found(finding: Finding) -> str:
    """What was found: a virus by its name, or a kind of personal data. Never the value itself."""
    if finding.scanner == "clamav":
        return _("harmful content (%(signature)s)") % {"signature": finding.entity}
    known = _ENTITIES.get(finding.entity)
    return str(known) if known else finding.entity.replace("_", " ").lower()


def places_found(finding: Finding) -> str:
    """How often, and where: "3 times: line 2, line 7, …"."""
    times = ngettext("once", "%(count)d times", finding.count) % {"count": finding.count}
    if not finding.locations:
        return times
    more = ["…"] if len(finding.locations) < finding.count else []
    return f"{times}: {', '.join([*finding.locations, *more])}"
