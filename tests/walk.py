"""Walking a job along the line, offline: the test plays the browser and the node."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence

from backends.base import SignedRequest
from backends.memory import MemoryStore
from jobs.models import Job
from jobs.states import MOVES, State
from uploads import lots, parts

WAY = [
    State.UPLOADED,
    State.SCANNING,
    State.CLEAN,
    State.SUBMITTING,
    State.PENDING,
    State.RUNNING,
    State.COMPLETED,
    State.DELIVERED,
    State.EXPIRED,
]


def send_all(job: Job, store: MemoryStore, contents: Sequence[bytes]) -> None:
    """Send every file of the upload as the page does: open, PUT each part, complete."""
    files = list(job.upload.files.all())
    data = {file.number: content for file, content in zip(files, contents, strict=True)}
    for one in lots.open_files(files, store=store):
        cut, content = one.cut, data[one.file.number]
        urls = parts.sign(one.file, cut, range(1, cut.count + 1), store=store)
        for number, url in urls.items():
            start = (number - 1) * cut.part_bytes
            store.send(SignedRequest("PUT", url), content[start : start + cut.part_bytes])
    done, missing = lots.complete_files(list(job.upload.files.all()), store=store)
    assert (sorted(done), missing) == ([file.number for file in files], {})


def walk_to(job: Job, state: State) -> Job:
    """Move the job to `state` by moves that the table allows; no step does its work."""
    if state in WAY:
        road = WAY[: WAY.index(state) + 1]
    elif state in (State.HELD, State.REJECTED):
        road = [State.UPLOADED, State.SCANNING, state]
    else:
        road = [state]
    for next_state in road:
        if next_state == State.CLEAN:  # the check has summed up what it let pass
            job.upload.files.filter(sha256="").update(sha256="0" * 64)
        if next_state in MOVES[State(job.state)] - {job.state}:
            changes = {"slurm_id": "7"} if next_state == State.PENDING else {}
            job.move_to(next_state, f"Walked to {next_state}.", **changes)
    assert job.state == state
    return job


def play_node(
    store: MemoryStore,
    job_json: bytes,
    attempt: int,
    files: Mapping[str, bytes],
    notes: Mapping[str, object] | None = None,
) -> None:
    """Do what jobs/node/run.py does at its end: PUT each result, then the manifest with `notes`."""
    content = json.loads(job_json)
    urls = content["results"]["attempts"][str(attempt)]
    results = []
    for slot, (name, data) in enumerate(files.items()):
        store.send(SignedRequest("PUT", urls["pieces"][slot]), data)
        results.append(
            {
                "name": name,
                "size_bytes": len(data),
                "sha256": hashlib.sha256(data).hexdigest(),
                "crc32": zlib.crc32(data),
                "pieces": [{"slot": slot, "size_bytes": len(data)}],
            }
        )
    manifest = {"version": 1, "job": content["job"], "attempt": attempt, "results": results}
    manifest |= notes or {}
    store.send(SignedRequest("PUT", urls["manifest"]), json.dumps(manifest).encode())
