"""Run inside the site's Django, whose own processes do not run: what looks and submits cost."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from backends.remote import Endpoint
from backends.slurm_text import squeue_argv
from backends.ssh import SshRemote, remote_for
from deploy.bench.engine.counting import counted
from deploy.bench.engine.timeline import spread
from jobs import links, tasks
from jobs.following.news import Known
from jobs.models import Job
from jobs.states import State
from jobs.steps.receive import announce
from pipelines.models import Cluster, Pipeline
from pipelines.ports import cluster_port
from uploads.rules import DeclaredFile

LOOKS = 9
MAX_BYTES = 64 * 2**20


def looks_at(fleet_file: str) -> dict[str, Any]:
    """Look at all the jobs in the file: first with news of each, then with none."""
    jobs = json.loads(Path(fleet_file).read_text())
    _ensure_rows(jobs)
    cluster = Cluster.objects.get(name="testbed")
    remote = remote_for(endpoint_of(cluster))
    remote.run(["true"])  # the connection is kept: no look pays for it but the very first
    news_s = seconds(lambda: tasks.track(cluster.pk))
    with counted() as traffic:
        poll_s = [seconds(lambda: tasks.track(cluster.pk)) for _ in range(LOOKS)]
    return {
        "jobs": len(jobs),
        "poll_s": spread(poll_s).median,
        "poll_p90_s": spread(poll_s).p90,
        "news_of_all_s": news_s,
        "per_poll": {name: count / LOOKS for name, count in asdict(traffic).items()},
        "parts_s": {name: median(act) for name, act in _parts(cluster, remote).items()},
        "answer_bytes": len(_squeue(remote)),
    }


def _parts(cluster: Cluster, remote: SshRemote) -> dict[str, Callable[[], object]]:
    """What such a look consists of, each to be done alone."""
    rows = Job.objects.on_cluster(cluster).values_list(*Known._fields)
    refs = [Known(*row).ref for row in rows]
    return {
        "squeue over SSH": lambda: _squeue(remote),
        "observe": lambda: cluster_port(cluster).observe(refs),
        "rows": lambda: [Known(*row).ref for row in rows.all()],
    }


def _squeue(remote: SshRemote) -> bytes:
    return remote.run(squeue_argv(), max_bytes=MAX_BYTES).stdout


def _ensure_rows(jobs: list[list[str]]) -> None:
    """A row for each Slurm job, as if it had just been handed in."""
    there = {str(pk) for pk in Job.objects.values_list("pk", flat=True)}
    model = Job.objects.filter(state=State.DELIVERED).first() or _announced()
    Job.objects.bulk_create(
        (_row(pk, number, model) for pk, number in jobs if pk not in there), batch_size=500
    )


def _row(pk: str, slurm_id: str, model: Job) -> Job:
    nonce, now = links.new_nonce(), timezone.now()
    return Job(
        pk=pk,
        pipeline_id=model.pipeline_id,
        upload_id=model.upload_id,
        code_id=model.code_id,
        cluster_id=model.cluster_id,
        settings=model.settings,
        email="fleet@bench.example",
        state=State.PENDING,
        slurm_id=slurm_id,
        accepted_at=now,
        signed_until=now + timedelta(days=7),
        status_nonce=nonce,
        status_sha256=links.sha256_of(links.token_for(nonce)),
    )


def submits(count: int, partition: str) -> dict[str, Any]:
    """Hand jobs in, one after another, to a partition that starts none; the first only warms up."""
    Cluster.objects.update(partition=partition)
    jobs = [_accepted() for _ in range(count + 1)]
    tasks.submit(str(jobs.pop().pk))
    with counted() as traffic, timed() as spent:
        whole_s = [seconds(lambda: tasks.submit(str(job.pk))) for job in jobs]  # noqa: B023 - called at once
    for job in jobs:
        job.refresh_from_db()
        if job.state != State.PENDING:
            raise RuntimeError(f"a job was not taken: {job.waiting_for or job.reason}")
        job.move_to(State.CANCELLED)  # no look is to find it
    return {
        "submit_s": spread(whole_s).median,
        "per_submit": {name: number / count for name, number in asdict(traffic).items()},
        "parts_s": {name: sum(figures) / count for name, figures in spent.items()},
    }


def _announced() -> Job:
    pipeline = Pipeline.objects.get(slug="nothing")
    return announce(pipeline, "fleet@bench.example", [DeclaredFile("words.txt", 10)])


def _accepted() -> Job:
    job = _announced()
    job.upload.files.update(sha256="0" * 64)  # as the check would have noted it
    for state in (State.UPLOADED, State.SCANNING, State.CLEAN):
        job.move_to(state)
    return job


def endpoint_of(cluster: Cluster) -> Endpoint:
    """As `pipelines.ports` makes it, so that it is the same kept connection."""
    key_file = Path(settings.SSH_KEYS) / cluster.key_name
    return Endpoint(cluster.host, cluster.port, cluster.user, cluster.host_key.strip(), key_file)


@contextmanager
def timed() -> Iterator[dict[str, list[float]]]:
    """The seconds of each call of the remote's two that a submit needs."""
    spent: dict[str, list[float]] = {"put_files": [], "run": []}
    originals = {name: getattr(SshRemote, name) for name in spent}

    def timing(name: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            begun = time.monotonic()
            try:
                return originals[name](*args, **kwargs)
            finally:
                spent[name].append(time.monotonic() - begun)

        return call

    for name in originals:
        setattr(SshRemote, name, timing(name))
    try:
        yield spent
    finally:
        for name, original in originals.items():
            setattr(SshRemote, name, original)


def median(act: Callable[[], object]) -> float:
    """Of several times."""
    return spread(seconds(act) for _ in range(LOOKS)).median


def seconds(act: Callable[[], object]) -> float:
    """How long it takes."""
    begun = time.monotonic()
    act()
    return time.monotonic() - begun
