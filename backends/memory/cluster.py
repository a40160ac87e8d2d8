"""A `Cluster` in memory: tests steer what becomes of a job, the contract is the real one's."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count

from backends.base import (
    Cluster,
    ClusterError,
    Idle,
    IdleNodes,
    JobRef,
    Observation,
    Partition,
    Phase,
    Run,
    SiteSurvey,
    Submission,
)
from backends.jobdir import checked_files, credible, end_name, log_name, parse_end, plain_name

NODE = "n1"
HEALTHY = SiteSurvey(
    version="22.05.8",
    has_accounting=True,
    min_job_age_s=300,
    requeues_by_default=True,
    preempt_type="preempt/partition_prio",
    has_partition=True,
    partition=Partition("restart", "UP", "REQUEUE", 1, (Partition("campus", "UP", "OFF", 10),)),
    clock_ahead_s=0.0,
    clock_within_s=0.0,
    scratch_fault="",
    scratch_free_bytes=10**12,
    locks_files=True,
    python="3.11.2",
    preempt_mode="REQUEUE",
    max_array_size=10001,
    idle=Idle(4, 16, (IdleNodes(4, cpus=4, memory_mb=4000),)),
    dmtcp="",
)
_FINAL = (Phase.COMPLETED, Phase.FAILED, Phase.CANCELLED)


@dataclass
class _Job:
    """The truth about one job."""

    slurm_id: str
    observation: Observation
    started_at: float = 0
    is_held: bool = False
    runs: list[Run] = field(default_factory=list)


class MemoryCluster(Cluster):
    """One site. Nothing happens by itself: a test says `start`, `preempt`, `finish`, `age`."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, bytes]] = {}  # the job directories
        self.looks = HEALTHY  # what a survey shows
        self.cancelled: list[str] = []  # the keys of all that was to be cancelled
        self._jobs: dict[str, _Job] = {}
        self._ids = count(1)
        self._lock = threading.Lock()
        self._is_down = False
        self._loses_next_answer = False
        self._refusal = ""

    # --- the port

    def submit(self, submission: Submission) -> str:
        self._reach()
        files = checked_files(submission.files)
        self.files.setdefault(plain_name(submission.key), {}).update(files)
        with self._lock:
            if submission.key not in self._jobs:
                self._refuse_if_told()
                self._queue(submission.key)
        if self._loses_next_answer:
            self._loses_next_answer = False
            raise ClusterError("It is open whether the cluster took the job.", transient=True)
        return self._jobs[submission.key].slurm_id

    def observe(self, jobs: Sequence[JobRef]) -> dict[str, Observation]:
        self._reach()
        return {job.key: self._observed(job) for job in jobs}

    def put_file(self, key: str, name: str, data: bytes) -> None:
        self._reach()
        if key not in self.files:
            raise ClusterError("The job directory is not there.", transient=True)
        self.files[key][plain_name(name)] = data

    def read_file(self, key: str, name: str, *, max_bytes: int) -> bytes:
        self._reach()
        data = self.files.get(plain_name(key), {}).get(plain_name(name), b"")
        return data[max(0, len(data) - max_bytes) :]

    def list_files(self, key: str, prefix: str) -> set[str]:
        self._reach()
        names = self.files.get(plain_name(key), {})
        return {name for name in names if name.startswith(plain_name(prefix))}

    def read_files(self, key: str, prefix: str, *, max_bytes: int) -> dict[str, bytes]:
        self._reach()
        files = self.files.get(plain_name(key), {})
        return {
            name: files[name]
            for name in self.list_files(key, prefix)
            if len(files[name]) <= max_bytes
        }

    def hold(self, job: JobRef) -> None:
        self._reach()
        if known := self._jobs.get(job.key):
            known.is_held = True

    def release(self, job: JobRef) -> None:
        self._reach()
        if known := self._jobs.get(job.key):
            known.is_held = False

    def cancel(self, job: JobRef) -> None:
        self._reach()
        self.cancelled.append(job.key)
        known = self._jobs.get(job.key)
        if known and known.observation.phase not in _FINAL:
            self._end_run(job.key, Phase.CANCELLED, "CANCELLED")
            self._show(job.key, Phase.CANCELLED, "CANCELLED")

    def remove(self, key: str) -> None:
        self._reach()
        self._jobs.pop(key, None)
        self.files.pop(plain_name(key), None)

    def directories(self, keys: Sequence[str]) -> set[str]:
        self._reach()
        return {key for key in keys if plain_name(key) in self.files}

    def idle(self) -> Idle:
        self._reach()
        return self.looks.idle

    def survey(self) -> SiteSurvey:
        self._reach()
        return self.looks

    # --- what a test may do

    def jobs_made(self) -> list[str]:
        """The keys of all jobs that there are, in the order they came."""
        return list(self._jobs)

    def start(self, key: str) -> None:
        """The job's turn has come; one that is held has none."""
        if self._jobs[key].is_held:
            raise ValueError(f"{key} is held")
        self._jobs[key].started_at = time.time()
        self._show(key, Phase.RUNNING, "RUNNING", node=NODE, reason="")

    def hold_back(self, key: str, reason: str = "JobHeldAdmin") -> None:
        """An administrator, or slurmctld itself, holds the waiting job."""
        self._show(key, Phase.HELD, "PENDING", reason=reason)

    def expect(self, key: str, start: datetime | None) -> None:
        """The cluster reckons anew when the waiting job will start."""
        job = self._jobs[key]
        job.observation = replace(job.observation, expected_start=start)

    def preempt(self, key: str) -> None:
        """Somebody with more right needs the node: the run is killed, the job waits again."""
        self._end_run(key, Phase.INTERRUPTED, "PREEMPTED")
        again = self._jobs[key].observation.restart_count + 1
        self._show(key, Phase.WAITING, "PENDING", reason="BeginTime", restart_count=again)

    def begin_to_die(self, key: str) -> None:
        """The run has been told to end, and takes its time."""
        self._show(key, Phase.ENDING, "COMPLETING", node=NODE)

    def finish(self, key: str, exit_code: int = 0, reason: str = "") -> None:
        """The running job ends by itself and writes its end file, as run.py does.

        Until `age`, squeue still shows it and accounting is not asked: no `runs`.
        """
        self._write_end(key, exit_code, reason or ("done" if exit_code == 0 else "code_failed"))
        phase = Phase.COMPLETED if exit_code == 0 else Phase.FAILED
        self._end_run(key, phase, phase.name, exit_code)
        self._show(key, phase, phase.name, node=NODE, exit_code=exit_code)

    def finish_task(self, key: str) -> None:
        """One of the running array's tasks has found nothing more to do; others go on."""
        seen = self._jobs[key].observation
        self._jobs[key].observation = replace(seen, ended_tasks=seen.ended_tasks + 1)

    def fail_task(self, key: str, task: int, *, exit_code: int, message: str) -> None:
        """One of the running array's tasks fails in its first start, and so does the array."""
        self._show(key, Phase.FAILED, "FAILED", node=NODE, restart_count=0, exit_code=exit_code)
        self._jobs[key].observation = replace(self._jobs[key].observation, task=task)
        end = {"exit_code": exit_code, "message": message}
        self.files[key][end_name(0, task)] = json.dumps(end).encode()
        self.files[key][log_name(task)] = f"{message}\n".encode()

    def age(self, key: str) -> None:
        """MinJobAge has passed: squeue has forgotten the ended job, accounting tells its runs."""
        job = self._jobs[key]
        if job.observation.phase in _FINAL:
            job.observation = replace(job.observation, runs=tuple(job.runs))

    def forget(self, key: str) -> None:
        """The cluster loses all trace of the job; its directory stays."""
        del self._jobs[key]

    def go_down(self) -> None:
        """From now on every call fails."""
        self._is_down = True

    def come_up(self) -> None:
        """The cluster can be reached again."""
        self._is_down = False

    def lose_next_answer(self) -> None:
        """The next submit takes place, but its answer does not arrive."""
        self._loses_next_answer = True

    def refuse(self, words: str = "Invalid account or account/partition combination") -> None:
        """From now on no new job is taken; "" ends that."""
        self._refusal = words

    # --- inside

    def _reach(self) -> None:
        if self._is_down:
            raise ClusterError("The cluster cannot be reached.", transient=True)

    def _refuse_if_told(self) -> None:
        if self._refusal:
            raise ClusterError(f"Slurm refused the job: {self._refusal}", transient=False)

    def _queue(self, key: str) -> None:
        slurm_id = str(next(self._ids))
        first = Observation(Phase.WAITING, slurm_id, "PENDING", reason="Priority")
        self._jobs[key] = _Job(slurm_id, first)

    def _observed(self, job: JobRef) -> Observation:
        if known := self._jobs.get(job.key):
            seen = known.observation
            is_held = known.is_held and seen.phase is Phase.WAITING
            return replace(seen, phase=Phase.HELD, reason="JobHeldUser") if is_held else seen
        names = self.files.get(job.key, {}).items()
        told = (parse_end(name, data) for name, data in names)
        ends = credible(end for end in told if end and end.task is None)
        if not ends:
            return Observation(Phase.GONE, slurm_id=job.slurm_id)
        end = ends[-1]
        runs = tuple(some.as_run() for some in ends)
        gone = Observation(end.phase, job.slurm_id, reason=end.reason, runs=runs)
        return replace(gone, restart_count=end.restart_count, exit_code=end.exit_code)

    def _show(
        self,
        key: str,
        phase: Phase,
        slurm_state: str,
        *,
        reason: str = "",
        node: str = "",
        restart_count: int | None = None,
        exit_code: int | None = None,
    ) -> None:
        job = self._jobs[key]
        restarts = job.observation.restart_count if restart_count is None else restart_count
        job.observation = Observation(
            phase, job.slurm_id, slurm_state, reason, restarts, node, exit_code
        )

    def _end_run(self, key: str, phase: Phase, state: str, exit_code: int | None = None) -> None:
        job = self._jobs[key]
        if job.observation.phase is not Phase.RUNNING:
            return
        begin = datetime.fromtimestamp(job.started_at, UTC)
        number = job.observation.restart_count
        run = Run(number, phase, state, NODE, begin, datetime.now(UTC), exit_code)
        job.runs.append(run)

    def _write_end(self, key: str, exit_code: int, reason: str) -> None:
        job = self._jobs[key]
        attempt = job.observation.restart_count
        end = {"exit_code": exit_code, "reason": reason, "attempt": attempt, "node": NODE}
        times = {"started_at": job.started_at, "ended_at": time.time()}
        self.files[key][end_name(attempt)] = json.dumps(end | times).encode()
