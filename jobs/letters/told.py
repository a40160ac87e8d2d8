"""What staff read of a job's letters: each one, what became of it, and when it was sent again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jobs import wording
from jobs.letters.came_back import came_back
from jobs.letters.events import CAME_BACK
from jobs.models import Job, Letter, Resending
from jobs.models.letter import TO_COLLABORATORS

_CAME_BACK = {
    "bounced": _("came back"),
    "rejected": _("was not sent on by the mail service"),
    "failed": _("could not be sent by the mail service"),
    "complained": _("was reported as spam by whoever got it"),
}
_ADDRESS_ENDED = _("the old address of the status page ended")


@dataclass(frozen=True)
class Row:
    """One letter, or one word by a person that it go again."""

    at: datetime
    what: str
    to: str
    became: str
    is_lost: bool = False


@dataclass(frozen=True)
class Letters:
    """All of a job's, the newest first; `lost`: the last that came back, and was not seen to."""

    rows: Sequence[Row]
    lost: Row | None


def letters_of(job: Job) -> Letters:
    """Those to its collaborator, and those to staff about it."""
    letters = Letter.objects.filter(transition__job=job).prefetch_related("events")
    rows = [_row(letter) for letter in letters] + [_resent(one) for one in job.resendings.all()]
    last = came_back().filter(transition__job=job).prefetch_related("events").last()
    newest = sorted(rows, key=lambda row: row.at, reverse=True)
    return Letters(newest, _row(last) if last else None)


def _row(letter: Letter) -> Row:
    is_lost = bool(letter.bounced_at or letter.refused_at)
    what = letter.get_kind_display() + (" " + gettext("(again)") if letter.number else "")
    is_staff = letter.kind not in TO_COLLABORATORS
    to = letter.recipient + (" " + gettext("(staff)") if is_staff else "")
    return Row(letter.created_at, what, to, became(letter), is_lost)


def became(letter: Letter) -> str:
    """What became of a letter, as far as anybody has told."""
    if letter.refused_at:
        words = gettext("refused, %(at)s:") % {"at": _at(letter.refused_at)}
        return f"{words} {letter.error}"
    if letter.bounced_at:
        return f"{_how_it_came_back(letter)}, {_at(letter.bounced_at)}: {letter.error}"
    if letter.sent_at is None:
        told = {"at": _at(letter.due_at), "why": letter.error}
        if letter.error:
            return gettext("waits; it is to be sent %(at)s, because: %(why)s") % told
        return gettext("waits; it is to be sent %(at)s") % told
    taken = gettext("taken by the mail server, %(at)s") % {"at": _at(letter.sent_at)}
    return f"{taken}{_on_its_way(letter)}"


def _on_its_way(letter: Letter) -> str:
    told = {event.kind: event for event in letter.events.all()}
    if arrived := told.get("delivered"):
        return "; " + gettext("arrived, %(at)s") % {"at": _at(arrived.at)}
    if delayed := told.get("deferred"):
        words = gettext("the other mail server puts it off, %(at)s:") % {"at": _at(delayed.at)}
        return f"; {words} {delayed.detail}"
    return ""


def _how_it_came_back(letter: Letter) -> str:
    kinds = [event.kind for event in letter.events.all() if event.kind in CAME_BACK]
    return str(_CAME_BACK[kinds[0] if kinds else "bounced"])


def _resent(one: Resending) -> Row:
    if one.is_correction:
        by = gettext("by %(actor)s, instead of %(old)s")
        by %= {"actor": one.actor, "old": one.old_email}
        became = f"{by}; {_ADDRESS_ENDED}"
        return Row(one.at, gettext("address corrected"), one.new_email, became)
    stays = _ADDRESS_ENDED if one.ended_sha256 else gettext("the status page keeps its address")
    by = gettext("by %(actor)s") % {"actor": one.actor}
    return Row(one.at, gettext("sent again"), one.new_email, f"{by}; {stays}")


def _at(at: datetime) -> str:
    return wording.short_moment_text(at)
