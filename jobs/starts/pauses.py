"""Why a job pauses, and how much of its work is kept meanwhile: no more is said than is known."""

from __future__ import annotations

from jobs import reasons
from jobs.starts.notes import Begun, holds_work
from jobs.starts.wording import percent_text


def why_paused(kept: Begun) -> str:
    """The reason of the move; `kept`: what its newest start is known to leave for the next one."""
    words = _kept(kept)
    onwards = reasons.GOES_ON if words else reasons.STARTS_AGAIN
    return " ".join([reasons.PAUSED, *words, onwards])


def _kept(kept: Begun) -> list[str]:
    if not holds_work(kept):
        return []
    if kept["kind"] == "parts":
        return [reasons.KEPT_PARTS % {"done": kept["done"], "of": kept["of"]}]
    percent = percent_text(kept.get("fraction", 0))
    return [reasons.KEPT if percent == "0 %" else reasons.KEPT_ABOUT % {"percent": percent}]
