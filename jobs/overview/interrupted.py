"""What interruptions have cost: how many there were, and the work that they undid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db.models import F

from jobs.models import Attempt, Job, Stage
from jobs.overview.scope import Scope
from jobs.starts.effort import lost_core_seconds


def interrupted(scope: Scope) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """By pipeline, as on the pages of its jobs; read are only jobs that were interrupted."""
    starts: dict[int, list[Attempt]] = defaultdict(list)
    for start in _starts(scope):
        starts[start.of].append(start)
    counts: dict[int, int] = defaultdict(int)
    for (pipeline, *_row), number in _newest(scope, starts).items():
        counts[pipeline] += number
    for pipeline in counts.keys() | starts.keys():
        yield (
            pipeline,
            {
                "interruptions": counts[pipeline],
                "lost_core_seconds": lost_core_seconds(starts[pipeline]),
            },
        )


def _starts(scope: Scope) -> Iterable[Any]:
    """All starts of the jobs with a second one."""
    mine = Attempt.objects.filter(scope.jobs("job__")).order_by()
    rows = mine.filter(job__in=mine.filter(number__gt=0).values("job"))
    rows = rows.annotate(of=F("job__pipeline")).order_by("job", "submission", "task", "number")
    fields = ("of", "job_id", "submission", "task", "number", "core_seconds", "begun_with")
    # Tuples, for there may be very many: a model's object takes three times as long to make.
    return rows.values_list(*fields, named=True)


def _newest(scope: Scope, starts: Mapping[int, Iterable[Attempt]]) -> dict[tuple[Any, ...], int]:
    """The number of the newest start of each task; Slurm counts those that nobody saw, too."""
    newest: dict[tuple[Any, ...], int] = {}
    for pipeline, row in starts.items():
        for start in row:  # in order
            newest[pipeline, start.job_id, start.submission, start.task] = start.number
    jobs = Job.objects.filter(scope.jobs(), restart_count__gt=0).exclude(stage=Stage.PARTS)
    fields = ("pipeline", "pk", "submission", "restart_count")
    for pipeline, pk, submission, count in jobs.order_by().values_list(*fields):
        mark = (pipeline, pk, submission, 0)
        newest[mark] = max(newest.get(mark, 0), count)
    return newest
