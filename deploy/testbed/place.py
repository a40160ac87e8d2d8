"""Where a test bed keeps its state and which ports it takes."""

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
BASE_PORT = 16800
OFFSETS = {
    "slurmctld": 17,
    "slurmdbd": 19,
    "sshd": 22,
    "mail": 25,
    "clamd": 33,
    "postgres": 54,
    "swift": 80,
    "slurmd": 101,  # and one more for each further node
    "srun": 200,  # to 299
}
LONGEST_STATE_PATH = 70  # the path of a Unix socket ends at 107 bytes (unix(7))
PLAIN_PATH = re.compile(r"[\w./+-]+", re.ASCII)  # Slurm knows no quotes, Swift expands "%"


class PartError(Exception):
    """A part cannot start or stop; the message is for the person at the terminal."""


@dataclass(frozen=True)
class Bed:
    """One test bed: its files below `state`, its ports from `base_port` on.

    `note` says why the state is not where it was expected, or is empty.
    """

    state: Path
    base_port: int = BASE_PORT
    note: str = ""

    def port(self, name: str) -> int:
        return self.base_port + OFFSETS[name]

    def folder(self, part: str) -> Path:
        return self.state / part

    def pid_file(self, daemon: str) -> Path:
        return self.state / "run" / f"{daemon}.pid"

    def log(self, daemon: str) -> Path:
        return self.state / "log" / f"{daemon}.log"

    def make_folders(self) -> None:
        """Make the state folder and remember its ports; PartError if it is somebody else's."""
        try:
            self.state.mkdir(mode=0o755, parents=True, exist_ok=True)
        except OSError as error:
            raise PartError(f"the state folder {self.state} cannot be made: {error}") from error
        if self.state.is_symlink() or self.state.stat().st_uid != os.geteuid():
            raise PartError(
                f"{self.state} belongs to another account: remove it, "
                "or name another folder in FREELOADER_TESTBED"
            )
        for name in ("run", "log"):
            (self.state / name).mkdir(mode=0o755, exist_ok=True)
        (self.state / "base_port").write_text(f"{self.base_port}\n")


def find_bed(environ: Mapping[str, str] = os.environ, checkout: Path = CHECKOUT) -> Bed:
    """The test bed of this checkout, as FREELOADER_TESTBED and FREELOADER_TESTBED_PORT say."""
    state, note = _choose_state(environ.get("FREELOADER_TESTBED", ""), checkout)
    return Bed(state, _choose_port(environ.get("FREELOADER_TESTBED_PORT", ""), state), note)


def _choose_state(named: str, checkout: Path) -> tuple[Path, str]:
    if named:
        return Path(named).resolve(), ""
    state = checkout / ".testbed"
    reason = _why_not(state)
    return (_stand_in(checkout) if reason else state), reason


def _why_not(state: Path) -> str:
    # Only root starts daemons and jobs under other accounts, and these must get in.
    if os.geteuid() == 0 and (closed := first_closed_folder(state.parent)):
        return f"other accounts cannot pass through {closed}"
    if len(os.fsencode(state)) > LONGEST_STATE_PATH:
        return f"the path {state} is too long for Unix sockets"
    if not PLAIN_PATH.fullmatch(str(state)):
        return f"configuration files cannot hold the path {state}"
    return ""


def _stand_in(checkout: Path) -> Path:
    name = hashlib.sha256(os.fsencode(checkout)).hexdigest()[:12]
    return Path("/var/tmp") / f"freeloader-testbed-{name}"  # noqa: S108 - its owner is checked


def first_closed_folder(folder: Path) -> Path | None:
    """The topmost folder on the way to `folder` that other accounts cannot traverse."""
    way = (step for step in [*reversed(folder.parents), folder] if step.exists())
    return next((step for step in way if not step.stat().st_mode & 0o001), None)


def _choose_port(named: str, state: Path) -> int:
    if named and not (named.isdigit() and 1024 <= int(named) <= 60000):
        raise PartError(f"FREELOADER_TESTBED_PORT is {named!r}: it must be from 1024 to 60000")
    if named:
        return int(named)
    kept = state / "base_port"  # so that a caller need not repeat what `up` was told
    return int(kept.read_text()) if kept.is_file() else BASE_PORT
