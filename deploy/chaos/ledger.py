"""What the site's own database says: read by plain SQL, the same on PostgreSQL and SQLite."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg

from deploy.chaos.seen import Letter, Move, Row
from deploy.chaos.verdict import END

JOBS = "SELECT id, email, state, reason, waiting_for FROM jobs_job"
MOVES = "SELECT job_id, at, old, new, reason FROM jobs_transition ORDER BY at, id"
LETTERS = """\
SELECT t.job_id, l.kind, l.message_id FROM jobs_letter l
JOIN jobs_transition t ON t.id = l.transition_id"""
UNSENT = "SELECT count(*) FROM jobs_letter WHERE sent_at IS NULL AND refused_at IS NULL"
STATES = "SELECT state, count(*) FROM jobs_job GROUP BY state"
LAST = "SELECT coalesce(max(id), 0) FROM jobs_transition"
TABLES = ("jobs_job", "jobs_transition", "jobs_attempt", "jobs_letter", "jobs_resultfile")


@dataclass(frozen=True)
class Glance:
    """A short look: how many jobs are where, and marks that change when anything moves."""

    states: Mapping[str, int]
    unsent: int
    last_move: int

    @property
    def ended(self) -> int:
        return sum(count for state, count in self.states.items() if state in END)


class Ledger:
    """Reads one database; every question has a connection of its own, for it may be killed."""

    def __init__(self, url: str) -> None:
        self._url = url

    @contextmanager
    def _asking(self) -> Iterator[Any]:
        """A cursor; `OSError` where the database does not answer."""
        try:
            if self._url.startswith("sqlite"):
                path = self._url.removeprefix("sqlite:///")
                with closing(sqlite3.connect(path, timeout=60)) as connection:
                    yield connection.cursor()
            else:
                with psycopg.connect(self._url, connect_timeout=30) as session:
                    yield session.cursor()
        except (psycopg.Error, sqlite3.Error) as error:
            raise OSError(f"the database does not answer: {error}") from error

    def glance(self) -> Glance:
        """How far all is; `OSError` where the database does not answer."""
        with self._asking() as cursor:
            states = dict(cursor.execute(STATES).fetchall())
            [(unsent,)] = cursor.execute(UNSENT).fetchall()
            [(last,)] = cursor.execute(LAST).fetchall()
        return Glance(states, unsent, last)

    def rows(self) -> dict[str, list[Row]]:
        """All jobs with their histories, by e-mail address."""
        with self._asking() as cursor:
            jobs = cursor.execute(JOBS).fetchall()
            moves = _moves(cursor.execute(MOVES).fetchall())
        rows: dict[str, list[Row]] = defaultdict(list)
        for pk, email, state, reason, waiting_for in jobs:
            job_id = _uuid(pk)
            history = tuple(moves[job_id])
            rows[email].append(Row(job_id, state, reason, waiting_for, history))
        return rows

    def letters(self, arrivals: Mapping[str, int]) -> list[Letter]:
        """All letters about jobs, with how often each Message-ID arrived."""
        with self._asking() as cursor:
            found = cursor.execute(LETTERS).fetchall()
        return [Letter(_uuid(pk), kind, mid, arrivals.get(mid, 0)) for pk, kind, mid in found]

    def dump(self) -> dict[str, list[dict[str, Any]]]:
        """The tables that tell of jobs, to be kept with the run."""
        with self._asking() as cursor:
            return {table: _table(cursor, table) for table in TABLES}


def _table(cursor: Any, table: str) -> list[dict[str, Any]]:
    found = cursor.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - our own names
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in found]


def _moves(found: list[tuple[Any, ...]]) -> dict[str, list[Move]]:
    moves: dict[str, list[Move]] = defaultdict(list)
    for pk, at, old, new, reason in found:
        moves[_uuid(pk)].append(Move(_time(at), old, new, reason))
    return moves


def _uuid(value: Any) -> str:
    """SQLite keeps a UUID as 32 digits."""
    digits = str(value).replace("-", "")
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _time(value: Any) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
