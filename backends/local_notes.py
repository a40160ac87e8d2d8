"""What the local cluster remembers of its jobs: one JSON file each, under one lock."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from backends.base import Observation, Phase, Run

_SLURM_STATES = {
    Phase.WAITING: "PENDING",
    Phase.HELD: "PENDING",
    Phase.RUNNING: "RUNNING",
    Phase.ENDING: "COMPLETING",
    Phase.COMPLETED: "COMPLETED",
    Phase.FAILED: "FAILED",
    Phase.CANCELLED: "CANCELLED",
    Phase.INTERRUPTED: "REQUEUED",  # killed, by whom nobody knows; the machine itself seldom fails
}
TIME_LIMIT = "TimeLimit"


@dataclass(frozen=True)
class Note:
    """One job. `number` is its id and its place in the line; times are seconds since 1970."""

    key: str
    number: int
    cpus: int
    time_limit_min: int
    phase: str = Phase.WAITING.value
    reason: str = ""
    attempt: int = 0
    pid: int = 0
    process_start: str = ""
    began_at: float = 0
    cancelled_at: float = 0
    exit_code: int | None = None
    is_held: bool = False
    spans: tuple[tuple[float, float], ...] = ()  # begin and end of each run that has ended

    @property
    def is_waiting(self) -> bool:
        """It waits for its turn, or for a person."""
        return self.phase == Phase.WAITING.value

    @property
    def may_start(self) -> bool:
        """Its turn may come."""
        return self.is_waiting and not self.is_held

    @property
    def is_running(self) -> bool:
        """It has a process that may still run."""
        return self.phase in (Phase.RUNNING.value, Phase.ENDING.value)

    def observation(self) -> Observation:
        """What one look shows of it, in Slurm's words."""
        is_held = self.is_waiting and self.is_held
        phase = Phase.HELD if is_held else Phase(self.phase)
        return Observation(
            phase=phase,
            slurm_id=str(self.number),
            slurm_state=self._slurm_state(phase),
            reason="JobHeldUser" if is_held else self.reason,
            restart_count=self.attempt,
            node="" if self.is_waiting else os.uname().nodename,
            exit_code=self.exit_code,
            runs=() if self.is_waiting or self.is_running else self._runs(phase),
        )

    def _slurm_state(self, phase: Phase) -> str:
        if phase is Phase.FAILED and self.reason == TIME_LIMIT:
            return "TIMEOUT"
        return _SLURM_STATES[phase]

    def _runs(self, last: Phase) -> tuple[Run, ...]:
        return tuple(
            self._run(count, last if count == len(self.spans) - 1 else Phase.INTERRUPTED)
            for count in range(len(self.spans))
        )

    def _run(self, count: int, phase: Phase) -> Run:
        begin, end = self.spans[count]
        return Run(
            restart_count=count,
            phase=phase,
            slurm_state=self._slurm_state(phase),
            node=os.uname().nodename,
            started_at=datetime.fromtimestamp(begin, UTC),
            ended_at=datetime.fromtimestamp(end, UTC),
            exit_code=None if phase is Phase.INTERRUPTED else self.exit_code,
            core_seconds=round(max(0.0, end - begin) * self.cpus),
        )


class NoteBook:
    """The notes of one root directory; read and write them only inside `locked()`."""

    def __init__(self, root: Path) -> None:
        self._folder = root / ".freeloader"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone among all processes and threads that use this root."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def all(self) -> list[Note]:
        """Every note, first come first."""
        notes = [_parsed(path.read_text()) for path in self._folder.glob("*.json")]
        return sorted(notes, key=lambda note: note.number)

    def find(self, key: str) -> Note | None:
        """The note of this job, if there is one."""
        path = self._path(key)
        return _parsed(path.read_text()) if path.exists() else None

    def save(self, note: Note) -> None:
        """Write it whole, in place of what was there."""
        write_whole(self._path(note.key), json.dumps(asdict(note)).encode())

    def forget(self, key: str) -> None:
        """Drop the note; no error if there is none."""
        self._path(key).unlink(missing_ok=True)

    def next_number(self) -> int:
        """A number that no job of this root ever had."""
        path = self._folder / "last_number"
        number = int(path.read_text()) + 1 if path.exists() else 1
        write_whole(path, str(number).encode())
        return number

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.json"


def write_whole(path: Path, data: bytes) -> None:
    """Replace a file atomically (mode 0600); nobody ever sees a part of it."""
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(6)}.tmp")
    with open(temporary, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(data)
    temporary.replace(path)


def _parsed(text: str) -> Note:
    told = json.loads(text)
    return Note(**(told | {"spans": tuple((begin, end) for begin, end in told["spans"])}))
