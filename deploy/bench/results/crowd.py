"""Run inside the site's Django: very many jobs, as they stand after some months."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from jobs import links
from jobs.models import (
    Attempt,
    Finding,
    Job,
    LinkAct,
    Removal,
    ResultFile,
    ResultLink,
    Transition,
)
from jobs.states import ENDS, State
from pipelines.models import Pipeline
from uploads.models import Upload, UploadedFile

DAYS = 60  # half of the jobs came within the overview's usual span
KEPT = timedelta(days=14)
AT_ONCE = 500
BEFORE_CHECK = (State.UPLOADING, State.UPLOADED, State.SCANNING)
TO_PENDING = (*BEFORE_CHECK, State.CLEAN, State.SUBMITTING, State.PENDING)
INTERRUPTED = (*TO_PENDING, State.RUNNING, State.PENDING, State.RUNNING)
WAYS: tuple[Sequence[State], ...] = (
    *[(*TO_PENDING, State.RUNNING, State.COMPLETED, State.DELIVERED)] * 9,
    *[(*INTERRUPTED, State.COMPLETED, State.DELIVERED)] * 4,
    *[(*INTERRUPTED, State.FAILED)] * 2,
    (*BEFORE_CHECK, State.HELD, State.REJECTED),
    (*BEFORE_CHECK, State.HELD),
    (*TO_PENDING, State.CANCELLED),
    INTERRUPTED,
    TO_PENDING,
)
FILES, RESULTS, DOWNLOADS = 3, 3, 2


@dataclass(frozen=True)
class Told:
    """What one job's rows are made of."""

    number: int
    way: Sequence[State]
    came_at: datetime

    @property
    def moves(self) -> list[tuple[datetime, State, State]]:
        """When, from, to; ten minutes between them."""
        apart = timedelta(minutes=10)
        pairs = enumerate(pairwise(self.way), 1)
        return [(self.came_at + step * apart, old, new) for step, (old, new) in pairs]

    @property
    def is_delivered(self) -> bool:
        """There was a result."""
        return State.DELIVERED in self.way


def fill(count: int) -> None:
    """So many jobs of all pipelines, with all the rows that jobs leave."""
    pipelines, now = list(Pipeline.objects.select_related("code")), timezone.now()
    for first in range(0, count, AT_ONCE):
        rows: dict[type[Model], list[Model]] = defaultdict(list)
        for number in range(first, min(first + AT_ONCE, count)):
            age = timedelta(hours=3) + number * timedelta(days=DAYS) / count
            for row in _rows(_told(number, now - age, now), pipelines[number % len(pipelines)]):
                rows[type(row)].append(row)
        with transaction.atomic():
            for model in ORDER:
                model._default_manager.bulk_create(rows[model])


ORDER: tuple[type[Model], ...] = (
    Upload, UploadedFile, Job, Transition, Attempt, ResultFile, ResultLink, LinkAct, Removal,
    Finding,
)  # fmt: skip


def _told(number: int, came_at: datetime, now: datetime) -> Told:
    way = WAYS[number % len(WAYS)]
    if way[-1] == State.DELIVERED and came_at < now - KEPT:
        way = (*way, State.EXPIRED)
    return Told(number, way, came_at)


def _rows(told: Told, pipeline: Pipeline) -> list[Model]:
    upload = Upload(closed_at=told.came_at)
    files = [_sent(upload, number, told.came_at) for number in range(1, FILES + 1)]
    job = _job(told, pipeline, upload)
    rows: list[Model] = [upload, *files, job]
    rows += [
        Transition(job=job, at=at, old=old, new=new, reason="As it went.", actor="freeloader")
        for at, old, new in told.moves
    ]
    begun = [at for at, _old, new in told.moves if new == State.RUNNING]
    rows += [_start(job, number, at) for number, at in enumerate(begun)]
    if State.HELD in told.way:
        rows.append(_finding(job, files[0]))
    if told.is_delivered:
        rows += _of_result(job, told)
    if job.inputs_deleted_at:
        rows.append(_removal(job, Removal.What.INPUTS, job.inputs_deleted_at))
    return rows


def _sent(upload: Upload, number: int, at: datetime) -> UploadedFile:
    name = f"plate {number}.csv"
    return UploadedFile(
        upload=upload, number=number, name=name, node_name=name, size_bytes=10**6 * number,
        completed_at=at, sha256="5e" * 32,
    )  # fmt: skip


def _job(told: Told, pipeline: Pipeline, upload: Upload) -> Job:
    """Of every second result that is kept, what was sent is kept, too."""
    state, changed_at = told.way[-1], told.moves[-1][0]
    nonce, ended_at = links.new_nonce(), changed_at if state in ENDS else None
    keeps_input = state == State.DELIVERED and told.number % 2
    kept = pipeline.frozen().as_json() | {"input_days": KEPT.days if keeps_input else 0}
    return Job(
        pipeline=pipeline, upload=upload, code=pipeline.code, cluster_id=pipeline.cluster_id,
        email=f"olga{told.number % 97}@far.example", settings=kept,
        state=state, reason=f"It ended with exit code {told.number % 9}.", created_at=told.came_at,
        changed_at=changed_at, ended_at=ended_at, status_nonce=nonce,
        status_sha256=links.sha256_of(links.token_for(nonce)),
        accepted_at=told.came_at if State.CLEAN in told.way else None,
        restart_count=max(0, told.way.count(State.RUNNING) - 1),
        expires_at=told.came_at + KEPT if told.is_delivered else None,
        inputs_deleted_at=None if keeps_input else ended_at,
        results_deleted_at=None if state == State.DELIVERED else ended_at,
        scratch_removed_at=ended_at, log_tail="Traceback\n" * 20 if state == State.FAILED else "",
    )  # fmt: skip


def _finding(job: Job, file: UploadedFile) -> Finding:
    return Finding(job=job, file=file, scanner="presidio", entity="EMAIL_ADDRESS", count=3, score=1)


def _start(job: Job, number: int, at: datetime) -> Attempt:
    return Attempt(
        job=job, number=number, node="node7", slurm_state="PREEMPTED", started_at=at,
        ended_at=at + timedelta(minutes=9), core_seconds=540,
    )  # fmt: skip


def _of_result(job: Job, told: Told) -> list[Model]:
    nonce = links.new_nonce()
    link = ResultLink(
        job=job, nonce=nonce, token_sha256=links.sha256_of(links.token_for(nonce)),
        expires_at=told.came_at + KEPT, downloads=DOWNLOADS,
    )  # fmt: skip
    rows: list[Model] = [link]
    rows += [
        ResultFile(
            job=job, number=number, name=f"cell_{number}.png", size_bytes=10**5 * number,
            sha256="ab12cd34" * 8, crc32=number, object_name=f"results/{job.pk}/1/0/{number}",
        )
        for number in range(1, RESULTS + 1)
    ]  # fmt: skip
    rows += [
        LinkAct(link=link, kind=LinkAct.Kind.DOWNLOADED, actor="collaborator", at=job.changed_at)
        for _ in range(DOWNLOADS)
    ]
    if told.way[-1] == State.EXPIRED:
        rows.append(_removal(job, Removal.What.RESULTS, job.changed_at))
    return rows


def _removal(job: Job, what: Removal.What, at: datetime) -> Removal:
    return Removal(job=job, at=at, what=what, objects_removed=3, bytes_removed=6 * 10**6)
