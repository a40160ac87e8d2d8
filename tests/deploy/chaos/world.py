"""Small worlds to be judged: one order, its row, its Slurm job, its run, its letters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from deploy.chaos.orders import Kind, Order
from deploy.chaos.seen import Case, Letter, Move, Result, Row, Run, SlurmJob
from deploy.chaos.verdict import LETTERS, Verdict, judge

JOB = "5c1f6f0e-7f0a-4d5e-9a51-3b1c7d9e0a11"
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
TO_DELIVERED = "uploading uploaded scanning clean submitting pending running completed delivered"


def order(kind: Kind = Kind.HEALTHY) -> Order:
    return Order(number=0, kind=kind, token="0000-abc", at_s=0, seconds=1, lines=3)


def row(states: str = TO_DELIVERED, reason: str = "") -> Row:
    """A job that went through these states."""
    passed = states.split()
    moves = [
        Move(NOON + timedelta(seconds=n), old, new, reason)
        for n, (old, new) in enumerate(pairwise(passed))
    ]
    return Row(JOB, passed[-1], reason, moves=tuple(moves))


def letters_about(row: Row) -> tuple[Letter, ...]:
    kinds = [LETTERS[move.new] for move in row.moves if move.new in LETTERS]
    return tuple(Letter(row.id, kind, f"<{row.id}.{kind}@site>", 1) for kind in kinds)


@dataclass(frozen=True)
class World:
    """What is known of one job; as it stands here, all is well."""

    case: Case
    slurm_jobs: tuple[SlurmJob, ...] = (SlurmJob("17", f"fl-{JOB}", "COMPLETED"),)
    runs: tuple[Run, ...] = (Run("0000-abc", "17", 0, has_ended=True),)
    letters: tuple[Letter, ...] = ()
    results: tuple[Result, ...] = ()

    def judged(self) -> Verdict:
        return judge([self.case], self.slurm_jobs, self.runs, self.letters, self.results)

    def damage(self) -> set[str]:
        """The sorts of damage that are seen."""
        return {damage.sort for damage in self.judged().damages}

    def but(self, **changes: object) -> World:
        return replace(self, **changes)  # type: ignore[arg-type]


def delivered(kind: Kind = Kind.HEALTHY) -> World:
    """A world in which a job of this kind was delivered."""
    ordered, done = order(kind), row()
    return World(
        case=Case(ordered, was_received=True, rows=(done,)),
        letters=letters_about(done),
        results=(Result(JOB, ordered.answer_sha256),),
    )


def ended(kind: Kind, states: str, reason: str = "") -> World:
    """A world in which a job of this kind ended so, before any Slurm job was made."""
    done = row(states, reason)
    case = Case(order(kind), was_received=True, rows=(done,))
    return World(case=case, slurm_jobs=(), runs=(), letters=letters_about(done))
