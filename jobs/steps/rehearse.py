"""rehearse: an open rehearsal goes on when its jobs have ended: the second run, then the verdict.

Whatever it does is one transaction, under a lock on the rehearsal's row: two at once make one
second job, one verdict and one letter.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.db import transaction

from backends.base import Store
from jobs import reasons
from jobs.manifest import manifest_notes
from jobs.models import Job, Letter, Rehearsal
from jobs.new_job import ClusterIsGone
from jobs.queue import ring_once
from jobs.rehearsal.figures import (
    figures_of_first,
    figures_of_second,
    is_unproved,
    judge,
    wrote_outside,
)
from jobs.rehearsal.rows import drop_input, end, second_job
from jobs.states import State
from pipelines.publish import certify

Outcome = Rehearsal.Outcome


def rehearse(rehearsal: Rehearsal, *, store: Store) -> None:
    """Bring it on by one step, if its jobs have ended; can be repeated."""
    *_, newest = jobs = list(rehearsal.jobs.order_by("created_at"))
    if not newest.is_over:
        return
    if jobs[0].accepted_at and jobs[0].state != State.CANCELLED:  # this is the test input now
        drop_input(rehearsal.pipeline, but=rehearsal.upload)
    if newest.expires_at is None:  # it was never delivered
        what = reasons.FIRST_RUN_ENDED if newest == jobs[0] else reasons.SECOND_RUN_ENDED
        conclude(rehearsal, newest, Outcome.FAILED, f"{what} {newest.reason}")
    elif newest == jobs[0]:
        _interrupt(rehearsal, newest, store)
    else:
        _compare(rehearsal, jobs[0], newest, store)


def _interrupt(rehearsal: Rehearsal, first: Job, store: Store) -> None:
    """The undisturbed run has its result: the same again, interrupted at points drawn by lot."""
    notes = manifest_notes(first, store)
    if outside := wrote_outside(notes):
        conclude(rehearsal, first, Outcome.FAILED, outside)
        return
    figures = figures_of_first(first, notes, secrets.randbelow(2**31))
    try:
        _second_run(rehearsal, first, figures)
    except ClusterIsGone:
        conclude(rehearsal, first, Outcome.FAILED, reasons.CLUSTER_GONE)


def _second_run(rehearsal: Rehearsal, first: Job, figures: dict[str, Any]) -> None:
    with transaction.atomic():
        locked = Rehearsal.objects.select_for_update().get(pk=rehearsal.pk)
        if locked.outcome == Outcome.OPEN and locked.jobs.count() == 1:
            Rehearsal.objects.filter(pk=rehearsal.pk).update(figures=figures)
            second_job(first, figures["interrupt_after_s"])


def _compare(rehearsal: Rehearsal, first: Job, second: Job, store: Store) -> None:
    notes = manifest_notes(second, store)
    more = figures_of_second(second, notes, rehearsal.figures.get("undisturbed_s", 0.0))
    rehearsal.figures = {**rehearsal.figures, **more}
    has_passed, why = judge(first, second, notes)
    if has_passed and is_unproved(rehearsal.figures):
        has_passed, why = False, reasons.NEVER_INTERRUPTED
    words = f"{why} {_how_often(more)}"
    conclude(rehearsal, second, Outcome.PASSED if has_passed else Outcome.FAILED, words)


def _how_often(figures: dict[str, Any]) -> str:
    done, planned = figures["interruptions"], figures["planned"]
    sentence = reasons.INTERRUPTED if done >= planned else reasons.TOO_SHORT
    return sentence % {"done": done, "planned": planned}


def conclude(rehearsal: Rehearsal, last: Job, outcome: Rehearsal.Outcome, text: str) -> None:
    """The verdict, its letter to the PI and, if it is a good one, the version's certificate."""
    move = last.transitions.last()
    with transaction.atomic():
        if not end(rehearsal, outcome, text):
            return
        if outcome == Outcome.PASSED:
            certify(rehearsal.code)
        address = rehearsal.started_by.email or last.email
        if move and address:
            Letter.of_rehearsal(move, address)
            ring_once("send_letters")
