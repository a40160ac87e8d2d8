"""Run inside the site's Django: jobs that were delivered, and who looks at them."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backends.chosen import chosen_store
from deploy.bench.results.crowd import fill
from jobs.jobfile import piece_name
from jobs.models import Attempt, Job, ResultFile
from jobs.results.acts import new_link
from jobs.states import State
from jobs.steps.receive import announce
from pipelines.models import Pipeline
from uploads.rules import DeclaredFile

TO_THE_END = (
    State.UPLOADED, State.SCANNING, State.CLEAN, State.SUBMITTING, State.PENDING, State.RUNNING,
    State.COMPLETED, State.DELIVERED,
)  # fmt: skip
SECONDS = timedelta(seconds=1)
SAVED = {"kind": "checkpoint", "digest": "5e" * 32, "size_bytes": 12_000_000, "fraction": 0.5}


def stored(*results: Sequence[int]) -> list[str]:
    """Results of files of such sizes, stored as a node does; the tokens of their links."""
    return [_stored(sizes) for sizes in results]


def _stored(sizes: Sequence[int]) -> str:
    job, store = _announced(1), chosen_store()
    files = []
    for number, size_bytes in enumerate(sizes, 1):
        data = os.urandom(size_bytes)
        file = _file(job, number, hashlib.sha256(data).hexdigest(), zlib.crc32(data), size_bytes)
        store.write(file.object_name, data)
        files.append(file)
    return _delivered(job, files, starts=1)


def many(*, files: int, starts: int, jobs: int) -> dict[str, str]:
    """Very many rows; the cookies of ada and sam, and the token of a result with many files."""
    told = _people() | {"token": _recorded(files, starts)}
    fill(jobs)  # last: more of them are open than a site takes
    return told


def _recorded(files: int, starts: int) -> str:
    """As many files were sent."""
    job = _announced(files)
    results = [_file(job, number, "ab12cd34" * 8, number, 5) for number in range(1, files + 1)]
    return _delivered(job, results, starts)


def _announced(files: int) -> Job:
    sent = [DeclaredFile(f"plate {number:05}.txt", 3) for number in range(1, files + 1)]
    job = announce(Pipeline.objects.get(slug="word-statistics"), "olga@far.example", sent)
    job.upload.files.update(completed_at=timezone.now(), sha256="5e" * 32)
    return job


def _file(job: Job, number: int, sha256: str, crc32: int, size_bytes: int) -> ResultFile:
    return ResultFile(
        job=job, number=number, name=f"plots/cell {number:05}.bin", size_bytes=size_bytes,
        sha256=sha256, crc32=crc32, object_name=piece_name(job, 0, number),
    )  # fmt: skip


def _delivered(job: Job, files: Sequence[ResultFile], starts: int) -> str:
    expires_at = timezone.now() + timedelta(days=14)
    ResultFile.objects.bulk_create(files, batch_size=500)
    Attempt.objects.bulk_create(_starts(job, starts), batch_size=500)
    for state in TO_THE_END:
        changes: dict[str, Any] = {"slurm_id": "7"} if state == State.PENDING else {}
        changes |= {"expires_at": expires_at} if state == State.DELIVERED else {}
        job.move_to(state, "", **changes)
    return new_link(job, expires_at=expires_at).token


def _starts(job: Job, count: int) -> Iterator[Attempt]:
    """All but the last were interrupted after a minute, and saved something."""
    now = timezone.now()
    for number in range(count):
        begun_at = now + 61 * number * SECONDS
        found = SAVED | {"saved_at": begun_at.timestamp()} if number else {}
        yield Attempt(
            job=job, number=number, node=f"node{number % 7}", core_seconds=60, begun_with=found,
            started_at=begun_at, ended_at=begun_at + 60 * SECONDS,
            slurm_state="COMPLETED" if number == count - 1 else "PREEMPTED",
        )  # fmt: skip


def _people() -> dict[str, str]:
    """Ada, whom the demonstration has, gets all pipelines; sam sees everything: their cookies."""
    ada = User.objects.get(username="ada")
    for pipeline in Pipeline.objects.all():
        pipeline.owners.add(ada)
    User.objects.create_superuser("sam", "sam@uni.example")
    return {name: _cookie(name) for name in ("ada", "sam")}


def _cookie(name: str) -> str:
    session = settings.SESSION_COOKIE_NAME
    return f"{session}={_browser(name).cookies[session].value}"


def _browser(name: str) -> Client:
    client = Client(headers={"host": urlsplit(settings.SITE_URL).netloc})
    if name:
        client.force_login(User.objects.get(username=name))
    return client


def queries(pages: Mapping[str, tuple[str, str]]) -> dict[str, int]:
    """How many each path needs for its visitor, with those for session and user."""
    return {name: _queries(path, visitor) for name, (path, visitor) in pages.items()}


def _queries(path: str, visitor: str) -> int:
    client = _browser(visitor)
    with CaptureQueriesContext(connection) as captured:
        answer: Any = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status_code}")
    return len(captured)
