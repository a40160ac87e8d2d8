"""The figures of a week in a line or two, as its letter says them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jobs.overview.words import core_hours_text, duration_text


def day_text(at: datetime) -> str:
    """A day in the site's time zone."""
    # Translators: a date, in the letters of Django's "date" filter.
    return date_format(timezone.localtime(at), _("l, j F Y"))


_OUTCOMES: dict[str, Callable[[int], str]] = {
    "delivered": lambda n: ngettext("%(n)d delivered", "%(n)d delivered", n),
    "failed": lambda n: ngettext("%(n)d failed", "%(n)d failed", n),
    "rejected": lambda n: ngettext("%(n)d rejected", "%(n)d rejected", n),
    "cancelled": lambda n: ngettext("%(n)d cancelled", "%(n)d cancelled", n),
    "given_up": lambda n: ngettext("%(n)d never fully sent", "%(n)d never fully sent", n),
    "to_decide": lambda n: ngettext("%(n)d waits for a decision", "%(n)d wait for a decision", n),
    "under_way": lambda n: ngettext("%(n)d under way", "%(n)d under way", n),
}


def outcome_line(figures: Mapping[str, Any]) -> str:
    """How many came in, and what became of them."""
    came_in = figures["came_in"]
    words = ngettext("%(n)d job came in", "%(n)d jobs came in", came_in) % {"n": came_in}
    parts = [
        text(figures[name]) % {"n": figures[name]}
        for name, text in _OUTCOMES.items()
        if figures[name]
    ]
    return f"{words}: {', '.join(parts)}." if parts else f"{words}."


def cost_line(figures: Mapping[str, Any]) -> str:
    """How long it took, what was fetched, what it cost; empty where there is nothing to tell."""
    parts = []
    if figures["median_s"] is not None:
        parts.append(_("Half of the results were there within %(time)s.") % _time(figures))
    if figures["never_fetched"]:
        count = figures["never_fetched"]
        text = ngettext(
            "%(n)d result was not fetched yet.", "%(n)d results were not fetched yet.", count
        )
        parts.append(text % {"n": count})
    if figures["core_seconds"]:
        parts.append(_cost(figures))
    return " ".join(parts)


def _time(figures: Mapping[str, Any]) -> dict[str, str]:
    return {"time": duration_text(figures["median_s"])}


def _cost(figures: Mapping[str, Any]) -> str:
    hours = {
        "all": core_hours_text(figures["core_seconds"]),
        "lost": core_hours_text(figures["lost_core_seconds"]),
    }
    if not figures["lost_core_seconds"]:
        return _("%(all)s core-hours were used.") % hours
    return _("%(all)s core-hours were used, %(lost)s of them lost to interruptions.") % hours
