"""DMTCP's three programs on this node, and one coordinator of theirs for one run of the code.

The command lines are those that were run against DMTCP 5.0; see docs/checkpoints.md.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import IO, Dict, List, Optional

from ..endings import Ending
from ..family import Family, adopt_orphans
from ..files import remove
from ..limits import resident_bytes

NAMES = ("dmtcp_launch", "dmtcp_restart", "dmtcp_command")
FAIL_RC = 99  # what DMTCP itself ends with if it fails, apart from the program's exit codes
CRASHES = (-signal.SIGSEGV, -signal.SIGBUS, -signal.SIGILL, 128 + signal.SIGSEGV)
RESTART_S = 60.0  # by then a damaged image has shown: to read gigabytes takes a slow node its time
KILL_S = 0.5  # for the coordinator to end what it knows of
# Slurm's SIGTERM goes to every process; what is being saved, and what saves it, must not heed it.
HEEDLESS = ["/bin/sh", "-c", "trap '' TERM; exec \"$@\"", "sh"]


class Programs:
    """`folder`: where they are; "": in the PATH. `Ending` if one of them is not there."""

    def __init__(self, folder: str) -> None:
        self.paths: Dict[str, str] = {}
        for name in NAMES:
            path = shutil.which(name, path=folder or None)
            if path is None:
                where = f"{os.uname().nodename}, in {folder or 'the PATH'}"
                raise Ending("broken_job", f"DMTCP is not on this node: no {name} on {where}.")
            self.paths[name] = path


class Computation:
    """The code's processes under a coordinator of their own, which ends with the last of them.

    `cur`: the directory into which DMTCP writes images; `work`: where they run. To be closed.
    """

    def __init__(self, programs: Programs, cur: Path, work: Path) -> None:
        self.programs, self.cur, self.work = programs, cur, work
        self.child: Optional[subprocess.Popen[bytes]] = None
        self.family: Optional[Family] = None
        remove(cur)
        cur.mkdir()
        # of its own: two jobs on one node must not share it; short, for sockets are made in it
        self.temporary = Path(tempfile.mkdtemp(prefix="fl-dmtcp."))
        self.port_file = self.temporary / "port"

    def launch(self, argv: List[str], log: IO[bytes]) -> "subprocess.Popen[bytes]":
        return self.start("dmtcp_launch", argv, log)

    def restart(self, images: List[Path], log: IO[bytes]) -> "subprocess.Popen[bytes]":
        return self.start("dmtcp_restart", [str(image) for image in images], log)

    def options(self) -> List[str]:
        new = ["-q", "--new-coordinator", "--coord-port", "0", "--port-file", str(self.port_file)]
        return [*new, "--interval", "0", "--ckptdir", str(self.cur)]

    def start(self, name: str, words: List[str], log: IO[bytes]) -> "subprocess.Popen[bytes]":
        argv = [*HEEDLESS, self.programs.paths[name], *self.options(), *words]
        others = adopt_orphans()
        self.child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=str(self.work),
            env=self.environment(),
        )
        self.family = Family(self.child, others)
        return self.child

    def environment(self) -> Dict[str, str]:
        # Compressed, 300 MB take 22 s instead of 2 s, which no signal leaves; it cannot be chosen
        # anew for the last checkpoint, as each process has the variable from its launch on.
        own = {"DMTCP_FAIL_RC": str(FAIL_RC), "DMTCP_TMPDIR": str(self.temporary)}
        return {**os.environ, **own, "DMTCP_GZIP": "0"}

    def ask(self, command: str) -> Optional["subprocess.Popen[bytes]"]:
        """Send the coordinator a command; None if there is no coordinator yet."""
        try:
            port = str(int(self.port_file.read_text()))
        except (OSError, ValueError):
            return None
        where = ["--coord-host", "127.0.0.1", "--coord-port", port]
        argv = [*HEEDLESS, self.programs.paths["dmtcp_command"], *where, command]
        nowhere = subprocess.DEVNULL
        return subprocess.Popen(argv, stdin=nowhere, stdout=nowhere, stderr=nowhere)

    def images(self) -> List[Path]:
        return sorted(self.cur.glob("ckpt_*.dmtcp"))

    def memory_bytes(self) -> int:
        """What its processes have in memory."""
        return sum(map(resident_bytes, self.family.living())) if self.family else 0

    def close(self) -> None:
        """End all its processes at once, also what the code left behind; they ignore SIGTERM."""
        if self.child is not None and self.family is not None:
            asked = self.ask("--kill")
            if asked is not None:
                end_within(asked, KILL_S)
            self.family.kill()
            self.child.wait()
        for folder in (self.temporary, self.cur):
            remove(folder)


def end_within(process: "subprocess.Popen[bytes]", seconds: float) -> bool:
    """Whether it ends well in so many seconds; after them it is killed."""
    try:
        return process.wait(timeout=seconds) == 0
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False


def is_failure(status: int) -> bool:
    """Whether DMTCP itself has failed; asked only where the program left no verdict."""
    return status == FAIL_RC


def is_failed_restart(status: int, seconds: float) -> bool:
    """Of a damaged image dmtcp_restart soon dies by a signal, as a program might."""
    return is_failure(status) or (status in CRASHES and seconds < RESTART_S)
