"""A job's directory as the submit step makes it, on an object server, for a real process to run."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import zlib
from pathlib import Path
from typing import Any

from jobs import node
from jobs.node.family import adopt_orphans
from jobs.node.run import run_attempt
from tests.object_server import DEADLINE_S, ObjectServer

PYTHON = os.environ.get("FREELOADER_NODE_PYTHON", sys.executable)  # any from 3.6 on
COUNT_WORDS = """
    def run(inputs, output):
        for path in inputs:
            (output / (path.stem + ".count")).write_text(str(len(path.read_text().split())))
"""
LOCALE = {"LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"}  # as job.sh sets it
QUICK = {
    "FREELOADER_PAUSE_S": "0.01",
    "FREELOADER_PATIENCE_S": "0.2",
    "FREELOADER_PROGRESS_S": "0.05",
}


class JobDirectory:
    """One job: what the server put there, and what the node made of it."""

    def __init__(
        self,
        path: Path,
        store: ObjectServer,
        code: str = COUNT_WORDS,
        inputs: dict[str, bytes] | None = None,
    ) -> None:
        self.path, self.store = path, store
        self.kept = path / "kept"
        self.also: dict[str, Any] = {}  # what else is told in job.json
        self.processes: list[subprocess.Popen[bytes]] = []
        self.max_files, self.piece_bytes, self.slots = 100, 10**9, 100
        self.inputs = {"a.txt": b"one two three"} if inputs is None else inputs
        self.code = textwrap.dedent(code).encode()
        for number, data in enumerate(self.inputs.values()):
            store.objects[f"in/{number}"] = data
        (path / "job.sh").write_bytes(Path(node.__file__).with_name("job.sh").read_bytes())
        (path / "run.pyz").write_bytes(node.program())
        (path / "pipeline.py").write_bytes(self.code)
        self.tell()

    def tell(self, *, signature: str = "first", attempts: int = 50) -> None:
        """Write job.json, as the submit step does and the track step does again."""
        self.write_job(self.job(signature, attempts))

    def job(self, signature: str = "first", attempts: int = 50) -> dict[str, Any]:
        url = self.store.url
        return {
            "version": 1,
            "key": "fl-1",
            "job": "1",
            "code": {"file": "pipeline.py", "sha256": hashlib.sha256(self.code).hexdigest()},
            "inputs": [
                {
                    "name": name,
                    "size_bytes": len(data),
                    "sha256": hashlib.sha256(data).hexdigest(),
                    "url": url(f"in/{number}", signature),
                }
                for number, (name, data) in enumerate(self.inputs.items())
            ],
            "results": {
                "max_files": self.max_files,
                "piece_bytes": self.piece_bytes,
                "attempts": {
                    str(attempt): {
                        "pieces": [
                            url(f"out/{attempt}/{slot}", signature) for slot in range(self.slots)
                        ],
                        "manifest": url(f"out/{attempt}/manifest.json", signature),
                    }
                    for attempt in range(attempts)
                },
            },
            "progress_url": url("progress", signature),
            **self.also,
        }

    def write_job(self, job: dict[str, Any]) -> None:
        (self.path / "job.tmp").write_text(json.dumps(job))
        (self.path / "job.tmp").replace(self.path / "job.json")

    def start(
        self, attempt: int = 0, task: int | None = None, **environment: str
    ) -> subprocess.Popen[bytes]:
        of_array = [] if task is None else [str(task)]
        argv = [PYTHON, "run.pyz", ".", str(attempt), *of_array]
        return self.start_argv(argv, attempt, **environment)

    def start_argv(
        self, argv: list[str], attempt: int = 0, **environment: str
    ) -> subprocess.Popen[bytes]:
        path = {"PATH": environment.pop("PATH", os.environ["PATH"])}
        known = {**path, **LOCALE, **QUICK, "FREELOADER_ATTEMPT": str(attempt), **environment}
        with (self.path / "slurm.out").open("ab") as out:
            process = subprocess.Popen(
                argv, cwd=self.path, env=known, stdout=out, stderr=out, start_new_session=True
            )
        self.processes.append(process)
        return process

    def stop(self) -> None:
        """End what still runs, also what a start that was killed alone has left behind."""
        for process in self.processes:
            process.terminate()
            process.wait(timeout=DEADLINE_S)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def run(self, attempt: int = 0, task: int | None = None) -> int:
        """The attempt to its end; in this process, which is quicker, if it is the same Python."""
        if sys.executable != PYTHON:
            return self.start(attempt, task).wait(timeout=DEADLINE_S)
        handler, arguments = signal.getsignal(signal.SIGTERM), sys.argv
        sys.argv = [str(self.path / "run.pyz")]
        try:
            return run_attempt(self.path, attempt, task)
        finally:
            adopt_orphans(False)
            signal.signal(signal.SIGTERM, handler)
            sys.argv = arguments

    def run_script(self, attempt: int = 0, python: str = PYTHON, **environment: str) -> int:
        """As sbatch does it."""
        argv = ["sh", "job.sh", python]
        environment.setdefault("SLURM_JOB_NAME", self.path.name)  # the directory is called so
        return self.start_argv(argv, attempt, **environment).wait(timeout=DEADLINE_S)

    def end(self, attempt: int | str = 0) -> dict[str, Any]:
        """What the attempt said of its end; of a task "TASK.ATTEMPT"."""
        found: dict[str, Any] = json.loads((self.path / f"end.{attempt}.json").read_text())
        return found

    def has_end(self, attempt: int = 0) -> bool:
        return (self.path / f"end.{attempt}.json").exists()

    def log(self) -> str:
        return (self.path / "log.txt").read_text()

    def manifest(self, attempt: int = 0) -> dict[str, Any] | None:
        data = self.store.objects.get(f"out/{attempt}/manifest.json")
        return json.loads(data) if data else None

    def results(self, attempt: int = 0) -> dict[str, bytes]:
        """What a collaborator would get, put together by the manifest and checked against it."""
        manifest = self.manifest(attempt)
        assert manifest is not None, (self.path / "slurm.out").read_text()
        found = {}
        for entry in manifest["results"]:
            pieces = [
                self.store.objects[f"out/{attempt}/{piece['slot']}"] for piece in entry["pieces"]
            ]
            assert [len(piece) for piece in pieces] == [p["size_bytes"] for p in entry["pieces"]]
            data = b"".join(pieces)
            assert len(data) == entry["size_bytes"]
            assert hashlib.sha256(data).hexdigest() == entry["sha256"]
            assert zlib.crc32(data) == entry["crc32"]
            found[entry["name"]] = data
        return found
