"""The ports: what Freeloader asks of the outside world, and the errors that come back.

BackendError            transient=True: wait and ask again; False: asking again is no use
├── StoreError
│   └── ObjectNotFound
├── ClusterError
└── ScanError
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


class BackendError(Exception):
    """Something outside did not do its part; the message is fit for a PI and holds no secret."""

    def __init__(self, message: str, *, transient: bool) -> None:
        super().__init__(message)
        self.message = message
        self.transient = transient


class StoreError(BackendError):
    """The object store refused or did not answer."""


class ObjectNotFound(StoreError):
    """The store answered: there is no such object."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The store has no object {name}.", transient=False)
        self.name = name


class ClusterError(BackendError):
    """The cluster refused, did not answer, or left it open whether it did what was asked."""


class ScanError(BackendError):
    """A scanner could not do its work; says nothing about the file."""


# --- Store -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class PartLimits:
    """What the store takes in one upload by parts (Swift's /info; S3's documented limits)."""

    max_parts: int = 1000
    min_part_bytes: int = 5 * 2**20
    max_part_bytes: int = 5 * 2**30
    # The header by which a signed PUT is held against its SHA-256 (base64); "": there is none.
    sha256_header: str = ""


@dataclass(frozen=True)
class StoredObject:
    """An object as the store lists it; `changed_at` (UTC) is told by `list_objects` alone."""

    name: str
    size_bytes: int
    changed_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True)
class OpenUpload:
    """An upload by parts that was neither completed nor aborted, or what came after that.

    `changed_at` (UTC): S3 tells when it was begun, Swift when the newest segment was stored.
    """

    name: str
    key: str
    changed_at: datetime


@dataclass(frozen=True)
class Part:
    """One stored part of an upload that is not complete yet; numbers count from 1."""

    number: int
    size_bytes: int
    etag: str


@dataclass(frozen=True)
class SignedRequest:
    """A request that whoever holds it may send to the store until it expires, without a key.

    `headers` is empty by contract: compute nodes and browsers send the URL and the bytes only.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Store(ABC):
    """Objects in OpenStack Swift, by one of its two APIs.

    Object names are ours ("uploads/<uuid>/3"), immutable and never written twice with other
    bytes. Every method raises `StoreError`; reading what is not there raises `ObjectNotFound`.
    Safe to share between threads; not to be carried over a fork. What is signed for longer than
    the API can (S3: seven days) is refused with a `StoreError` that says so.
    """

    @abstractmethod
    def limits(self) -> PartLimits:
        """What one upload by parts may be; cached after the first answer."""

    # an upload by parts: begin, (sign · the browser sends) for each part, list, complete

    @abstractmethod
    def begin_parts(self, name: str) -> str:
        """Open an upload by parts of the object `name`; returns its key (never empty)."""

    @abstractmethod
    def sign_parts(
        self, name: str, key: str, numbers: Iterable[int], *, expires_s: int
    ) -> dict[int, SignedRequest]:
        """One signed PUT for each part number."""

    @abstractmethod
    def stored_parts(self, name: str, key: str) -> list[Part]:
        """The parts that are stored, by number; every page of the store's answer is read.

        None for an upload that was aborted or never begun. After `complete_parts` the answer
        means nothing (S3 has forgotten them, Swift has not): ask `stat` first.
        """

    @abstractmethod
    def complete_parts(self, name: str, key: str, parts: Sequence[Part]) -> StoredObject:
        """Make the object of these parts, by number; to repeat it after success does no harm.

        No part, or empty ones only, make an empty object, unless the object is there already.
        """

    @abstractmethod
    def abort_parts(self, name: str, key: str) -> None:
        """Drop an upload by parts and what is stored of it; no error if it is gone already.

        After `complete_parts` it does nothing.
        """

    @abstractmethod
    def open_uploads(self, prefix: str) -> Iterator[OpenUpload]:
        """Every upload by parts still open whose object's name begins so, page by page.

        Swift knows none of which no part is stored. S3 shows no part that was still under way
        when its upload was aborted (docs/operations.md, What stays in the store).
        """

    # whole objects

    @abstractmethod
    def write(self, name: str, data: bytes) -> None:
        """Store a small object whole (a receipt, an empty file); large ones go by parts."""

    @abstractmethod
    def stream(self, name: str, *, start: int = 0) -> AbstractContextManager[Iterator[bytes]]:
        """The bytes from `start` on, in chunks of at most 1 MiB; never the whole in memory.

        None if `start` is the object's end or past it.
        """

    @abstractmethod
    def stat(self, name: str) -> StoredObject:
        """Name and size in bytes, asked of the store now."""

    @abstractmethod
    def list_objects(self, prefix: str) -> Iterator[StoredObject]:
        """Every object whose name begins so, sorted by name, page by page."""

    @abstractmethod
    def delete(self, name: str) -> None:
        """Remove the object with all its segments; no error if it is gone already."""

    @abstractmethod
    def join(self, name: str, pieces: Sequence[str]) -> StoredObject:
        """Make `name` of the stored objects `pieces`, in order, inside the store.

        The pieces belong to it from then on: they may be what it consists of (Swift) or copied
        (S3). To delete `name` may remove them; delete them afterwards, never before or alone.
        Where `name` is there already, as large as its pieces together, nothing is done again.
        """

    @abstractmethod
    def sign_get(self, name: str, *, expires_s: int, filename: str | None = None) -> SignedRequest:
        """A signed GET; with `filename` the browser saves it under that name (any Unicode)."""

    @abstractmethod
    def sign_put(self, name: str, *, expires_s: int) -> SignedRequest:
        """A signed PUT of one whole object (at most `limits().max_part_bytes`)."""

    @abstractmethod
    def allow_origins(self, origins: Sequence[str], *, only_look: bool = False) -> list[str]:
        """Let browsers of these origins send files, as far as the API lets a tenant.

        Returns what is still to be done, and by whom, one text each; empty: all is set.
        `only_look` changes nothing.
        """

    def read(self, name: str, *, max_bytes: int) -> bytes:
        """A small object whole; `StoreError` if it is larger than `max_bytes`."""
        data = b""
        with self.stream(name) as chunks:
            for chunk in chunks:
                data += chunk
                if len(data) > max_bytes:
                    raise StoreError(f"{name} is larger than {max_bytes} bytes.", transient=False)
        return data


# --- Cluster ---------------------------------------------------------------------------------


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


@dataclass(frozen=True)
class Observation:
    """What one look at the cluster showed of one job."""

    phase: Phase
    slurm_id: str = ""
    slurm_state: str = ""  # Slurm's own word, for the timeline
    reason: str = ""  # Slurm's own word, e.g. "Priority", "BeginTime"
    restart_count: int = 0
    node: str = ""
    exit_code: int | None = None
    runs: tuple[Run, ...] = ()  # every run that accounting knows; empty where it was not asked


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
    files: Mapping[str, bytes]  # job.sh, run.py, pipeline.py, job.json: the job directory


@dataclass(frozen=True)
class JobRef:
    """A job as both sides know it."""

    key: str
    slurm_id: str


@dataclass(frozen=True)
class Partition:
    """A partition as Slurm describes it. `preempt_mode` is its own or, where it has none, the
    cluster's; `beside` are the other partitions that have a node of it."""

    name: str
    state: str | None = None  # "UP" where jobs start
    preempt_mode: str | None = None  # "REQUEUE", "CANCEL", "OFF", "GANG,SUSPEND"
    priority_tier: int | None = None
    beside: tuple[Partition, ...] | None = None


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
    python: str | None = None  # "3.11.2"


class Cluster(ABC):
    """Where jobs run: Slurm over SSH, or the local machine.

    Each job has one directory, named by its key, in the cluster's scratch, mode 0700.
    Every method raises `ClusterError`; `transient=True` also where it is open whether the act
    took place, and then the same call again is safe.
    """

    @abstractmethod
    def submit(self, submission: Submission) -> str:
        """Bring exactly one job of this key into being and return its Slurm job id.

        To call it again with the same key returns the same id; no second job is made.
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
    def cancel(self, job: JobRef) -> None:
        """Ask for the job's end; no error if it has ended or never was."""

    @abstractmethod
    def remove(self, key: str) -> None:
        """Delete the job directory and all notes of the job; no error if it is gone."""

    @abstractmethod
    def survey(self) -> SiteSurvey:
        """Look whether all is there that jobs need; starts none, and leaves no file."""


# --- Scanner ---------------------------------------------------------------------------------


class Coverage(Enum):
    """How much of a file was looked at (the words are AWS Macie's)."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class ScanFile:
    """A file to look at: `open()` streams it from the start, as often as it is called."""

    number: int
    name: str  # the visitor's own name for it: data, never a path
    size_bytes: int
    open: Callable[[], AbstractContextManager[Iterator[bytes]]]


@dataclass(frozen=True)
class FindingReport:
    """One kind of thing found in one file: where and how often, never the value itself."""

    entity: str  # Presidio's entity or clamd's signature name
    count: int
    score: float
    locations: tuple[str, ...] = ()  # "line 12", at most `MAX_LOCATIONS`


MAX_LOCATIONS = 15


@dataclass(frozen=True)
class ScanReport:
    """What one scanner says of one file."""

    scanner: str
    coverage: Coverage
    size_bytes: int
    scanned_bytes: int
    reasons: tuple[str, ...] = ()  # codes, why the coverage is not COMPLETE, e.g. "NOT_TEXT"
    findings: tuple[FindingReport, ...] = ()
    versions: str = ""


class Scanner(ABC):
    """Looks at a file as a stream. Findings are an answer; `ScanError` is none."""

    name: str

    @abstractmethod
    def scan(self, file: ScanFile) -> ScanReport:
        """Look at one file; `ScanError` (usually transient) where no verdict can be had."""
