"""What a start began with, and how it ended, in words: for the collaborator, and for staff."""

from __future__ import annotations

from datetime import UTC, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from jobs.models import Attempt
from jobs.starts.notes import Begun, holds_work
from jobs.wording import short_moment_text
from uploads.rules import size_text


def percent_text(fraction: float) -> str:
    """A part of the work, as people say it."""
    return f"{round(100 * fraction)} %"


def goes_on(begun: Begun) -> str:
    """For the collaborator: where an interrupted job goes on, or that it cannot."""
    if not begun:
        return _("It starts from the beginning.")
    if not holds_work(begun):
        return _("It starts from the beginning, for what was saved is damaged or not whole.")
    text = _goes_on(begun)
    if begun.get("set_aside"):
        text += " " + _("A newer state was damaged or could not be saved: this is the one before.")
    return text


def _goes_on(begun: Begun) -> str:
    if begun["kind"] == "parts":
        return _("It goes on where it was: %(parts)s") % {"parts": parts_done(begun)}
    if begun.get("fraction"):
        where = {"percent": percent_text(begun["fraction"])}
        return _("It goes on where it was (%(percent)s).") % where
    return _("It goes on where it was.")


def parts_done(begun: Begun) -> str:
    """How many parts of an array are done."""
    numbers = {"done": begun.get("done", 0), "of": begun.get("of", 0)}
    return _("%(done)d of %(of)d parts are done.") % numbers


def began_with(start: Attempt) -> str:
    """For staff: what it found, which nobody knows of one that had no time to note a word."""
    if start.started_at is None and not start.begun_with:
        return _("not known")
    return begun_with(start.begun_with)


def begun_with(begun: Begun) -> str:
    """For staff, in one line: what it found, and what was set aside on the way there."""
    if not begun:
        return _("nothing")
    if begun["kind"] == "parts":
        numbers = {"done": begun.get("done", 0), "of": begun.get("of", 0)}
        return _("%(done)d of %(of)d parts") % numbers
    return ", ".join([_what(begun), *_details(begun)])


def _what(begun: Begun) -> str:
    if "generation" in begun:
        return _("DMTCP generation %(number)d") % {"number": begun["generation"]}
    return "DMTCP" if begun["kind"] == "dmtcp" else _("checkpoint")


def _details(begun: Begun) -> list[str]:
    details = []
    if "size_bytes" in begun:
        details.append(size_text(begun["size_bytes"]))
    if "saved_at" in begun:
        at = short_moment_text(datetime.fromtimestamp(begun["saved_at"], UTC), seconds=True)
        details.append(_("saved %(moment)s") % {"moment": at})
    if begun.get("fraction"):
        details.append(_("at %(percent)s") % {"percent": percent_text(begun["fraction"])})
    if begun.get("set_aside"):
        details.append(_("set aside: %(what)s") % {"what": "; ".join(begun["set_aside"])})
    return details


_ENDS = {
    "": lazy("no end known yet"),
    "REQUEUED": lazy("interrupted"),
    "PREEMPTED": lazy("preempted"),
    "NODE_FAIL": lazy("its node failed"),
    "COMPLETED": lazy("ended well"),
}


def how_it_ended(start: Attempt) -> str:
    """For staff: our words for the usual ends of a start, Slurm's for the others."""
    words = str(_ENDS.get(start.slurm_state, start.slurm_state))
    return f"{words} ({start.exit_code})" if start.exit_code else words
