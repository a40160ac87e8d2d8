"""What a rehearsal measures, and how its two results are compared."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from jobs import reasons
from jobs.manifest import storable
from jobs.models import Job
from jobs.rehearsal.differing import differences, told_differences
from jobs.starts.wording import percent_text

INTERRUPTIONS = 3
EARLIEST, LATEST = 0.05, 0.9  # of the undisturbed run
SHORTEST_S = 0.01
OVER_AT_ONCE_S = 1.0
NAMED = 5


def draw_points(seconds: float, seed: int) -> list[float]:
    """After how many seconds each start is killed, for code that took so long undisturbed.

    With perfect checkpoints the starts add up to one run, and all of them lie within it.
    """
    lot = random.Random(seed)  # noqa: S311 - a test's draw, to be drawn again from its seed
    draws = sorted(lot.uniform(EARLIEST, LATEST) * seconds for _ in range(INTERRUPTIONS))
    return [max(SHORTEST_S, round(end - start, 3)) for start, end in pairwise([0.0, *draws])]


def code_seconds(job: Job, notes: Mapping[str, Any]) -> float:
    """How long the code took; of parts, how long a worker was at them on average."""
    return _number(notes.get("code_seconds")) or run_seconds(job, notes)


def run_seconds(job: Job, notes: Mapping[str, Any]) -> float:
    """How long the job was on computers, all its starts together, as the wall clock has it."""
    spans = _spans(job.attempts.values_list("started_at", "ended_at"))
    noted = _number(notes.get("ended_at")) - _number(notes.get("started_at"))
    return sum(spans) if len(spans) > 1 else max(noted, SHORTEST_S)


def _spans(times: Iterable[tuple[Any, Any]]) -> list[float]:
    return [(end - start).total_seconds() for start, end in times if start and end]


def _number(value: object) -> float:
    """A number out of a file that research code could have written; 0 for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12:
        return float(value)
    return 0.0


def figures_of_first(first: Job, notes: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """What is known when the undisturbed run is over."""
    seconds = code_seconds(first, notes)
    return {
        "seed": seed,
        "undisturbed_s": round(run_seconds(first, notes), 1),
        "interrupt_after_s": draw_points(seconds, seed),
        "results": first.results.count(),
    }


def figures_of_second(second: Job, notes: Mapping[str, Any], before: float) -> dict[str, Any]:
    """What is known when both runs are over; `before` are the seconds of the undisturbed one."""
    starts = second.attempts.count()
    runs = second.attempts.values("submission", "task").distinct().count()
    workers = _interrupted_workers(second)
    seconds = run_seconds(second, notes)
    return {
        "starts": starts,
        "interruptions": max(second.restart_count if not second.parts else 0, starts - runs),
        "planned": len(second.interruptions) * workers,
        "interrupted_s": round(seconds, 1),
        "again_s": round(max(0.0, seconds - before), 1),
    }


def _interrupted_workers(job: Job) -> int:
    """How many there were to interrupt: one, or each task of the parts."""
    if not job.parts:
        return 1
    return max(1, job.attempts.values("task").distinct().count())  # split and merge are task 0, too


def is_unproved(figures: Mapping[str, Any]) -> bool:
    """Whether no interruption came, though the last was due after a moment that can be hit."""
    return not figures["interruptions"] and sum(figures["interrupt_after_s"]) > OVER_AT_ONCE_S


def told(figures: Mapping[str, Any]) -> str:
    """The figures in a line, for staff; empty before there are any."""
    if "undisturbed_s" not in figures:
        return ""
    before = figures["undisturbed_s"]
    words = _("undisturbed %(seconds)s s") % {"seconds": _seconds_text(before)}
    if "starts" not in figures:
        return words
    share = figures["again_s"] / before if before else 0.0
    interrupted = _(
        "interrupted %(done)d of %(planned)d times: %(seconds)s s in %(starts)d starts, %(more)s s "
        "more (%(percent)s) for starting anew and for work done twice"
    ) % {
        "done": figures["interruptions"],
        "planned": figures["planned"],
        "seconds": _seconds_text(figures["interrupted_s"]),
        "starts": figures["starts"],
        "more": _seconds_text(figures["again_s"]),
        "percent": percent_text(share),
    }
    return f"{words}; {interrupted}"


def _seconds_text(seconds: float) -> str:
    return number_format(f"{seconds:g}")


def named(names: list[str]) -> str:
    """The first of them, and how many more there are."""
    more = f" (+{len(names) - NAMED})" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def wrote_outside(notes: Mapping[str, Any]) -> str:
    """A sentence, if the node saw writes outside of the job's own directories; else ""."""
    paths = notes.get("writes_outside")
    if not isinstance(paths, list) or not paths:
        return ""
    return reasons.WROTE_OUTSIDE % {"paths": named([storable(str(path))[:200] for path in paths])}


def judge(first: Job, second: Job, notes: Mapping[str, Any]) -> tuple[bool, str]:
    """Whether the second run stands beside the first one, and why, in a sentence."""
    if outside := wrote_outside(notes):
        return False, outside
    different = differences(first, second)
    if not different:
        return True, reasons.SAME_RESULTS
    said, names = notes.get("comparison"), told_differences(different, notes)
    if not isinstance(said, dict):
        return False, reasons.DIFFERENT_RESULTS % {"names": names}
    these = reasons.THESE_DIFFER % {"names": names}
    if said.get("equal") is True:
        return True, f"{reasons.ALIKE} {these}"
    words = reasons.COMPARED % {"words": storable(str(said.get("message", "")))[:1000]}
    return False, f"{words} {these}"
