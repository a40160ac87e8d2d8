"""A job under DMTCP, or under its stand-ins, whose work goes on as far as the test lets it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

from jobs.node.files import sha256_of
from tests.jobs.node.conftest import NewJob
from tests.jobs.node.dmtcp_stand_in import image
from tests.jobs.node.job_directory import PYTHON, JobDirectory
from tests.object_server import DEADLINE_S, wait_until

STAND_IN = Path(image.__file__).parent
# Each unit of work leaves a line in the result and, uncounted by any restart, one in `computed`.
UNITS = """
    import threading
    from pathlib import Path
    from stand_in import Process

    HERE = Path(__HERE__)

    def run(inputs, output, progress):
        process = Process(units=0)
        units = process.open(output / "units.txt")
        while process.state["units"] < 10:
            with process.at_once:
                number = process.state["units"]
                if number < int((HERE / "allowed").read_text()):
                    units.write("unit %d\\n" % number)
                    units.flush()
                    process.state["units"] += 1
                    with (HERE / "computed").open("a") as computed:
                        computed.write("%d\\n" % number)
                    progress(number / 10)
            threading.Event().wait(0.01)
"""
WHOLE = b"".join(b"unit %d\n" % number for number in range(10))
SELDOM_S = 3600  # only the checkpoint that SIGTERM asks for


class DmtcpJob:
    """A job directory with a job.json that asks for DMTCP."""

    def __init__(self, new_job: NewJob, folder: Path, code: str = UNITS) -> None:
        self.folder = folder
        folder.mkdir()
        self.job: JobDirectory = new_job(code.replace("__HERE__", repr(str(folder))))
        self.home = self.job.path / "kept" / "dmtcp"
        self.hold = folder / "hold"
        self.tell()
        self.allow(10)

    def tell(
        self,
        *,
        folder: Path | str = STAND_IN,
        interval_s: float = SELDOM_S,
        mb: int = 500,
        kept: str = "kept",
        **more: Any,
    ) -> None:
        """Write job.json, with this and `more`."""
        told = self.job.job()
        told["dmtcp"] = {"bin": str(folder), "interval_s": interval_s}
        limits = {"memory_mb": 2000, "disk_mb": 50, "checkpoint_mb": mb, "time_limit_min": 60}
        self.job.write_job({**told, "kept": kept, "limits": limits, **more})

    def allow(self, units: int) -> None:
        """Let the code compute so many units in all."""
        beside = self.folder / "allowed.new"
        beside.write_text(str(units))
        beside.replace(self.folder / "allowed")

    def start(self, attempt: int, **environment: str) -> subprocess.Popen[bytes]:
        """With the stand-ins; little patience for a former owner, much for a last checkpoint."""
        argv = [PYTHON, "run.pyz", ".", str(attempt)]
        quick = {"FREELOADER_FENCE_S": "0.3", "FREELOADER_KILL_WAIT_S": str(DEADLINE_S)}
        quick["STAND_IN_HOLD"] = str(self.hold)
        quick["TMPDIR"] = str(self.folder)  # where what a killed start leaves does no harm
        return self.job.start_argv(argv, attempt, **{**quick, **environment})

    def run(self, attempt: int, **environment: str) -> int:
        """To its end."""
        return self.start(attempt, **environment).wait(timeout=DEADLINE_S)

    def computed(self) -> list[int]:
        """The units that were computed, in this order, those that were done again too."""
        found = self.folder / "computed"
        return [int(line) for line in found.read_text().split()] if found.exists() else []

    def wait_for_unit(self, number: int) -> None:
        """Until it is computed for the first time."""
        wait_until(lambda: number in self.computed(), f"unit {number}")

    def preempt_after(self, units: int, attempt: int) -> None:
        """A start that computes up to so many units and then gets SIGTERM, as everybody in it."""
        self.allow(units)
        process = self.start(attempt)
        self.wait_for_unit(units - 1)
        assert terminate(process) == 128 + signal.SIGTERM
        self.allow(10)

    def images(self, generation: int) -> Path:
        """The one image of a generation."""
        (found,) = (self.home / f"gen.{generation}").glob("ckpt_*.dmtcp")
        return found

    def generations(self) -> list[str]:
        """By name."""
        return sorted(path.name for path in self.home.glob("gen.*"))

    def begun_with(self, attempt: int) -> dict[str, Any]:
        """What the start said of it."""
        note = json.loads((self.job.path / f"begin.{attempt}.json").read_text())
        found: dict[str, Any] = note["begun_with"]
        return found

    def resum(self, generation: int) -> None:
        """Make the sums fit what is there: it was damaged before it was summed."""
        found = self.images(generation)
        sums = found.parent / "sums.json"
        told = json.loads(sums.read_text())
        told["images"][found.name] = {
            "size_bytes": found.stat().st_size,
            "sha256": sha256_of(found),
        }
        sums.write_text(json.dumps(told))


def terminate(process: subprocess.Popen[bytes]) -> int:
    """SIGTERM to every process of the job, as Slurm sends it; the exit code."""
    os.killpg(process.pid, signal.SIGTERM)
    return process.wait(timeout=DEADLINE_S)


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to every process of the job."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=DEADLINE_S)
