"""What is held for whom, and why: read from rows, in as many queries for one job as for many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    Exists,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Least

from jobs.deletion.inputs import KEEPS_NO_INPUTS
from jobs.models import Job, LinkAct, Rehearsal, ResultFile
from jobs.states import ENDS, State
from pipelines.models import Pipeline
from uploads.models import UploadedFile, UploadedPart

LARGEST = 10
COMING, SENDING, CHECKING, IN_USE = "coming", "sending", "checking", "in use"
TEST_INPUT, KEPT, GOING, RESULT = "test input", "kept", "going", "result"
_STORED = Q(upload__files__completed_at__isnull=False)


@dataclass(frozen=True)
class Holding:
    """Bytes of one pipeline that are held for one reason.

    Counted are files, not the segments that they are stored as. `first_end` and `last_end`: when
    the first and the last of them are deleted, where that is known.
    """

    pipeline_id: int
    why: str
    jobs: int
    files: int
    size_bytes: int
    first_end: datetime | None = None
    last_end: datetime | None = None
    days: int = 0


def holdings(pipelines: QuerySet[Pipeline]) -> list[Holding]:
    """Of each pipeline, what was sent, then what was made."""
    return [*_coming(pipelines), *_inputs(pipelines), *_results(pipelines)]


def _coming(pipelines: QuerySet[Pipeline]) -> Iterable[Holding]:
    """What may be stored of files that are not whole: at most the parts that were asked for.

    Of which parts there are only the store knows, and Swift would have to list all segments.
    """
    asked = UploadedPart.objects.filter(file=OuterRef("pk")).order_by().values("file")
    at_most = Case(
        When(asked__gt=0, then=Least(F("size_bytes"), F("asked") * F("part_bytes"))),
        default=F("size_bytes"),  # whoever sends without checksums is not counted by parts
    )
    open_files = UploadedFile.objects.filter(
        completed_at=None,
        part_bytes__isnull=False,
        upload__jobs__pipeline__in=pipelines.order_by(),
        upload__jobs__inputs_deleted_at=None,
    )
    rows = (
        open_files.order_by()
        .annotate(asked=Subquery(asked.annotate(parts=Count("pk")).values("parts")))
        .annotate(at_most=at_most, pipeline_id=F("upload__jobs__pipeline"))
        .values("pipeline_id")
        .annotate(jobs=Count("upload", distinct=True), files=Count("pk"), bytes=Sum("at_most"))
        .order_by("pipeline_id")
    )
    return [
        Holding(row["pipeline_id"], COMING, row["jobs"], row["files"], row["bytes"]) for row in rows
    ]


def _inputs(pipelines: QuerySet[Pipeline]) -> Iterable[Holding]:
    """What several jobs run on is counted once: for one that is not over, if there is one."""
    rows = (
        _with_inputs(pipelines)
        .annotate(why=_why(), days=F("settings__input_days"))
        .values("pipeline_id", "why", "days")
        .annotate(
            jobs=Count("pk", distinct=True),
            files=Count("upload__files", filter=_STORED),
            size_bytes=Sum("upload__files__size_bytes", filter=_STORED, default=0),
            first_end=Min("ended_at"),
            last_end=Max("ended_at"),
        )
        .order_by("pipeline_id", "why", "days")
    )
    return [_input_holding(row) for row in rows]


def _with_inputs(pipelines: QuerySet[Pipeline]) -> QuerySet[Job]:
    mates = Job.objects.filter(upload=OuterRef("upload"), inputs_deleted_at=None)
    is_over = Case(When(state__in=ENDS, then=1), default=0)
    speaks = mates.order_by(is_over, "-created_at", "-pk").values("pk")[:1]
    held = Job.objects.filter(pipeline__in=pipelines.order_by(), inputs_deleted_at=None)
    return held.filter(pk=Subquery(speaks)).order_by()


def _why() -> Case:
    test_input = Rehearsal.objects.filter(upload=OuterRef("upload"), keeps_input=True)
    before_check = (State.UPLOADED, State.SCANNING, State.HELD)
    return Case(
        When(state=State.UPLOADING, then=Value(SENDING)),
        When(state__in=before_check, then=Value(CHECKING)),
        When(~Q(state__in=ENDS), then=Value(IN_USE)),
        When(state__in=KEEPS_NO_INPUTS, is_quiet=False, then=Value(GOING)),
        When(Exists(test_input), then=Value(TEST_INPUT)),
        default=Value(KEPT),
    )


def _input_holding(row: Mapping[str, Any]) -> Holding:
    days = row["days"] or 0
    is_kept = row["why"] == KEPT
    return Holding(
        row["pipeline_id"],
        row["why"],
        row["jobs"],
        row["files"],
        row["size_bytes"],
        first_end=_later(row["first_end"], days) if is_kept else None,
        last_end=_later(row["last_end"], days) if is_kept else None,
        days=days if is_kept else 0,
    )


def _later(at: datetime | None, days: int) -> datetime | None:
    return at and at + timedelta(days=days)


def _results(pipelines: QuerySet[Pipeline]) -> Iterable[Holding]:
    rows = (
        _with_results(pipelines)
        .values("pipeline_id")
        .annotate(
            jobs=Count("pk", distinct=True),
            files=Count("results"),
            size_bytes=Sum("results__size_bytes", default=0),
            first_end=Min("expires_at"),
            last_end=Max("expires_at"),
        )
        .order_by("pipeline_id")
    )
    return [Holding(why=RESULT, **row) for row in rows]


def _with_results(pipelines: QuerySet[Pipeline]) -> QuerySet[Job]:
    delivered = Job.objects.filter(state=State.DELIVERED, results_deleted_at=None)
    return delivered.filter(pipeline__in=pipelines.order_by()).order_by()


def extensions(pipelines: QuerySet[Pipeline]) -> dict[int, dict[str, int]]:
    """Of each pipeline, for how many of its results each actor has asked for more time."""
    acts = LinkAct.objects.filter(
        kind=LinkAct.Kind.EXTENDED, link__job__in=_with_results(pipelines).values("pk")
    )
    rows = acts.values_list("link__job__pipeline_id", "actor")
    found: dict[int, dict[str, int]] = {}
    for pk, actor, jobs in rows.annotate(jobs=Count("link__job", distinct=True)).order_by("actor"):
        found.setdefault(pk, {})[actor] = jobs
    return found


def largest(pipelines: QuerySet[Pipeline]) -> list[Job]:
    """The jobs that hold most; each has `sent_bytes`, `made_bytes` and `held_bytes`."""
    sent = UploadedFile.objects.filter(upload=OuterRef("upload")).exclude(completed_at=None)
    made = ResultFile.objects.filter(job=OuterRef("pk"))
    is_sent, is_made = Q(inputs_deleted_at=None), Q(state=State.DELIVERED, results_deleted_at=None)
    held = Job.objects.filter(is_sent | is_made, pipeline__in=pipelines.order_by())
    measured = held.annotate(
        sent_bytes=Case(When(is_sent, then=_sum_of(sent, "upload")), default=0),
        made_bytes=Case(When(is_made, then=_sum_of(made, "job")), default=0),
    ).annotate(held_bytes=F("sent_bytes") + F("made_bytes"))
    jobs = measured.filter(held_bytes__gt=0).select_related("pipeline")
    return list(jobs.order_by("-held_bytes", "pk")[:LARGEST])


def _sum_of(files: QuerySet[Any], owner: str) -> Coalesce:
    sums = files.order_by().values(owner).annotate(size_bytes=Sum("size_bytes"))
    return Coalesce(Subquery(sums.values("size_bytes"), output_field=BigIntegerField()), Value(0))


@dataclass(frozen=True)
class OnCluster:
    """Jobs of a pipeline whose directories are kept on a cluster; how large is not known.

    `owed`: of these, they are over, so the directories are to go when the cluster answers.
    """

    pipeline_id: int
    cluster: str
    jobs: int
    interrupted: int
    owed: int


def on_clusters(pipelines: QuerySet[Pipeline]) -> list[OnCluster]:
    """Where job directories, and with them checkpoints, are; without clusters that are gone."""
    jobs = Job.objects.filter(pipeline__in=pipelines.order_by(), scratch_removed_at=None)
    rows = (
        jobs.handed_over()
        .filter(cluster__gone_at=None)
        .order_by()
        .values("pipeline_id", "cluster__name")
        .annotate(
            jobs=Count("pk"),
            interrupted=Count("pk", filter=Q(restart_count__gt=0)),
            owed=Count("pk", filter=Q(state__in=ENDS)),
        )
        .order_by("pipeline_id", "cluster__name")
    )
    return [
        OnCluster(
            row["pipeline_id"], row["cluster__name"], row["jobs"], row["interrupted"], row["owed"]
        )
        for row in rows
    ]
