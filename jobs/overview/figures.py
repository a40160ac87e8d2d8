"""The figures of pipelines: a fixed number of queries, whatever the number of jobs.

They tell of the jobs that came in within a time; what is held is told as of now. The jobs of
rehearsals are counted apart.
"""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, TypeAlias

from django.db.models import (
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    Q,
    Sum,
)
from django.db.models.functions import Coalesce, Greatest

from jobs.held.figures import RESULT, holdings
from jobs.models import Attempt, Job, LinkAct, ResultFile, Transition
from jobs.overview.interrupted import interrupted
from jobs.overview.scope import Scope, awaits_decision, was_delivered, was_given_up
from jobs.states import ENDS, State
from pipelines.models import Pipeline

Found: TypeAlias = Iterator[tuple[int, Mapping[str, Any]]]  # by pipeline: some of the figures
NOTHING = timedelta()


@dataclass(frozen=True)
class Figures:
    """Of one pipeline, or of several together. Times in seconds, sizes in bytes."""

    came_in: int = 0
    delivered: int = 0
    failed: int = 0
    rejected: int = 0
    to_decide: int = 0
    under_way: int = 0
    given_up: int = 0
    cancelled: int = 0
    cancelled_by_sender: int = 0
    cancelled_unconfirmed: int = 0
    took_s: tuple[float, ...] = ()  # from the last byte sent to the result, of each delivered job
    waited_s: float = 0  # of that, for idle computers
    fetched: int = 0
    downloads: int = 0
    received_bytes: int = 0
    result_bytes: int = 0
    held_input_bytes: int = 0
    held_result_bytes: int = 0
    core_seconds: int = 0
    lost_core_seconds: int = 0
    interruptions: int = 0
    rehearsal_jobs: int = 0
    rehearsal_core_seconds: int = 0

    @property
    def cancelled_by_staff(self) -> int:
        """By the PI, or by support."""
        return self.cancelled - self.cancelled_by_sender - self.cancelled_unconfirmed

    @property
    def never_fetched(self) -> int:
        """Delivered, and nobody has downloaded any of it so far."""
        return self.delivered - self.fetched

    @property
    def held_bytes(self) -> int:
        """What lies in the store for it now."""
        return self.held_input_bytes + self.held_result_bytes

    @property
    def median_s(self) -> float | None:
        """None where nothing was delivered."""
        return statistics.median(self.took_s) if self.took_s else None

    @property
    def longest_s(self) -> float | None:
        """The same."""
        return max(self.took_s, default=None)

    @property
    def waited_share(self) -> float | None:
        """How much of all that time was waiting for idle computers, from 0 to 1."""
        took_s = sum(self.took_s)
        return self.waited_s / took_s if took_s else None

    @property
    def lost_share(self) -> float | None:
        """How much of the computing time came to nothing by interruptions, from 0 to 1."""
        return self.lost_core_seconds / self.core_seconds if self.core_seconds else None


def figures_of(scope: Scope) -> dict[int, Figures]:
    """The figures of each of the pipelines, by its id."""
    found: dict[int, dict[str, Any]] = {pipeline.pk: {} for pipeline in scope.pipelines}
    for source in SOURCES:
        for pipeline, some in source(scope):
            found[pipeline] |= some
    return {pipeline: Figures(**values) for pipeline, values in found.items()}


def total_of(rows: Iterable[Figures]) -> Figures:
    """All of them together."""
    rows = list(rows)
    sums = {
        field.name: sum(getattr(row, field.name) for row in rows)
        for field in fields(Figures)
        if field.name != "took_s"
    }
    return Figures(**sums, took_s=tuple(took for row in rows for took in row.took_s))


def _by_pipeline(rows: Iterable[Mapping[str, Any]]) -> Found:
    for row in rows:
        yield row["of"], {name: value or 0 for name, value in row.items() if name != "of"}


def _outcomes(scope: Scope) -> Found:
    jobs = Job.objects.filter(scope.jobs()).order_by()
    return _by_pipeline(
        jobs.values(of=F("pipeline")).annotate(
            came_in=Count("pk"),
            delivered=Count("pk", filter=was_delivered()),
            failed=Count("pk", filter=Q(state=State.FAILED)),
            rejected=Count("pk", filter=Q(state=State.REJECTED)),
            cancelled=Count("pk", filter=Q(state=State.CANCELLED)),
            given_up=Count("pk", filter=was_given_up()),
            to_decide=Count("pk", filter=awaits_decision()),
            under_way=Count("pk", filter=~Q(state__in=ENDS) & ~awaits_decision()),
        )
    )


def _cancelled(scope: Scope) -> Found:
    moves = Transition.objects.filter(scope.jobs("job__"), new=State.CANCELLED).order_by()
    return _by_pipeline(
        moves.values(of=F("job__pipeline")).annotate(
            cancelled_by_sender=Count("pk", filter=Q(actor="collaborator")),
            cancelled_unconfirmed=Count("pk", filter=Q(actor="freeloader")),
        )
    )


def _took(scope: Scope) -> Found:
    # A job that runs on stored files once more begins when it is made, not when these came.
    sent_at = Greatest("created_at", Coalesce("upload__closed_at", "created_at"))
    took = ExpressionWrapper(F("ended_at") - sent_at, output_field=DurationField())
    jobs = Job.objects.filter(scope.jobs(), was_delivered(), ended_at__isnull=False).order_by()
    by_pipeline: dict[int, list[float]] = defaultdict(list)
    for pipeline, one in jobs.values_list("pipeline", took):
        by_pipeline[pipeline].append(one.total_seconds())
    return ((pipeline, {"took_s": tuple(all_s)}) for pipeline, all_s in by_pipeline.items())


def _waited(scope: Scope) -> Found:
    """The sum of all times of leaving “pending”, less that of coming into it."""
    moves = Transition.objects.filter(scope.jobs("job__"), was_delivered("job__")).order_by()
    age = F("at") - F("job__created_at")
    sums = moves.values(of=F("job__pipeline")).annotate(
        left=Sum(age, filter=Q(old=State.PENDING)), came=Sum(age, filter=Q(new=State.PENDING))
    )
    for row in sums.values_list("of", "left", "came"):
        waited = (row[1] or NOTHING) - (row[2] or NOTHING)
        yield row[0], {"waited_s": waited.total_seconds()}


def _downloads(scope: Scope) -> Found:
    acts = LinkAct.objects.filter(scope.jobs("link__job__"), kind=LinkAct.Kind.DOWNLOADED)
    return _by_pipeline(
        acts.order_by()
        .values(of=F("link__job__pipeline"))
        .annotate(downloads=Count("pk"), fetched=Count("link__job", distinct=True))
    )


def _received(scope: Scope) -> Found:
    # What is run on stored files once more was received with the first job.
    jobs = Job.objects.filter(scope.jobs(), again_of=None).order_by()
    is_here = Q(upload__files__completed_at__isnull=False)
    return _by_pipeline(
        jobs.values(of=F("pipeline")).annotate(
            received_bytes=Sum("upload__files__size_bytes", filter=is_here)
        )
    )


def _results(scope: Scope) -> Found:
    files = ResultFile.objects.filter(scope.jobs("job__")).order_by()
    return _by_pipeline(
        files.values(of=F("job__pipeline")).annotate(result_bytes=Sum("size_bytes"))
    )


def _held(scope: Scope) -> Found:
    """The same as on the page of what is held and why."""
    pipelines = Pipeline.objects.filter(pk__in=[pipeline.pk for pipeline in scope.pipelines])
    sums: dict[int, Counter[str]] = defaultdict(Counter)
    for one in holdings(pipelines):
        name = "held_result_bytes" if one.why == RESULT else "held_input_bytes"
        sums[one.pipeline_id][name] += one.size_bytes
    yield from sums.items()


def _core_seconds(scope: Scope) -> Found:
    starts = Attempt.objects.filter(scope.all_jobs("job__")).order_by()
    is_rehearsal = Q(job__rehearsal__isnull=False)
    return _by_pipeline(
        starts.values(of=F("job__pipeline")).annotate(
            rehearsal_core_seconds=Sum("core_seconds", filter=is_rehearsal),
            core_seconds=Sum("core_seconds", filter=~is_rehearsal),  # hides the field: last
        )
    )


def _rehearsals(scope: Scope) -> Found:
    jobs = Job.objects.filter(scope.all_jobs(), rehearsal__isnull=False).order_by()
    return _by_pipeline(jobs.values(of=F("pipeline")).annotate(rehearsal_jobs=Count("pk")))


SOURCES: tuple[Callable[[Scope], Found], ...] = (
    _outcomes, _cancelled, _took, _waited, _downloads, _received, _results,
    _held, _core_seconds, _rehearsals, interrupted,
)  # fmt: skip
