"""What went wrong, and what waits: failures by their reason, held jobs, what the check found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import Count, F, Max, QuerySet, Sum, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from jobs.models import Finding, Job
from jobs.overview.scope import Scope, awaits_decision
from jobs.states import State
from jobs.status_page import standing
from jobs.translated import translated
from scanning.words import entity_text

GROUPS = 20
NAMED = 3  # jobs of one group
LOG_LINES = 20
WAITING = 10


@dataclass(frozen=True)
class Failure:
    """Jobs of one pipeline that failed for the same reason, the newest first."""

    jobs: Sequence[Job]
    times: int
    reason: str
    log: str  # the last lines of the newest one's
    log_is_cut: bool
    log_was_deleted: bool

    @property
    def newest(self) -> Job:
        """The one whose log is shown."""
        return self.jobs[0]

    @property
    def more(self) -> int:
        """How many are not named."""
        return self.times - len(self.jobs)

    @property
    def newer_version(self) -> int | None:
        """The number of the version that serves now, if that came after the one that failed."""
        code = self.newest.pipeline.code
        return code.number if code and code.number > self.newest.code.number else None


@dataclass(frozen=True)
class Waiting:
    """A job that goes on only when somebody decides."""

    job: Job
    stands: str


@dataclass(frozen=True)
class Kind:
    """One kind of thing that the check found in files that were held, or rejected."""

    pipeline: str
    state: str
    what: str
    jobs: int
    times: int


def failures_of(scope: Scope) -> list[Failure]:
    """What failed within that time, grouped by pipeline and reason; the newest first."""
    groups = [list(group) for _key, group in groupby(_newest_of_each(scope), _same)][:GROUPS]
    logs = _logs([group[0] for group in groups])
    return [_failure(group, logs.get(group[0].pk, "")) for group in groups]


def _newest_of_each(scope: Scope) -> Iterable[Any]:
    """The newest failed jobs of each group; the groups by their newest."""
    same, newest_first = [F("pipeline"), F("reason")], [F("ended_at").desc(), F("pk").desc()]
    failed = Job.objects.filter(scope.ended(), state=State.FAILED).order_by().annotate(
        place=Window(RowNumber(), order_by=newest_first, partition_by=same),
        times=Window(Count("pk"), partition_by=same),
        newest_at=Window(Max("ended_at"), partition_by=same),
    )  # fmt: skip
    rows = failed.filter(place__lte=NAMED).order_by("-newest_at", "pipeline", "reason", "place")
    return rows.select_related("pipeline__code", "code").defer(
        "log_tail", "settings", "code__source", "pipeline__code__source"
    )[: GROUPS * NAMED]


def _same(job: Any) -> tuple[int, str]:
    return job.pipeline_id, job.reason


def _logs(jobs: Sequence[Job]) -> dict[Any, str]:
    rows = Job.objects.filter(pk__in=[job.pk for job in jobs]).order_by()
    return dict(rows.values_list("pk", "log_tail"))


def _failure(group: list[Any], log: str) -> Failure:
    newest = group[0]
    lines = log.rstrip().splitlines()
    return Failure(
        jobs=group,
        times=newest.times,
        reason=translated(newest.reason),
        log="\n".join(lines[-LOG_LINES:]),
        log_is_cut=len(lines) > LOG_LINES,
        log_was_deleted=not lines and newest.cleared_at is not None,
    )


def longest_waiting(scope: Scope) -> list[Waiting]:
    """The jobs that have waited longest for somebody's decision; no more than WAITING."""
    jobs = waiting_for_decision(scope).select_related("pipeline").defer("log_tail")
    return [Waiting(job, _stands(job)) for job in jobs.order_by("changed_at")[:WAITING]]


def waiting_for_decision(scope: Scope) -> QuerySet[Job]:
    """The jobs of any age that go on only when somebody decides."""
    return Job.objects.filter(scope.of_any_time(), awaits_decision(), rehearsal=None)


def _stands(job: Job) -> str:
    return job.get_state_display() if job.state == State.HELD else standing.headline(job)


def found_by_the_check(scope: Scope) -> list[Kind]:
    """What the check found in files that are held now, or were rejected: kinds and numbers."""
    findings = Finding.objects.filter(
        scope.jobs("job__"), job__state__in=[State.HELD, State.REJECTED]
    )
    rows = findings.order_by().values(
        "job__pipeline__title", "job__state", "scanner", "entity"
    ).annotate(jobs=Count("job", distinct=True), times=Sum("count")).order_by(
        "job__pipeline__title", "job__state", "-jobs", "entity"
    )  # fmt: skip
    return [
        Kind(
            pipeline=row["job__pipeline__title"],
            state=str(State(row["job__state"]).label),
            what=_what(row["scanner"], row["entity"]),
            jobs=row["jobs"],
            times=row["times"],
        )
        for row in rows
    ]


def _what(scanner: str, entity: str) -> str:
    if scanner == "clamav":
        return _("harmful content (%(signature)s)") % {"signature": entity}
    return entity_text(entity, _)
