"""Numbers as people read them."""

from __future__ import annotations

from django.utils.formats import number_format
from django.utils.translation import gettext as _

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400
NONE = "–"


def count_text(count: int) -> str:
    """A number of things; long ones in groups of three digits."""
    return number_format(count, force_grouping=True)


def duration_text(seconds: float | None) -> str:
    """A time in its two largest units; a dash where there is none."""
    if seconds is None:
        return NONE
    whole = round(seconds)
    if whole < MINUTE_S:
        return _("%(seconds)d s") % {"seconds": whole}
    minutes = round(seconds / MINUTE_S)
    if minutes < 60:
        return _("%(minutes)d min") % {"minutes": minutes}
    if minutes < 24 * 60:
        parts = {"hours": minutes // 60, "minutes": minutes % 60}
        return _("%(hours)d h %(minutes)d min") % parts
    hours = round(seconds / HOUR_S)
    return _("%(days)d d %(hours)d h") % {"days": hours // 24, "hours": hours % 24}


def core_hours_text(core_seconds: float) -> str:
    """Core-hours with three digits at least, where there are so many; no more than two decimals."""
    hours = core_seconds / HOUR_S
    if 0 < hours < 0.01:
        return _("less than %(hours)s") % {"hours": number_format(0.01, 2)}
    digits = 0 if hours >= 100 or not hours else 1 if hours >= 10 else 2
    return number_format(round(hours, digits), digits, force_grouping=True)


def percent_text(share: float | None) -> str:
    """A part of the whole; what is there, but little, is not called 0 %."""
    if share is None:
        return NONE
    percent = round(100 * share)
    return "< 1 %" if share > 0 and percent < 1 else f"{percent} %"
