"""What a compute node gets: its program, the PI's file, and job.json with signed URLs, no keys."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from backends.base import BackendError, Store
from jobs import node, reasons
from jobs.models import Job, ResultFile, Stage
from uploads.models import UploadedFile

NODE = Path(__file__).parent / "node"
# An S3 presigned URL lives seven days at most; `track` signs anew while there is time left.
SIGNED_FOR_S = 7 * 24 * 3600 - 60
MAX_RESULTS = 100
ATTEMPTS_AHEAD = 10  # so often it may be preempted while nobody looks


def results_prefix(job: Job) -> str:
    """Where the job's results are in the store."""
    return f"results/{job.pk}/"


def piece_name(job: Job, attempt: int, slot: int) -> str:
    """The object of one piece of an attempt's results."""
    return f"{_attempt_prefix(job, attempt)}{slot}"


def manifest_name(job: Job, attempt: int) -> str:
    """The object that says what an attempt left; it is written last."""
    return f"{_attempt_prefix(job, attempt)}manifest.json"


def _attempt_prefix(job: Job, attempt: int) -> str:
    """Restart counts begin anew when a lost job is handed in again; the old one may still write."""
    return f"{results_prefix(job)}{job.submission}/{attempt}/"


def progress_name(job: Job) -> str:
    """The object in which the node says how far it is."""
    return f"{results_prefix(job)}progress.json"


def job_directory(job: Job, store: Store) -> dict[str, bytes]:
    """The files of the job's directory on the cluster."""
    return {
        "job.sh": (NODE / "job.sh").read_bytes(),
        "run.pyz": node.program(),
        "pipeline.py": _checked_source(job),
        "job.json": job_json(job, store),
    }


def _checked_source(job: Job) -> bytes:
    source = job.code.source.encode()
    if hashlib.sha256(source).hexdigest() != job.code.sha256:
        raise BackendError(reasons.WRONG_CODE, transient=False)
    return source


def job_json(job: Job, store: Store) -> bytes:
    """job.json as jobs/node reads it, freshly signed; `BackendError` if an input is not proved."""
    content = {
        "version": 1,
        "key": job.key,
        "job": str(job.pk),
        "stage": job.stage,
        "kept": f"../{job.kept_key}",
        "limits": _limits(job),
        "code": {"file": "pipeline.py", "sha256": job.code.sha256},
        "inputs": [_input(file, store) for file in job.upload.files.all()],
        "progress_url": store.sign_put(progress_name(job), expires_s=SIGNED_FOR_S).url,
        **_results(job, store),
        **_parts(job),
        **_dmtcp(job),
        **_rehearsal(job, store),
    }
    return json.dumps(content).encode()


def _limits(job: Job) -> dict[str, int]:
    settings = job.frozen
    names = ("memory_mb", "disk_mb", "checkpoint_mb", "time_limit_min")
    return {name: getattr(settings, name) for name in names}


def _results(job: Job, store: Store) -> dict[str, Any]:
    """Where results go, in the stages that have any."""
    if job.stage not in (Stage.RUN, Stage.MERGE):
        return {}
    first = max(0, job.restart_count - 1)
    attempts = range(first, job.restart_count + ATTEMPTS_AHEAD)
    results = {
        "max_files": MAX_RESULTS,
        "piece_bytes": store.limits().max_part_bytes - 2**30,
        "attempts": {str(number): _attempt(job, number, store) for number in attempts},
    }
    return {"results": results}


def _parts(job: Job) -> dict[str, Any]:
    return {"parts": job.parts} if job.stage in (Stage.PARTS, Stage.MERGE) else {}


def _dmtcp(job: Job) -> dict[str, Any]:
    settings = job.frozen
    if not settings.uses_dmtcp:
        return {}
    return {"dmtcp": {"interval_s": settings.dmtcp_interval_s, "bin": job.cluster.dmtcp_bin}}


def _rehearsal(job: Job, store: Store) -> dict[str, Any]:
    """A rehearsal's second job is killed after so many seconds of each start, and compared."""
    if job.rehearsal_id is None:
        return {}
    if not job.interruptions:
        return {"watch_writes": True}
    first = Job.objects.filter(rehearsal=job.rehearsal_id).earliest("created_at")
    reference = [_result(file, store) for file in first.results.all()]
    interrupted = {"interrupt_after_s": job.interruptions, "reference": reference}
    return {"watch_writes": True, **interrupted}


def _result(file: ResultFile, store: Store) -> dict[str, Any]:
    return {
        "name": file.name,
        "size_bytes": file.size_bytes,
        "sha256": file.sha256,
        "url": store.sign_get(file.object_name, expires_s=SIGNED_FOR_S).url,
    }


def _input(file: UploadedFile, store: Store) -> dict[str, Any]:
    if not file.sha256:
        # The last gate: the check notes a sum only of what it read whole and found undamaged.
        text = f"File {file.number} was not proved to be what was sent."
        raise BackendError(text, transient=False)
    return {
        "name": file.node_name,
        "size_bytes": file.size_bytes,
        "sha256": file.sha256,
        "url": store.sign_get(file.object_name, expires_s=SIGNED_FOR_S).url,
    }


def _attempt(job: Job, number: int, store: Store) -> dict[str, Any]:
    def put(name: str) -> str:
        return store.sign_put(name, expires_s=SIGNED_FOR_S).url

    return {
        "pieces": [put(piece_name(job, number, slot)) for slot in range(MAX_RESULTS)],
        "manifest": put(manifest_name(job, number)),
    }
