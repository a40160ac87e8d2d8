"""What we say to Slurm and how we read what it says: argv out, text in, nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from backends.base import ClusterError, Resources

# Text, not JSON: squeue --json is 25 times slower, ignores --me and -j in 22.05, and changes its
# types with each data_parser. With "field:|" nothing is cut or padded; the free text comes last.
_SQUEUE_FIELDS = (
    *("JobArrayID", "JobID", "State", "Reason"),
    *("RestartCnt", "exit_code", "NodeList", "StartTime"),
)
_SACCT_FIELDS = ("JobID", "State", "ExitCode", "NodeList", "Start", "End", "CPUTimeRAW", "JobName")
# Else times come in the login node's zone, without naming it. With a zone that needs no file,
# 3,000 of them cost squeue 3 ms instead of 12.
IN_SECONDS = ("env", "TZ=UTC0", "SLURM_TIME_FORMAT=%s")
_JOB_ID = re.compile(r"\d+(_\d+|_\[[\d,%-]+(\.\.\.)?\])?")


class SqueueRow(NamedTuple):  # of 10,000 rows a frozen dataclass costs several times as much
    """One line of squeue; `array_id` is "36", "36_7" or the folded "36_[8-15%2]"."""

    array_id: str
    job_id: str
    state: str
    reason: str
    restart_count: int
    exit_code: int | None
    node: str
    start: datetime | None  # of one that waits: when slurmctld expects it to
    name: str

    @property
    def slurm_id(self) -> str:
        """The id that sbatch printed."""
        return self.array_id.partition("_")[0]


@dataclass(frozen=True)
class SacctRow:
    """One line of `sacct -D -X`: one run of one job; times are None where there are none."""

    job_id: str
    state: str
    exit_code: int | None
    node: str
    started_at: datetime | None
    ended_at: datetime | None
    core_seconds: int
    name: str


def sbatch_arguments(
    *,
    key: str,
    directory: str,
    resources: Resources,
    partition: str,
    qos: str,
    account: str,
    tasks: int = 0,
) -> list[str]:
    """sbatch's options; append mode, or a requeued job truncates its own log.

    `tasks`: of a job array; 0: no array.
    """
    # The log is relative to chdir, so that a % in the path is no pattern.
    log = [f"--array=0-{tasks - 1}", "--output=log.%a.txt"] if tasks else ["--output=log.txt"]
    return [
        "--parsable",
        f"--job-name={key}",
        f"--chdir={directory}",
        *log,
        "--open-mode=append",
        "--requeue",
        f"--cpus-per-task={resources.cpus}",
        f"--mem={resources.memory_mb}M",
        f"--time={resources.time_limit_min}",
        *place_options(partition=partition, qos=qos, account=account),
    ]


def place_options(*, partition: str, qos: str, account: str) -> list[str]:
    """sbatch's options for where a job goes, and on whose account; "" leaves one out."""
    chosen = {"--partition": partition, "--qos": qos, "--account": account}
    return [f"{option}={value}" for option, value in chosen.items() if value]


def squeue_argv() -> list[str]:
    """All jobs of this account, ended ones as long as slurmctld knows them (MinJobAge)."""
    layout = ",".join(f"{field}:|" for field in (*_SQUEUE_FIELDS, "Name"))
    return [*IN_SECONDS, "squeue", "-h", "-r", "-a", "--me", "-t", "all", "-O", layout]


def sacct_argv(slurm_ids: Sequence[str]) -> list[str]:
    """Every run (-D) of these jobs, without their steps (-X)."""
    return [
        *IN_SECONDS,
        "sacct",
        "-D",
        "-X",
        "-P",
        "-n",
        "-o",
        ",".join(_SACCT_FIELDS),
        "-j",
        ",".join(slurm_ids),
    ]


def scancel_argv(key: str) -> list[str]:
    """By name: an id may be another job's after slurmctld lost its state. Exits 0 with no match."""
    return ["scancel", "--me", f"--name={key}"]


def parse_squeue(text: str) -> list[SqueueRow]:
    """The rows of `squeue_argv()`; anything else (half a name, a greeting) is left out."""
    rows = (_squeue_row(line.split("|", len(_SQUEUE_FIELDS))) for line in text.splitlines())
    return [row for row in rows if row]


def parse_sacct(text: str) -> list[SacctRow]:
    """The rows of `sacct_argv()`, in sacct's order; anything else is left out."""
    rows = (_sacct_row(line.split("|", len(_SACCT_FIELDS) - 1)) for line in text.splitlines())
    return [row for row in rows if row]


def parse_jobid(text: str) -> str:
    """The id in the last "jobid N" line of slurm_submit.sh; a transient `ClusterError` without."""
    found = re.findall(r"^jobid (\d+)$", text, re.MULTILINE)
    if not found:
        raise ClusterError("The cluster took the job but told no job id.", transient=True)
    return str(found[-1])


def is_without_accounting(stderr: str, returncode: int | None) -> bool:
    """True if this site keeps no accounting, so that sacct never will answer."""
    return returncode == 127 or "accounting storage is disabled" in stderr


def sbatch_words(text: str) -> str:
    """What sbatch complains of, in one line."""
    lines = (line.removeprefix("sbatch: ").removeprefix("error: ") for line in text.splitlines())
    return " ".join(line.strip() for line in lines if line.strip())[:300]


def _squeue_row(fields: list[str]) -> SqueueRow | None:
    if len(fields) != len(_SQUEUE_FIELDS) + 1 or not fields[-1].endswith("|"):
        return None
    array_id, job_id, state, reason, restarts, status, node, start, name = fields
    is_row = _JOB_ID.fullmatch(array_id) and job_id.isdecimal() and restarts.isdecimal()
    if not is_row or not state:
        return None
    code = _exit_code_of_status(status)
    count, at = int(restarts), _time(start)
    return SqueueRow(array_id, job_id, state, reason, count, code, node, at, name[:-1])


def _sacct_row(fields: list[str]) -> SacctRow | None:
    if len(fields) != len(_SACCT_FIELDS) or not _JOB_ID.fullmatch(fields[0]) or not fields[1]:
        return None
    job_id, state, code, node, start, end, seconds, name = fields
    return SacctRow(
        job_id=job_id,
        state=state,
        exit_code=_exit_code_of_pair(code),
        node="" if node == "None assigned" else node,
        started_at=_time(start),
        ended_at=_time(end),
        core_seconds=int(seconds) if seconds.isdecimal() else 0,
        name=name,
    )


def _exit_code_of_status(text: str) -> int | None:
    """squeue's exit_code: wait(2)'s status (768 is exit 3, 9 is signal 9); newer ones "3:0"."""
    if not text.isdecimal():
        return _exit_code_of_pair(text)
    status = int(text)
    return 128 + (status & 127) if status & 127 else status >> 8


def _exit_code_of_pair(text: str) -> int | None:
    """sacct's "code:signal", a signal as the shell says it: 128 + its number."""
    code, _, number = text.partition(":")
    if not (code.isdecimal() and number.isdecimal()):
        return None
    return 128 + int(number) if int(number) else int(code)


def _time(text: str) -> datetime | None:
    """Seconds since 1970; None for "Unknown", "None" and "N/A"."""
    return datetime.fromtimestamp(int(text), UTC) if text.isdecimal() else None
