"""The history of a job as its collaborator reads it: a line for each move."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from jobs import reasons
from jobs.deletion.words import deleted, owes_cluster
from jobs.models import Attempt, Job, Stage, Transition
from jobs.starts import wording as start_wording
from jobs.starts.notes import Begun, holds_work
from jobs.states import ON_CLUSTER, State
from jobs.status_page import standing
from jobs.status_page.progress import Progress
from jobs.translated import translated
from scanning.sentences import ADVICE

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

RESULT_DELETED = lazy("Your files and the result were deleted")
USED_AGAIN = lazy("Your files were taken to be used once more")
CONFIRMED = lazy("You confirmed your e-mail address")
PUT_ON_HOLD = lazy("It was put on hold: people decide how it goes on")
CANCELLED_BY_YOU = lazy("You cancelled it")
LET_GO_ON = lazy("It was let go on")
NEXT_STAGE = lazy("The next step of the work was handed to the cluster")

# The stored reason of these moves says no more than the line above it.
_SELF_EVIDENT = frozenset(
    {State.UPLOADED, State.SCANNING, State.SUBMITTING, State.COMPLETED, State.DELIVERED}
)


@dataclass(frozen=True)
class Line:
    """One move, and what is added to it; empty where that would only repeat it.

    Without a `transition` it is no move: something was deleted.
    """

    at: datetime
    what: str
    why: str
    transition: Transition | None = None

    def leads_to(self, state: State) -> bool:
        """It is a move into this state."""
        return self.transition is not None and self.transition.new == state


def history(job: Job, progress: Progress | None = None) -> list[Line]:
    """All that happened, the oldest first; `progress`: what the start that runs now tells."""
    moves = list(job.transitions.all())
    if job.stage == Stage.PARTS:
        progress = None  # told by many at the same time
    begun = _begun(moves, job.attempts.all(), progress)
    lines = [Line(m.at, what(m), _why(m, job, begun.get(m.pk)), m) for m in moves]
    lines += [Line(one.at, one.what, one.why) for one in deleted(job)]
    return sorted(lines, key=lambda line: line.at)


def _begun(
    moves: Sequence[Transition], starts: Iterable[Attempt], progress: Progress | None
) -> dict[int, Begun]:
    """With what the work went on, by move; {}: from the beginning, though it had run before."""
    found: dict[int, Begun] = {}
    is_first, had_kept = True, False
    timed = sorted((start.started_at, start.pk, start) for start in starts if start.started_at)
    for move in moves:
        if is_next_stage(move):
            is_first, had_kept = True, False
        if move.new != State.RUNNING:
            continue
        begun = _begun_by(move.at, timed)
        if runs := move is moves[-1] and progress:
            begun = runs.begun_with
        is_known = begun or runs or move is not moves[-1]
        if begun or (is_known and not is_first and not had_kept):
            found[move.pk] = begun
        is_first, had_kept = False, had_kept or holds_work(begun)
    return found


def _begun_by(at: datetime, timed: Sequence[tuple[datetime, int, Attempt]]) -> Begun:
    """What the newest start of that time began with."""
    before = [start for started_at, _pk, start in timed if started_at <= at]
    return dict(before[-1].begun_with) if before else {}


def is_next_stage(transition: Transition) -> bool:
    """The code splits its work, and one stage of it is done."""
    return (transition.old, transition.new) == (State.RUNNING, State.SUBMITTING)


def what(transition: Transition) -> str:
    """The move in a few words."""
    old, new = State(transition.old), State(transition.new)
    if (old, new) == (State.RUNNING, State.PENDING):
        return str(standing.PAUSED)
    if is_next_stage(transition):
        return str(NEXT_STAGE)
    if old == new == State.PENDING:
        return str(PUT_ON_HOLD if transition.puts_on_hold else LET_GO_ON)
    if old == new:
        return str(CONFIRMED)
    if transition.reason == reasons.CANCELLED_BY_SENDER:
        return str(CANCELLED_BY_YOU)
    if transition.reason.startswith(reasons.USED_AGAIN):
        return str(USED_AGAIN)
    if _is_again(transition):
        was_lost = transition.reason.startswith(reasons.LOST)
        return _("The cluster lost it: handed in again") if was_lost else _("Handed in again")
    if new == State.EXPIRED and owes_cluster(transition.job):
        return str(RESULT_DELETED)  # not everything yet
    return str(MOVES.get(new, transition.get_new_display()))


def _why(transition: Transition, job: Job, begun: Begun | None) -> str:
    old, new, reason = State(transition.old), State(transition.new), transition.reason
    if reason == reasons.CANCELLED_BY_SENDER:
        return ""
    if (old, new) == (State.RUNNING, State.PENDING):
        return standing.kept_words(reason)
    if old == new == State.PENDING:
        return standing.why_on_hold(reason) if transition.puts_on_hold else reason
    if _is_again(transition):
        # The line above it says already that it was handed in again.
        why = reason.removesuffix(f" {reasons.AGAIN}")
        return _("Your files are safe.") if why.startswith(reasons.LOST) else translated(why)
    if old == State.SCANNING:
        # What to mend is said where files were refused; those that are held need nothing yet.
        text = reason.replace(f" {ADVICE}", "") if new == State.HELD else reason
        return standing.named(text, job)
    if new == State.FAILED and standing.crash_words(reason):
        return str(standing.CRASHED)
    if new in _SELF_EVIDENT and not is_next_stage(transition):
        return ""
    where = "" if reason == reasons.RUNNING else translated(reason)  # "It runs" says that
    return f"{where} {_goes_on(begun)}".strip()


def _goes_on(begun: Begun | None) -> str:
    return "" if begun is None else start_wording.goes_on(begun)


def _is_again(transition: Transition) -> bool:
    return transition.old in ON_CLUSTER and transition.new == State.CLEAN


def how_it_came_here(job: Job) -> Transition | None:
    """The move into where it stands; not the last by its time, as hosts' clocks differ."""
    return job.transitions.filter(new=job.state).last()


def is_by_person(transition: Transition) -> bool:
    """Somebody decided it, and the reason is theirs."""
    return transition.actor not in ("freeloader", "collaborator")
