"""The comparison of the ledger with the truth: pure functions on what was read of both."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from deploy.chaos import research
from deploy.chaos.orders import Kind
from deploy.chaos.seen import Case, Letter, Move, Result, Row, Run, SlurmJob

END = {"delivered", "expired", "rejected", "failed", "cancelled"}
DUE_END = {
    Kind.HEALTHY: {"delivered"},
    Kind.SLOW: {"delivered"},
    Kind.IN_PARTS: {"delivered"},
    Kind.REFUSED: {"failed"},
    Kind.INFECTED: {"rejected"},
    Kind.CANCELLED: {"cancelled", "delivered"},
    Kind.HOLLOW: {"failed"},
}
# Move to it → the letter that is due.
LETTERS = {
    "uploaded": "received",
    **{state: state for state in ("delivered", "rejected", "failed", "cancelled")},
}
SORTS = ("lost", "doubled", "falsely_done", "stuck", "lost_mail", "repeated_letters", "forked")


@dataclass(frozen=True)
class Damage:
    """One thing that must not be."""

    sort: str
    number: int
    words: str


@dataclass(frozen=True)
class Verdict:
    """All damage, and what is counted without being damage."""

    jobs: int
    damages: tuple[Damage, ...]
    resubmitted: int
    twins: int
    preemptions: int
    letters: int
    doubled_mail: int

    def count(self, sort: str) -> int:
        """How many jobs have damage of this sort."""
        return len({damage.number for damage in self.damages if damage.sort == sort})

    @property
    def doubled_mail_share(self) -> float:
        """Letters that arrived more than once, of all that arrived."""
        return self.doubled_mail / self.letters if self.letters else 0.0

    @property
    def is_clean(self) -> bool:
        """No damage; fewer than one letter in a hundred came twice."""
        return not self.damages and self.doubled_mail_share < 0.01


@dataclass(frozen=True)
class Traces:
    """All that the world knows of one case."""

    slurm: Mapping[str, tuple[SlurmJob, ...]]  # by the Slurm job's name, in order of submission
    runs: tuple[Run, ...]
    letters: tuple[Letter, ...]
    results: tuple[Result, ...]

    @property
    def ended_ids(self) -> set[str]:
        """The Slurm jobs whose research code ran to its end."""
        return {run.slurm_id for run in self.runs if run.has_ended}


def judge(
    jobs: Sequence[Case],
    slurm_jobs: Sequence[SlurmJob],
    runs: Sequence[Run],
    letters: Sequence[Letter],
    results: Sequence[Result],
) -> Verdict:
    """Compare the ledger with the truth, job by job."""
    traces = [_traces(case, slurm_jobs, runs, letters, results) for case in jobs]
    pairs = list(zip(jobs, traces, strict=True))
    found = [
        Damage(sort, case.order.number, words)
        for case, trace in pairs
        for check in CHECKS
        for sort, words in check(case, trace)
    ]
    return Verdict(
        jobs=len(jobs),
        damages=tuple(found),
        resubmitted=sum(_is_resubmission(m) for c in jobs for row in c.rows for m in row.moves),
        twins=sum(_twins(trace) for trace in traces),
        preemptions=sum(_preemptions(trace) for trace in traces),
        letters=sum(letter.arrivals for letter in letters),
        doubled_mail=sum(max(0, letter.arrivals - 1) for letter in letters),
    )


def _traces(
    case: Case,
    slurm_jobs: Sequence[SlurmJob],
    runs: Sequence[Run],
    letters: Sequence[Letter],
    results: Sequence[Result],
) -> Traces:
    ids = {row.id for row in case.rows}
    named: dict[str, list[SlurmJob]] = defaultdict(list)
    for job in slurm_jobs:
        if job_of(job.name) in ids:
            named[job.name].append(job)
    return Traces(
        slurm={name: tuple(named[name]) for name in sorted(named, key=submission_of)},
        runs=tuple(run for run in runs if run.token == case.order.token),
        letters=tuple(letter for letter in letters if letter.job_id in ids),
        results=tuple(result for result in results if result.job_id in ids),
    )


def job_of(name: str) -> str:
    """The job's id in a Slurm job's name: "fl-<uuid>", and "fl-<uuid>-2" when it was lost once."""
    return name.removeprefix("fl-")[:36]


def submission_of(name: str) -> int:
    """How often it had been handed in."""
    number = name.removeprefix("fl-")[37:]
    return int(number) if number.isdigit() else 1


def _ids_by_key(trace: Traces) -> dict[str, set[str]]:
    return {name: {job.slurm_id for job in jobs} for name, jobs in trace.slurm.items()}


def _twins(trace: Traces) -> int:
    """Slurm jobs of a key beyond the first that never came to compute."""
    begun = {run.slurm_id for run in trace.runs}
    idle = [(ids, ids & begun) for ids in _ids_by_key(trace).values()]
    return sum(len(ids) - max(1, len(computed)) for ids, computed in idle)


def _is_resubmission(move: Move) -> bool:
    return move.new == "clean" and move.old in ("pending", "running")


def _preemptions(trace: Traces) -> int:
    return sum(job.state == "PREEMPTED" for jobs in trace.slurm.values() for job in jobs)


Found = Iterator[tuple[str, str]]


def _kept(case: Case) -> tuple[Row, ...]:
    """The rows that stand for something sent; an announcement that failed leaves none."""
    return tuple(row for row in case.rows if row.state != "uploading")


def _check_received(case: Case, trace: Traces) -> Found:
    if not case.was_received:
        yield "stuck", f"the visitor is still sending: {case.words}"
    elif not _kept(case):
        yield "lost", "the visitor was told that it is received; there is no such job"
    if len(case.rows) > 1:
        yield "doubled", f"one announcement made {len(case.rows)} jobs"


def _check_end(case: Case, trace: Traces) -> Found:
    for row in _kept(case):
        due = DUE_END[case.order.kind]
        if row.state not in END:
            yield "stuck", f"{row.state}, waiting for {row.waiting_for or 'nothing'}"
        elif row.state not in due and row.state != "delivered":
            yield "lost", f"{case.order.kind.value}, but {row.state}: {row.reason}"
        elif case.order.kind is Kind.REFUSED and research.REFUSAL not in row.reason:
            yield "lost", f"refused, but the collaborator is told: {row.reason}"


def _check_truth(case: Case, trace: Traces) -> Found:
    kind = case.order.kind
    if kind is Kind.INFECTED and (trace.slurm or trace.runs):
        yield "falsely_done", "an infected file reached Slurm"
    for row in _kept(case):
        if row.state != "delivered":
            continue
        if "delivered" not in DUE_END[kind]:
            yield "falsely_done", f"{kind.value}, but delivered"
        if not trace.ended_ids:
            yield "falsely_done", "delivered, though no research code ran to its end"
        yield from _check_bytes(case, row, trace)


def _check_bytes(case: Case, row: Row, trace: Traces) -> Found:
    sums = {result.sha256 for result in trace.results if result.job_id == row.id}
    if _letter_of(trace, row.id, "delivered") and sums != {case.order.answer_sha256}:
        yield "falsely_done", "delivered, but the link does not lead to the right bytes"


def _letter_of(trace: Traces, job_id: str, kind: str) -> bool:
    return any(
        letter.arrivals
        for letter in trace.letters
        if (letter.job_id, letter.kind) == (job_id, kind)
    )


def _check_single(case: Case, trace: Traces) -> Found:
    begun = {run.slurm_id for run in trace.runs}
    for name, ids in _ids_by_key(trace).items():
        if len(ids & begun) > 1:
            yield "doubled", f"{len(ids)} Slurm jobs of the one key {name} computed"
    if len(trace.ended_ids) > 1:
        yield "doubled", f"Slurm jobs {', '.join(sorted(trace.ended_ids))} all ran to their end"


def _check_resubmission(case: Case, trace: Traces) -> Found:
    for name in list(trace.slurm)[:-1]:
        whole = [job for job in trace.slurm[name] if job.state == "COMPLETED"]
        if any(job.slurm_id in trace.ended_ids for job in whole):
            yield "doubled", f"{name} was handed in again though it had completed"


def _check_history(case: Case, trace: Traces) -> Found:
    for row in case.rows:
        for before, after in pairwise(row.moves):
            if after.old != before.new:
                yield "forked", f"{after.old} → {after.new}, though it was {before.new}"


def _check_letters(case: Case, trace: Traces) -> Found:
    for row in case.rows:
        due = {LETTERS[move.new] for move in row.moves if move.new in LETTERS}
        for kind in sorted(kind for kind in due if not _letter_of(trace, row.id, kind)):
            yield "lost_mail", f"the letter “{kind}” never arrived"
            if kind == "delivered":
                yield "lost", "its result's letter never arrived"
    arrived = Counter((one.job_id, one.kind) for one in trace.letters if one.arrivals)
    for (_job, kind), number in arrived.items():
        if number > 1:
            yield "repeated_letters", f"{number} different letters “{kind}” arrived"


CHECKS = (
    _check_received,
    _check_end,
    _check_truth,
    _check_single,
    _check_resubmission,
    _check_history,
    _check_letters,
)
