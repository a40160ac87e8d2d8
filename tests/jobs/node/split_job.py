"""A job that splits its work, stage by stage, as our server hands it in."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tests.jobs.node.job_directory import JobDirectory

COUNT_IN_PARTS = """
    def split(inputs):
        return inputs

    def run(inputs, output):
        for path in inputs:
            (output / (path.stem + ".count")).write_text(str(len(path.read_text().split())))

    def merge(outputs, output):
        counts = [int(path.read_text()) for folder in outputs for path in folder.iterdir()]
        (output / "sum.txt").write_text(str(sum(counts)))
"""


class SplitJob(JobDirectory):
    """Its stages share one job directory here; on a cluster each is a submission of its own."""

    stage = "split"
    limits: Mapping[str, float] = MappingProxyType({})
    environment: Mapping[str, str] = MappingProxyType({})

    def job(self, signature: str = "first", attempts: int = 50) -> dict[str, Any]:
        return {**super().job(signature, attempts), "stage": self.stage, "limits": {**self.limits}}

    def start_argv(
        self, argv: list[str], attempt: int = 0, **environment: str
    ) -> subprocess.Popen[bytes]:
        return super().start_argv(argv, attempt, **self.environment, **environment)

    def begin(self, stage: str) -> None:
        """What a new submission begins with: nothing but the kept directory of those before."""
        self.stage = stage
        self.forget("end.*", "stored.*", "begin.*", "newest*", "owner")
        self.tell()

    def forget_ends(self) -> None:
        """As if no attempt had ended yet, nor stored what it came to."""
        self.forget("end.*", "stored.*")

    def forget(self, *patterns: str) -> None:
        for path in [path for pattern in patterns for path in self.path.glob(pattern)]:
            path.unlink()

    def run_stage(self, stage: str) -> int:
        self.begin(stage)
        return self.run()

    def split(self) -> None:
        """The first stage, and what the second one needs."""
        assert self.run_stage("split") == 0, self.end()
        self.begin("parts")

    def parts(self) -> list[list[str]]:
        found = json.loads((self.kept / "parts.json").read_text())
        assert found["version"] == 1
        parts: list[list[str]] = found["parts"]
        return parts

    def finished(self) -> set[int]:
        return {int(path.name.partition(".")[2]) for path in self.kept.glob("part.*")}

    def claimed(self) -> set[int]:
        numbers = [path.name[len("claim.") :] for path in self.kept.glob("claim.*")]
        return {int(number) for number in numbers if number.isdigit()}  # a kill may leave others
