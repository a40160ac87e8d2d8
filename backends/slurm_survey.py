"""What slurm_survey.sh saw: from its lines to a `SiteSurvey`. What is not told stays None."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from backends.base import Idle, Partition, Qos, SiteSurvey
from backends.slurm_idle import parse_expected_start, parse_idle
from backends.slurm_text import is_without_accounting, place_options, sbatch_words

SLURM_COMMANDS = {"config": "scontrol", "squeue": "squeue", "scancel": "scancel"}
_TIMED_OUT = 124  # timeout(1)
_NOT_THERE = 127  # the shell's


@dataclass
class _Said:
    """What one of the script's commands printed, and how it ended."""

    lines: list[str] = field(default_factory=list)
    code: int | None = None

    @property
    def is_well(self) -> bool:
        return self.code == 0

    @property
    def words(self) -> str:
        """Why it did not do what was asked, in one line."""
        if self.code == _TIMED_OUT:
            return "no answer within 12 s"
        ended = "no word of its end" if self.code is None else f"it ended with code {self.code}"
        return sbatch_words("\n".join(self.lines)) or ended


def survey_argv(
    *,
    scratch: str,
    python: str,
    slurm_bin: str,
    dmtcp_bin: str,
    partition: str,
    qos: str,
    account: str,
) -> list[str]:
    """The arguments of slurm_survey.sh."""
    options = place_options(partition=partition, qos=qos, account=account)
    return [scratch, python, slurm_bin, dmtcp_bin, partition, *options]


def parse_survey(text: str, *, partition: str, sent_at: float, received_at: float) -> SiteSurvey:
    """The script's output; the times are ours, in seconds since 1970, around its run."""
    said = _by_name(text)
    config = _pairs(said["config"].lines)
    ahead, within = clock_difference(said["clock"].lines, sent_at, received_at)
    partitions = _partitions(said["partition"].lines)
    return SiteSurvey(
        version=config.get("SLURM_VERSION"),
        mute=_mute(said),
        has_accounting=_has_accounting(said["sacct"]),
        min_job_age_s=_leading_number(config.get("MinJobAge")),
        requeues_by_default={"1": True, "0": False}.get(config.get("JobRequeue", "")),
        preempt_type=config.get("PreemptType"),
        has_partition=partition in partitions if partitions else None,
        partition=_partition(partition, partitions, config, said["nodes"]),
        clock_ahead_s=ahead,
        clock_within_s=within,
        scratch_fault=_scratch_fault(said["scratch"]),
        scratch_free_bytes=_free_bytes(said["free"]),
        locks_files=None if said["flock"].code is None else said["flock"].is_well,
        python=_python_version(said["python"]),
        preempt_mode=config.get("PreemptMode"),
        preempt_exempt_s=_time_s(config.get("PreemptExemptTime", "")),
        qoses=_qoses(said["qos"]),
        max_array_size=_leading_number(config.get("MaxArraySize")),
        idle=_idle(said["idle"], said["sbatch"]),
        dmtcp=_dmtcp_version(said["dmtcp"]),
    )


def clock_difference(
    readings: list[str], sent_at: float, received_at: float
) -> tuple[float | None, float | None]:
    """How far the cluster's clock is before ours, and how exact that is.

    From its first and its last reading: the first was made after we sent, the last before we
    received, so that only the way there and back is doubtful, not the time the script took.
    """
    times = [time for time in map(_seconds, readings) if time is not None]
    if len(times) < 2:
        return None, None
    # Whole seconds (a date without %N) are half a second too early, on average.
    doubt_s = 0.0 if all(_is_exact(reading) for reading in readings) else 0.5
    most, least = times[0] + doubt_s - sent_at, times[-1] + doubt_s - received_at
    return (most + least) / 2, abs(most - least) / 2 + doubt_s


def _by_name(text: str) -> Mapping[str, _Said]:
    slurm = ("config", "partition", "nodes", "idle", "squeue", "scancel", "sbatch", "sacct", "qos")
    host = ("python", "dmtcp", "scratch", "flock", "free", "clock")
    said = {name: _Said() for name in (*slurm, *host)}
    for line in text.splitlines():
        name, _, words = line.partition(" ")
        if name not in said:
            continue
        if ended := re.fullmatch(r"ended (\d+)", words):
            said[name].code = int(ended[1])
        elif words:
            said[name].lines.append(words)
    return said


def _pairs(lines: Iterable[str]) -> dict[str, str]:
    """`scontrol show config`: "MinJobAge               = 300 sec"."""
    split = (line.partition("=") for line in lines)
    return {name.strip(): value.strip() for name, equals, value in split if equals}


def _mute(said: Mapping[str, _Said]) -> dict[str, str]:
    mute = {
        command: said[name].words
        for name, command in SLURM_COMMANDS.items()
        if not said[name].is_well
    }
    if not said["sbatch"].is_well:
        mute["sbatch"] = said["sbatch"].words
    if not said["sacct"].is_well and _has_accounting(said["sacct"]) is None:
        mute["sacct"] = said["sacct"].words
    return mute


def _has_accounting(sacct: _Said) -> bool | None:
    if sacct.is_well:
        return True
    return False if is_without_accounting("\n".join(sacct.lines), sacct.code) else None


def _partitions(words: Iterable[str]) -> dict[str, dict[str, str]]:
    """Slurm's fields of each partition; the name comes first."""
    found: dict[str, dict[str, str]] = {}
    fields: dict[str, str] = {}
    for word in words:
        name, _, value = word.partition("=")
        if name == "PartitionName":
            fields = found.setdefault(value, {})
        else:
            fields[name] = value
    return found


def _partition(
    name: str, partitions: Mapping[str, Mapping[str, str]], config: Mapping[str, str], nodes: _Said
) -> Partition | None:
    described = {
        each: Partition(
            name=each,
            state=fields.get("State"),
            preempt_mode=fields.get("PreemptMode") or config.get("PreemptMode"),
            priority_tier=_leading_number(fields.get("PriorityTier")),
            job_factor=_leading_number(fields.get("PriorityJobFactor")),
            grace_s=_leading_number(fields.get("GraceTime")),
        )
        for each, fields in partitions.items()
    }
    if name not in described:
        return None
    beside = tuple(described[other] for other in _beside(name, nodes) if other in described)
    return replace(described[name], beside=beside if nodes.is_well else None)


def _beside(name: str, nodes: _Said) -> list[str]:
    """The partitions that share a node with it, from lines "node partition"."""
    pairs = [(node, other) for node, _, other in (line.partition(" ") for line in nodes.lines)]
    ours = {node for node, other in pairs if other == name}
    return sorted({other for node, other in pairs if node in ours} - {name})


def _idle(sinfo: _Said, sbatch: _Said) -> Idle:
    idle = parse_idle(sinfo.lines) if sinfo.is_well else Idle()
    if idle.nodes != 0 or not sbatch.is_well:
        return idle
    return replace(idle, expected_start=parse_expected_start("\n".join(sbatch.lines)))


def _qoses(said: _Said) -> tuple[Qos, ...] | None:
    """Lines "name|preempt,preempt|mode|priority"; None where sacctmgr tells none."""
    rows = (line.split("|") for line in said.lines)
    found = tuple(
        Qos(name, frozenset(filter(None, preempts.split(","))), mode, _leading_number(rank) or 0)
        for name, preempts, mode, rank in (row for row in rows if len(row) == 4)
    )
    return found if said.is_well and found else None


def _dmtcp_version(said: _Said) -> str | None:
    """From "dmtcp_launch (DMTCP) 3.0.0"; "" where it is not there."""
    if said.code == _NOT_THERE:
        return ""
    found = re.search(r"\d+\.\d+[\w.-]*", " ".join(said.lines)) if said.is_well else None
    return found[0][:40] if found else None


def _scratch_fault(scratch: _Said) -> str | None:
    if scratch.code is None:
        return None
    return "" if scratch.is_well else scratch.words


def _free_bytes(df: _Said) -> int | None:
    """df -Pk (POSIX): device, 1024-blocks, used, available, capacity, mounted on."""
    fields = df.lines[-1].split() if df.is_well and df.lines else []
    return int(fields[3]) * 1024 if len(fields) >= 6 and fields[3].isdecimal() else None


def _python_version(python: _Said) -> str | None:
    versions = [line for line in python.lines if re.fullmatch(r"\d+\.\d+\.\d+", line)]
    return versions[-1] if python.is_well and versions else None


def _leading_number(text: str | None) -> int | None:
    found = re.match(r"\d+", text or "")
    return int(found[0]) if found else None


def _time_s(text: str) -> int | None:
    """Slurm's "[days-]hours:minutes:seconds"."""
    found = re.fullmatch(r"(?:(\d+)-)?(\d+):(\d+):(\d+)", text)
    if not found:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def _seconds(reading: str) -> float | None:
    found = re.match(r"\d+(\.\d+)?", reading)
    return float(found[0]) if found else None


def _is_exact(reading: str) -> bool:
    return re.fullmatch(r"\d+\.\d+", reading) is not None
