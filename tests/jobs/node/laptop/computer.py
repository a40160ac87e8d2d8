"""A PI's computer: the program that she downloaded, her file, and her data."""

from __future__ import annotations

import os
import subprocess
import textwrap
from pathlib import Path

from jobs import node
from tests.jobs.node.job_directory import PYTHON


class Laptop:
    """A folder with the program in it, and nothing of the project."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.home = path / "home"
        self.home.mkdir()
        (path / "temporary").mkdir()
        (path / "freeloader.pyz").write_bytes(node.program())
        (path / "a.txt").write_text("one two")
        (path / "b.txt").write_text("three")

    def try_code(self, code: str, *words: str) -> subprocess.CompletedProcess[str]:
        """`try` her file on these files; what it prints and its errors come together."""
        return ended(self.begin(code, *words))

    def begin(self, code: str, *words: str) -> subprocess.Popen[str]:
        (self.path / "mine.py").write_text(textwrap.dedent(code))
        return self.start("try", "mine.py", *(words or ("a.txt",)))

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The program with these words, to its end."""
        return ended(self.start(*words))

    def start(self, *words: str) -> subprocess.Popen[str]:
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home)}
        environment["TMPDIR"] = str(self.path / "temporary")
        environment["SLURM_JOB_ID"] = "1"  # she may have asked a cluster for a shell
        return subprocess.Popen(
            [PYTHON, "freeloader.pyz", *words], cwd=self.path, env=environment,
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip


def ended(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    said, _ = process.communicate(timeout=280)
    return subprocess.CompletedProcess(process.args, process.returncode, said)
