"""Bad pipelines on a node: each ends with a clear reason, and the site is unharmed."""

from __future__ import annotations

import os
import signal
import subprocess
import uuid
from pathlib import Path

import pytest

from jobs.node.laptop import processes
from tests.jobs.node.split_job import SplitJob
from tests.object_server import DEADLINE_S, ObjectServer, wait_until
from tests.rehearsal.expected import BAD, FOLDER, KILLED, LIMITS, NEVER

pytestmark = pytest.mark.live

INPUTS = {"a.txt": b"one two", "b.txt": b"three"}
slow = pytest.mark.live
NAMES = [pytest.param(name, marks=[] if BAD[name].is_quick else [slow]) for name in sorted(BAD)]
# nothing can keep a program from writing where its user may: a rehearsal tells of it
WRITTEN = {"writes_home": {"settings.ini"}, "trusts_its_cache": {"mine.cache"}}


class BadJob(SplitJob):
    """A job whose processes are found by a mark, each start in a session of its own."""

    limits = LIMITS

    def __init__(self, place: Path, store: ObjectServer, name: str) -> None:
        self.place, self.tag = place, uuid.uuid4().hex
        for folder in ("fl-1", "fl-2", "home", "tmp"):
            (place / folder).mkdir()
        (place / "fl-2" / "job.json").write_text("another's job")
        source = (FOLDER / "bad" / f"{name}.py").read_text()
        self.stages = ["split", "parts", "merge"] if "def split(" in source else ["run"]
        super().__init__(place / "fl-1", store, source, INPUTS)

    def start_argv(
        self, argv: list[str], attempt: int = 0, **environment: str
    ) -> subprocess.Popen[bytes]:
        """Never in the session of the tests: some of these kill their process group."""
        places = {"HOME": str(self.place / "home"), "TMPDIR": str(self.place / "tmp")}
        known = {"PATH": os.environ["PATH"], "FREELOADER_PROGRESS_S": "0.05"}
        with (self.path / "slurm.out").open("ab") as out:
            process = subprocess.Popen(
                argv, cwd=self.path, env={**known, **places, processes.MARK: self.tag},
                stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip
        self.processes.append(process)
        return process

    def run_stages(self, is_endless: bool) -> int:
        for stage in self.stages:
            self.begin(stage)
            process = self.start()
            if is_endless:
                wait_until((self.path / "begin.0.json").exists, "the code's begin")
                os.killpg(process.pid, signal.SIGTERM)
            if process.wait(timeout=DEADLINE_S) != 0:
                break
        return process.returncode

    def elsewhere(self) -> dict[str, str]:
        """All files outside of the job's own directories."""
        own = [self.path, self.kept]
        paths = [path for path in self.place.rglob("*") if path.is_file()]
        others = [path for path in paths if not any(each in path.parents for each in own)]
        return {str(path.relative_to(self.place)): path.read_text() for path in others}


@pytest.mark.parametrize("name", NAMES)
def test_a_bad_pipeline_ends_with_a_clear_reason_and_harms_nothing(
    tmp_path: Path, store: ObjectServer, name: str
) -> None:
    job = BadJob(tmp_path, store, name)
    expected, before = BAD[name], job.elsewhere()

    status = job.run_stages(is_endless=expected.reason == NEVER)

    if expected.reason == KILLED:
        assert status == -signal.SIGKILL
    elif expected.reason == NEVER:
        assert status == 128 + signal.SIGTERM
    else:
        assert job.end()["reason"] == expected.reason
        assert expected.said in job.end()["message"]
    wait_until(lambda: not processes.marked(job.tag), "the end of all of its processes")
    after = job.elsewhere()
    new = {path.split("/")[1] for path in after if path not in before}
    assert new == WRITTEN.get(name, set())
    assert {path: after[path] for path in before} == before
    assert [store.objects[f"in/{number}"] for number in range(2)] == list(INPUTS.values())
