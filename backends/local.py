"""The local machine as a cluster, without SSH and Slurm: the embedded default.

There is no daemon. Whoever submits, observes, cancels or removes a job also looks after all the
others: marks those that ended, starts again those that were killed, and starts the next in line.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from backends.base import (
    Cluster,
    ClusterError,
    Idle,
    JobRef,
    Observation,
    Phase,
    SiteSurvey,
    Submission,
)
from backends.jobdir import JOB_SCRIPT, EndFile, checked_files, end_name, parse_end, plain_name
from backends.local_files import contents, names, remove_tree, tail
from backends.local_notes import TIME_LIMIT, Note, NoteBook, write_whole
from backends.processes import is_alive, launch, signal_all, start_of, version_of

KILL_WAIT_S = 5  # Slurm's word for the time between SIGTERM and SIGKILL
_END_FILE_BYTES = 4096
# Our own environment holds the site's secrets: a job gets only these of it.
_PASSED_ON = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE")


class LocalCluster(Cluster):
    """Jobs as niced processes that survive us, at most `max_running` at once, in order.

    An array is one process, which has the time of all its tasks.
    """

    def __init__(
        self,
        root: Path,
        python: str = sys.executable,
        max_running: int = 1,
        *,
        minute_s: float = 60,
    ) -> None:
        """`minute_s`: how long a minute of a time limit is, for those who test what ends at one."""
        self._root = root.absolute()
        self._minute_s = minute_s
        self._python = python
        self._max_running = max_running
        self._book = NoteBook(self._root)

    def submit(self, submission: Submission) -> str:
        files, directory = checked_files(submission.files), self._directory(submission.key)
        with self._looking_after():
            directory.mkdir(mode=0o700, exist_ok=True)
            for name, data in files.items():
                write_whole(directory / name, data)
            note = self._book.find(submission.key) or self._new_note(submission)
        return str(note.number)

    def observe(self, jobs: Sequence[JobRef]) -> dict[str, Observation]:
        with self._looking_after():
            pass
        with _errors(), self._book.locked():
            notes = {note.key: note for note in self._book.all()}
        return {job.key: _observed(job, notes.get(job.key)) for job in jobs}

    def put_file(self, key: str, name: str, data: bytes) -> None:
        with _errors():
            write_whole(self._directory(key) / plain_name(name), data)

    def read_file(self, key: str, name: str, *, max_bytes: int) -> bytes:
        with _errors():
            return tail(self._directory(key) / plain_name(name), max_bytes)

    def list_files(self, key: str, prefix: str) -> set[str]:
        with _errors():
            return set(names(self._directory(key), plain_name(prefix)))

    def read_files(self, key: str, prefix: str, *, max_bytes: int) -> dict[str, bytes]:
        with _errors():
            return contents(self._directory(key), plain_name(prefix), max_bytes)

    def hold(self, job: JobRef) -> None:
        self._note_held(job, True)

    def release(self, job: JobRef) -> None:
        self._note_held(job, False)

    def cancel(self, job: JobRef) -> None:
        with self._looking_after():
            note = self._book.find(plain_name(job.key))
            if note and note.is_waiting:
                self._book.save(replace(note, phase=Phase.CANCELLED.value))
            if note and note.phase == Phase.RUNNING.value:
                self._signal(note, signal.SIGTERM)
                ending = replace(note, phase=Phase.ENDING.value, cancelled_at=time.time())
                self._book.save(ending)

    def remove(self, key: str) -> None:
        directory = self._directory(key)
        with self._looking_after():
            if note := self._book.find(key):
                self._signal(note, signal.SIGKILL)
            remove_tree(directory)
            self._book.forget(key)

    def directories(self, keys: Sequence[str]) -> set[str]:
        with _errors():
            return set(keys) & set(os.listdir(self._root))

    def idle(self) -> Idle:
        """Nothing to tell: this machine starts what it has been given, in order."""
        return Idle()

    def survey(self) -> SiteSurvey:
        """This machine has our own clock, and no Slurm to ask; its lock is an flock."""
        with _errors(), self._book.locked():
            probe = self._root / f".survey.{os.getpid()}"
            write_whole(probe, b"x")
            probe.unlink()
            free_bytes = shutil.disk_usage(self._root).free
        return SiteSurvey(
            clock_ahead_s=0.0,
            clock_within_s=0.0,
            scratch_fault="",
            scratch_free_bytes=free_bytes,
            locks_files=True,
            python=version_of(self._python),
        )

    def _note_held(self, job: JobRef, is_held: bool) -> None:
        with self._looking_after():
            if note := self._book.find(plain_name(job.key)):
                self._book.save(replace(note, is_held=is_held))

    @contextmanager
    def _looking_after(self) -> Iterator[None]:
        """The act, under the lock; before it what has ended is noted, after it more is started."""
        with _errors(), self._book.locked():
            for note in self._book.all():
                if note.is_running:
                    self._book.save(self._settled(note))
            yield
            self._start_waiting()

    def _start_waiting(self) -> None:
        notes = self._book.all()
        free = self._max_running - sum(note.is_running for note in notes)
        for note in [note for note in notes if note.may_start][: max(0, free)]:
            self._book.save(self._started(note))

    def _started(self, note: Note) -> Note:
        # Nothing of an earlier run may still write there, nor a start that we did not note down.
        self._signal(note, signal.SIGKILL)
        directory = self._directory(note.key)
        if not (directory / JOB_SCRIPT).exists():
            return replace(note, phase=Phase.FAILED.value, reason="NoJobDirectory")
        passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        told = {"FREELOADER_ATTEMPT": str(note.attempt), "FREELOADER_JOB": str(directory)}
        pid = launch([JOB_SCRIPT, self._python], directory=directory, environment=passed_on | told)
        return replace(
            note,
            phase=Phase.RUNNING.value,
            reason="",
            pid=pid,
            process_start=start_of(pid),
            began_at=time.time(),
        )

    def _settled(self, note: Note) -> Note:
        """The note as the process and the end file say now."""
        runs = is_alive(note.pid, note.process_start)  # first: it may end while we look
        if note.phase == Phase.ENDING.value:
            return self._cancelled(note, runs)
        if end := self._end_file(note):
            return _ended(note, end)
        if runs:
            return self._kept_in_time(note)
        return self._interrupted(note)

    def _cancelled(self, note: Note, runs: bool) -> Note:
        if runs and time.time() - note.cancelled_at < KILL_WAIT_S:
            return note
        self._signal(note, signal.SIGKILL)
        return _closed(note, Phase.CANCELLED)

    def _kept_in_time(self, note: Note) -> Note:
        if time.time() - note.began_at < note.time_limit_min * self._minute_s:
            return note
        self._signal(note, signal.SIGKILL)
        return _closed(note, Phase.FAILED, reason=TIME_LIMIT)

    def _interrupted(self, note: Note) -> Note:
        """Dead without an end file: killed, or the machine was switched off. It runs again.

        However often: whether that leads anywhere is for who submitted it to judge, and to `hold`.
        """
        self._signal(note, signal.SIGKILL)  # what the dead shell left running
        again = _closed(note, Phase.WAITING, reason="BeginTime")
        return replace(again, attempt=note.attempt + 1)

    def _end_file(self, note: Note) -> EndFile | None:
        name = end_name(note.attempt)
        return parse_end(name, tail(self._directory(note.key) / name, _END_FILE_BYTES))

    def _signal(self, note: Note, number: signal.Signals) -> None:
        leader = note.pid if is_alive(note.pid, note.process_start) else 0
        signal_all(f"FREELOADER_JOB={self._directory(note.key)}", number, leader=leader)

    def _new_note(self, submission: Submission) -> Note:
        asked = submission.resources
        number = self._book.next_number()
        limit_min = asked.time_limit_min * max(1, submission.tasks)
        note = Note(submission.key, number, asked.cpus, limit_min, reason="Resources")
        self._book.save(note)
        return note

    def _directory(self, key: str) -> Path:
        return self._root / plain_name(key)


def _observed(job: JobRef, note: Note | None) -> Observation:
    return note.observation() if note else Observation(Phase.GONE, slurm_id=job.slurm_id)


def _closed(note: Note, phase: Phase, reason: str = "") -> Note:
    span = (note.began_at, time.time())
    return replace(note, phase=phase.value, reason=reason, spans=(*note.spans, span))


def _ended(note: Note, end: EndFile) -> Note:
    return replace(_closed(note, end.phase, end.reason), exit_code=end.exit_code)


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise ClusterError("The job directory is not there.", transient=True) from error
    except OSError as error:
        words = error.strerror or type(error).__name__
        raise ClusterError(f"The local cluster cannot do that: {words}.", transient=True) from error
