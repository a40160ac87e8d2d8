"""Jobs in every state that a page can show, with what belongs to it; built as rows, no steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.core.cache import cache
from django.utils import timezone

from jobs import reasons
from jobs.again.acts import again
from jobs.models import (
    Attempt,
    FileScan,
    Finding,
    Job,
    Rehearsal,
    ResultFile,
    ResultLink,
    Stage,
)
from jobs.results.acts import new_link
from jobs.starts.pauses import why_paused
from jobs.states import State
from jobs.status_page.progress import Progress
from jobs.steps.decide import decide
from jobs.steps.receive import announce
from jobs.steps.scan import why_damaged
from pipelines.models import Cluster, Pipeline
from tests.walk import walk_to
from uploads.models import UploadedFile
from uploads.rules import DeclaredFile

HOSTILE = "<script>alert(1)</script>\u202ecod.exe"
NAMES = ("Grüße, Olga.csv", HOSTILE, "empty.txt")
SIZES = (48_000_000_000, 2_300_000, 0)


def announced(pipeline: Pipeline) -> Job:
    """Olga's three files are announced; the last has arrived."""
    files = [DeclaredFile(name, size) for name, size in zip(NAMES, SIZES, strict=True)]
    job = announce(pipeline, "olga@far.example", files)
    job.upload.files.filter(number=3).update(completed_at=timezone.now())
    return job


def arrived(pipeline: Pipeline, state: State) -> Job:
    """All are here and the job stands at `state`."""
    job = announced(pipeline)
    job.upload.files.update(completed_at=timezone.now(), sha256="5e" * 32)
    return walk_to(job, state)


def unconfirmed(pipeline: Pipeline) -> Job:
    """All are here, and the e-mail address has to be confirmed first."""
    pipeline.confirm_email = True
    return arrived(pipeline, State.UPLOADED)


def held(pipeline: Pipeline) -> Job:
    """The check found personal data, and could not look at everything."""
    return _with_findings(arrived(pipeline, State.HELD))


def rejected(pipeline: Pipeline) -> Job:
    """The check found a virus too."""
    job = _with_findings(arrived(pipeline, State.REJECTED))
    Finding.objects.create(
        job=job, file=job.upload.files.get(number=2), scanner="clamav", entity="Eicar-Test",
        count=1, score=1.0,
    )  # fmt: skip
    return job


def damaged(pipeline: Pipeline) -> Job:
    """The first file is not what was sent; the others were proved."""
    job = arrived(pipeline, State.SCANNING)
    files = job.upload.files
    files.update(verified_at=timezone.now())
    files.filter(number=1).update(sha256="", verified_at=None)
    job.move_to(State.REJECTED, why_damaged([1]))
    return job


def released(pipeline: Pipeline) -> Job:
    """It was held, and a person let it go on."""
    job = held(pipeline)
    job.move_to(State.CLEAN, "These are test data.", actor="ada")
    return job


def refused(pipeline: Pipeline) -> Job:
    """It was held, and a person rejected it."""
    job = held(pipeline)
    job.move_to(State.REJECTED, "These are patients.", actor="ada")
    return job


def checked(pipeline: Pipeline) -> Job:
    """Accepted; of a long file samples were read closely, and showed nothing that decides."""
    job = arrived(pipeline, State.CLEAN)
    long, hostile, empty = job.upload.files.all()
    for file in (hostile, empty):
        _scan(job, file, "presidio", COMPLETE, file.size_bytes)
    _scan(job, long, "presidio", PARTIAL, 2_000_000, ["SAMPLED"], method="table", seed=4711)
    _scan(job, long, "clamav", PARTIAL, long.size_bytes, ["WINDOWED"])
    Finding.objects.create(
        job=job, file=hostile, scanner="presidio", entity="PHONE_NUMBER", count=1, score=0.4,
        locations=[[["member", 3], ["line", 2]]],
    )  # fmt: skip
    return job


def unreadable(pipeline: Pipeline) -> Job:
    """Refused, as one file is encrypted and the policy wants none that are."""
    pipeline.personal_data_encrypted = "reject"
    job = arrived(pipeline, State.REJECTED)
    long, hostile, _empty = job.upload.files.all()
    _scan(job, long, "presidio", COMPLETE, long.size_bytes)
    _scan(job, hostile, "presidio", SKIPPED, 0, ["ENCRYPTED"], method="zip")
    return job


COMPLETE, PARTIAL, SKIPPED = FileScan.Coverage
VERSIONS = {"clamav": {"clamav": "1.4.6", "signatures": "27300 of 2026-11-24"}}


def _with_findings(job: Job) -> Job:
    letter, hostile, empty = job.upload.files.all()
    _scan(job, letter, "clamav", PARTIAL, 2_000_000_000, ["WINDOWED"])
    _scan(job, letter, "presidio", COMPLETE, letter.size_bytes, method="text")
    _scan(job, hostile, "presidio", SKIPPED, 0, ["UNSUPPORTED_FORMAT", "SOME_NEW_CODE"])
    _scan(job, empty, "clamav", COMPLETE, 0)
    Finding.objects.create(
        job=job, file=letter, scanner="presidio", entity="EMAIL_ADDRESS", count=17, score=1.0,
        locations=[[["line", 2]], [["line", 9]], [["line", 40]]],
    )  # fmt: skip
    Finding.objects.create(
        job=job, file=letter, scanner="presidio", entity="PERSON", count=1, score=0.9,
        locations=[[["line", 3]]],
    )  # fmt: skip
    return job


def _scan(
    job: Job,
    file: UploadedFile,
    scanner: str,
    coverage: str,
    seen: int,
    reasons: Sequence[str] = (),
    **rest: Any,
) -> None:
    FileScan.objects.create(
        job=job,
        file=file,
        scanner=scanner,
        coverage=coverage,
        scanned_bytes=seen,
        reasons=list(reasons),
        versions=VERSIONS.get(scanner, {"rules": "3", "model": "en_core_web_md 3.8.0"}),
        **rest,
    )


def expected(pipeline: Pipeline) -> Job:
    """It waits behind others, and the cluster has reckoned when its turn comes."""
    job = arrived(pipeline, State.PENDING)
    now = timezone.now()
    Cluster.objects.filter(pk=job.cluster_id).update(polled_at=now)
    job.save_fields(slurm_reason="Priority", expected_start_at=now + timedelta(hours=3))
    return job


def paused(pipeline: Pipeline) -> Job:
    """It ran, was preempted, and waits for its next start; the cluster does not answer just now."""
    job = arrived(pipeline, State.RUNNING)
    job.move_to(State.PENDING, why_paused({}))
    job.save_fields(
        restart_count=1, slurm_reason="BeginTime", waiting_for="The cluster does not answer."
    )
    return job


def paused_with_progress(pipeline: Pipeline) -> Job:
    """It ran, saved what it had done, and was preempted for the second time."""
    job = arrived(pipeline, State.RUNNING)
    began = job.changed_at
    start(job, 0, began, progress=0.2)
    for number, fraction in ((1, 0.2), (2, 0.4)):
        found = SAVED | {"saved_at": began.timestamp(), "fraction": fraction}
        job.move_to(State.PENDING, why_paused(found), restart_count=number)
        if number == 1:
            job.move_to(State.RUNNING, "Running on node7.")
            start(job, 1, job.changed_at, begun_with=found, progress=0.4)
    job.save_fields(slurm_reason="BeginTime")
    return job


SAVED = {"kind": "checkpoint", "digest": "5e" * 32, "size_bytes": 12_000_000}


def start(job: Job, number: int, at: datetime, *, task: int = 0, **told: Any) -> Attempt:
    """One start, interrupted after an hour and a half on a node of four cores."""
    usual: dict[str, Any] = {"node": "node7", "slurm_state": "PREEMPTED", "core_seconds": 21_600}
    ended_at = at + timedelta(minutes=90)
    return Attempt.objects.create(
        job=job,
        submission=job.submission,
        task=task,
        number=number,
        **{"started_at": at, "ended_at": ended_at} | usual | told,
    )


def on_hold(pipeline: Pipeline) -> Job:
    """It was interrupted ten times before it could save anything, and waits for a decision."""
    job = arrived(pipeline, State.RUNNING)
    for number in range(11):
        start(job, number, job.changed_at + timedelta(hours=2 * number))
    job.move_to(State.PENDING, why_paused({}), restart_count=11)
    reason = f"{reasons.ON_HOLD} {reasons.FRUITLESS % {'times': 10}}"
    job.move_to(State.PENDING, reason, fruitless_starts=10)
    job.save_fields(slurm_reason="JobHeldUser")
    return job


def let_go_on(pipeline: Pipeline) -> Job:
    """It was on hold, and sam let it go on."""
    job = on_hold(pipeline)
    decide(job, State.PENDING, "It is a quiet week.", actor="sam")
    return job


def parts(pipeline: Pipeline) -> Job:
    """The third of its stages is still to come: of 64 parts 39 are done."""
    job = arrived(pipeline, State.RUNNING)
    start(job, 0, job.changed_at, slurm_state="COMPLETED")
    job.move_to(State.SUBMITTING, "", stage=Stage.PARTS, parts=64, submission=2, stage_since=2)
    job.move_to(State.PENDING, "The cluster took it as job 8.", slurm_id="8")
    job.move_to(State.RUNNING, "Running.")
    for task in range(16):
        start(job, 0, job.changed_at, task=task)
    done = {"kind": "parts", "done": 20, "of": 64}
    job.move_to(State.PENDING, why_paused(done), restart_count=16)
    job.move_to(State.RUNNING, "Running.")
    for task in range(16):
        start(job, 1, job.changed_at, task=task, begun_with=done, slurm_state="", ended_at=None)
    cache.set(f"progress:{job.pk}", Progress(39 / 64, "39 of 64 parts are done", {}, 64))
    return job


def restored(pipeline: Pipeline) -> Job:
    """It runs again under DMTCP, whose newest images were damaged."""
    job = paused(pipeline)
    start(job, 0, job.changed_at - timedelta(hours=2))
    job.move_to(State.RUNNING, "Running on node7.")
    found = {"kind": "dmtcp", "generation": 7, "size_bytes": 330_000_000, "fraction": 0.4}
    found |= {
        "saved_at": job.changed_at.timestamp() - 3600,
        "set_aside": ["generation 8: its checksum is wrong"],
    }
    start(job, 1, job.changed_at, begun_with=found, slurm_state="", ended_at=None)
    cache.set(f"progress:{job.pk}", Progress(0.42, "file 3 of 7", found))
    return job


def running(pipeline: Pipeline) -> Job:
    """It runs for the second time, and says how far it is."""
    job = paused(pipeline)
    job.move_to(State.RUNNING, "Running on node7 again.")
    for number in (0, 1):
        Attempt.objects.create(job=job, number=number, node="node7", started_at=timezone.now())
    cache.set(f"progress:{job.pk}", Progress(0.42, "file 3 of 7"))
    return job


def delivered(pipeline: Pipeline) -> Job:
    """Its result has three files and a link."""
    job = arrived(pipeline, State.COMPLETED)
    ResultFile.objects.bulk_create(
        ResultFile(
            job=job, number=number, name=name, size_bytes=size, sha256="ab12cd34" * 8,
            crc32=0xab12cd34, object_name=f"results/{job.pk}/0/{number}",
        )
        for number, (name, size) in enumerate(zip(NAMES, SIZES, strict=True), 1)
    )  # fmt: skip
    expires_at = timezone.now() + timedelta(days=14)
    new_link(job, expires_at=expires_at)
    job.move_to(State.DELIVERED, reasons.READY, expires_at=expires_at)
    return job


def kept(pipeline: Pipeline) -> Job:
    """Its result is there, and its files are kept for a month: it can be run again."""
    pipeline.input_days = 30
    pipeline.patterns, pipeline.accept_empty_files = "", True
    pipeline.max_file_mb = pipeline.max_total_mb = 100_000
    pipeline.save()
    return delivered(pipeline)


def kept_in_vain(pipeline: Pipeline) -> Job:
    """Its files are kept, but its page takes smaller ones, with other names, by now."""
    pipeline.input_days = 30
    return delivered(pipeline)


def repeated(pipeline: Pipeline) -> Job:
    """It was run again; the new job waits."""
    job = kept(pipeline)
    walk_to(again(job, name=uuid4()), State.PENDING)
    return job


def repetition(pipeline: Pipeline) -> Job:
    """It runs on the files of an earlier job."""
    job = again(kept(pipeline), name=uuid4())
    return walk_to(job, State.RUNNING)


def of_rehearsal(job: Job, **told: Any) -> Rehearsal:
    """The job is one of a rehearsal's, on its own files."""
    rehearsal = Rehearsal.objects.create(
        pipeline=job.pipeline, code=job.code, cluster=job.cluster, upload=job.upload,
        started_by=job.pipeline.owners.get(), **told,
    )  # fmt: skip
    Job.objects.filter(pk=job.pk).update(rehearsal=rehearsal)
    job.refresh_from_db()
    return rehearsal


def link_of(job: Job) -> ResultLink:
    """The link of a delivered job."""
    return job.links.get()


def plain(state: State) -> Callable[[Pipeline], Job]:
    """The scene of a state that has nothing of its own to show."""
    return lambda pipeline: arrived(pipeline, state)


SCENES: dict[str, Callable[[Pipeline], Job]] = {
    **{state.value: plain(state) for state in State},
    "uploading": announced,
    "unconfirmed": unconfirmed,
    "held": held,
    "rejected": rejected,
    "released": released,
    "refused": refused,
    "checked": checked,
    "unreadable": unreadable,
    "damaged": damaged,
    "expected": expected,
    "paused": paused,
    "paused_with_progress": paused_with_progress,
    "on_hold": on_hold,
    "let_go_on": let_go_on,
    "parts": parts,
    "restored": restored,
    "running": running,
    "delivered": delivered,
    "kept": kept,
    "kept_in_vain": kept_in_vain,
    "repeated": repeated,
    "repetition": repetition,
}
