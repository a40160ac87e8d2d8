"""What was seen of the ledger and of the truth, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from deploy.chaos.orders import Order


@dataclass(frozen=True)
class Move:
    """A row of a job's history."""

    at: datetime
    old: str
    new: str
    reason: str = ""


@dataclass(frozen=True)
class Row:
    """A job as the ledger shows it."""

    id: str
    state: str
    reason: str = ""
    waiting_for: str = ""
    moves: tuple[Move, ...] = ()


@dataclass(frozen=True)
class Case:
    """What a visitor ordered, was told, and what rows there are of it."""

    order: Order
    was_received: bool  # the visitor was told so
    rows: tuple[Row, ...]
    words: str = ""  # how far the visitor came, where it was not


@dataclass(frozen=True)
class SlurmJob:
    """One run of a Slurm job, as `sacct -D` tells of it."""

    slurm_id: str
    name: str
    state: str  # its first word


@dataclass(frozen=True)
class Run:
    """One start of research code, as that code wrote it down."""

    token: str
    slurm_id: str
    restart: int
    has_ended: bool


@dataclass(frozen=True)
class Letter:
    """A letter of the ledger, and how often it arrived."""

    job_id: str
    kind: str
    message_id: str
    arrivals: int


@dataclass(frozen=True)
class Result:
    """What was behind the mailed link of a job; "" where nothing was to be had."""

    job_id: str
    sha256: str
