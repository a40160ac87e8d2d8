"""Where jobs run, as Freeloader asks of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import NamedTuple


class Phase(Enum):
    """What a Slurm job's state means to us; `slurm.py` holds the table of all Slurm states."""

    WAITING = "waiting"
    HELD = "held"  # waits for a person
    RUNNING = "running"
    SUSPENDED = "suspended"
    ENDING = "ending"  # not final: a preempted job passes through it to waiting
    COMPLETED = "completed"  # final; whether it is a success is for the manifest to say
    FAILED = "failed"  # final
    CANCELLED = "cancelled"  # final
    INTERRUPTED = "interrupted"  # a run that ended by preemption or node failure; usually requeued
    GONE = "gone"  # asked and answered: the cluster knows nothing of it
    UNKNOWN = "unknown"  # no answer, or one we do not know: keep the last state, look again


@dataclass(frozen=True)
class Run:
    """One start of a Slurm job: what accounting or the run's own end file tells of it."""

    restart_count: int
    phase: Phase
    slurm_state: str
    node: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    exit_code: int | None = None
    core_seconds: int = 0
    task: int = 0  # of an array; 0 also where there is none


@dataclass(frozen=True)
class Observation:
    """What one look at the cluster showed of one job.

    A job array is one job. It runs as long as any task does, and waits as long as one that does not
    run waits. It has FAILED as soon as any task has, and then exit code, node and restart count are
    that task's; else its restart count is the sum of its tasks'. It has COMPLETED when all of them
    have: what is not to be found of any task is never taken for an end.
    """

    phase: Phase
    slurm_id: str = ""
    slurm_state: str = ""  # Slurm's own word, for the timeline
    reason: str = ""  # Slurm's own word, e.g. "Priority", "BeginTime"
    restart_count: int = 0
    node: str = ""
    exit_code: int | None = None
    runs: tuple[Run, ...] = ()  # every run that accounting knows; empty where it was not asked
    task: int | None = None  # of an array that has failed: the first of its tasks that did
    ended_tasks: int = 0  # of an array: those that have ended well, or are not shown any more
    # Of one that waits, as the cluster reckons; of an array that of its first task.
    expected_start: datetime | None = None


@dataclass(frozen=True)
class Resources:
    """What a job asks of the cluster, in Slurm's terms."""

    cpus: int
    memory_mb: int
    time_limit_min: int


@dataclass(frozen=True)
class Submission:
    """All that `Cluster.submit` needs. `key` ("fl-<uuid>") is the Slurm job's name."""

    key: str
    resources: Resources
    files: Mapping[str, bytes]  # job.sh, run.pyz, pipeline.py, job.json: the job directory
    tasks: int = 0  # of a job array; 0: no array


@dataclass(frozen=True)
class JobRef:
    """A job as both sides know it; `tasks` as it was submitted with."""

    key: str
    slurm_id: str
    tasks: int = 0


@dataclass(frozen=True)
class Partition:
    """A partition as Slurm describes it. `preempt_mode` is its own or, where it has none, the
    cluster's; `beside` are the other partitions that have a node of it."""

    name: str
    state: str | None = None  # "UP" where jobs start
    preempt_mode: str | None = None  # "REQUEUE", "CANCEL", "OFF", "GANG,SUSPEND"
    priority_tier: int | None = None
    beside: tuple[Partition, ...] | None = None
    job_factor: int | None = None  # PriorityJobFactor: among equals, who comes first
    grace_s: int | None = None  # GraceTime: so long a preempted job still has its node


@dataclass(frozen=True)
class Qos:
    """A QOS as sacctmgr describes it. `preempts`: those whose jobs its own jobs end."""

    name: str
    preempts: frozenset[str] = frozenset()
    preempt_mode: str = "cluster"  # "cluster": as the cluster's PreemptMode says
    priority: int = 0


class IdleNodes(NamedTuple):
    """So many nodes on which nothing runs, and what each of them has."""

    nodes: int
    cpus: int
    memory_mb: int


@dataclass(frozen=True)
class Idle:
    """What nobody uses in a partition just now; None: it could not be learned.

    `expected_start` is that of a job of one CPU and one minute if it were handed in now; it is
    only told where no node is idle.
    """

    nodes: int | None = None  # on which nothing runs
    cpus: int | None = None  # also on nodes that are in use in part
    alike: tuple[IdleNodes, ...] = ()  # the idle nodes, by what they have
    expected_start: datetime | None = None


@dataclass(frozen=True)
class SiteSurvey:
    """What a cluster tells of itself. None: it could not be learned, or there is no such thing.

    `mute`: Slurm's commands that did not do what was asked, and what they said. The cluster's
    clock is `clock_ahead_s` before ours, give or take `clock_within_s`.
    """

    version: str | None = None
    mute: Mapping[str, str] = field(default_factory=dict)
    has_accounting: bool | None = None
    min_job_age_s: int | None = None
    requeues_by_default: bool | None = None
    preempt_type: str | None = None  # "preempt/partition_prio"
    has_partition: bool | None = None
    partition: Partition | None = None
    clock_ahead_s: float | None = None
    clock_within_s: float | None = None
    scratch_fault: str | None = None  # why nothing can be written there; "": it can
    scratch_free_bytes: int | None = None
    locks_files: bool | None = None  # flock works in the scratch directory
    preempt_mode: str | None = None  # the cluster's own
    preempt_exempt_s: int | None = None  # so long after its start no job is preempted
    qoses: tuple[Qos, ...] | None = None
    max_array_size: int | None = None
    idle: Idle = Idle()
    dmtcp: str | None = None  # "5.0"; "": it is not there
    python: str | None = None  # "3.11.2"


class Cluster(ABC):
    """Where jobs run: Slurm over SSH, or the local machine.

    Each job has one directory, named by its key, in the cluster's scratch, mode 0700. What research
    code planted there in the place of a file, be it a link or a pipe, is never followed or opened.
    Every method raises `ClusterError`; `transient=True` also where it is open whether the act
    took place, and then the same call again is safe.
    """

    @abstractmethod
    def submit(self, submission: Submission) -> str:
        """Bring exactly one job of this key into being and return its Slurm job id.

        To call it again with the same key returns the same id; no second job is made. With `tasks`
        it is a job array, each task a worker that takes what work is left; where a cluster has no
        arrays it makes fewer workers of it, if need be one.
        """

    @abstractmethod
    def observe(self, jobs: Sequence[JobRef]) -> dict[str, Observation]:
        """One look at all these jobs, by key: one `squeue`, then `sacct` for those it left out."""

    @abstractmethod
    def put_file(self, key: str, name: str, data: bytes) -> None:
        """Replace one file of the job directory atomically."""

    @abstractmethod
    def read_file(self, key: str, name: str, *, max_bytes: int) -> bytes:
        """The last `max_bytes` of a file in the job directory; b"" if it is not there."""

    @abstractmethod
    def list_files(self, key: str, prefix: str) -> set[str]:
        """The names in the job directory that begin so; none if it is not there.

        Only plain names are told, and of more than fit into 1 MiB only some.
        """

    @abstractmethod
    def read_files(self, key: str, prefix: str, *, max_bytes: int) -> dict[str, bytes]:
        """Every file of the job directory whose name begins so, by name; for many small ones.

        Left out are files of more than `max_bytes`, and what goes beyond 16 MiB in all.
        """

    @abstractmethod
    def hold(self, job: JobRef) -> None:
        """Do not start it, nor start it again after an interruption, until `release`.

        What runs goes on. While it waits, it is shown as `HELD` with the reason "JobHeldUser". No
        error if it has ended or never was.
        """

    @abstractmethod
    def release(self, job: JobRef) -> None:
        """Take a `hold` back; no error if there is none."""

    @abstractmethod
    def cancel(self, job: JobRef) -> None:
        """Ask for the job's end; no error if it has ended or never was."""

    @abstractmethod
    def remove(self, key: str) -> None:
        """Delete the job directory and all notes of the job; no error if it is gone."""

    @abstractmethod
    def directories(self, keys: Sequence[str]) -> set[str]:
        """Of these keys, those whose job directory is there, or what is left of it."""

    @abstractmethod
    def idle(self) -> Idle:
        """What is idle in our partition: a look that costs next to nothing, and starts no job."""

    @abstractmethod
    def survey(self) -> SiteSurvey:
        """Look whether all is there that jobs need; starts none, and leaves no file."""
