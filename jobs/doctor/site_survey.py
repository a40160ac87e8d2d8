"""What a cluster's survey means for this site: pure functions, one for each thing to know."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings

from backends.base import SiteSurvey
from jobs.doctor.diagnosis import Answer, fault, warn, well
from jobs.idle.giving_way import ASK, judge
from pipelines.models import Cluster
from uploads.rules import size_text

CLOCK_WARN_S, CLOCK_FAULT_S = 5, 60
SCRATCH_LOW_BYTES = 10 * 10**9
OLDEST_PYTHON = (3, 6)
ARRAY_TASKS_AT_MOST = 1001  # an array's numbers end one below MaxArraySize
LOOKS_WITHIN_AGE = 3  # looks that must fit into MinJobAge, so that no end goes unseen


def judged(survey: SiteSurvey, row: Cluster) -> Iterator[tuple[str, Answer]]:
    """Name and answer of all that can be said; what follows from another fault is left out."""
    on_slurm = {
        "Slurm's commands": commands(survey),
        "accounting": accounting(survey),
        "partition": partition(survey, row),
        "gives way": gives_way(survey, row),
        "takes jobs": takes_jobs(survey),
        "MinJobAge": min_job_age(survey),
        "arrays": arrays(survey),
        "clock": clock(survey),
    }
    anywhere = {"scratch": scratch(survey, row), "Python": python(survey, row)}
    anywhere_else = on_slurm | anywhere | {"DMTCP": dmtcp(survey)}
    answers = anywhere if row.kind == Cluster.Kind.LOCAL else anywhere_else
    for name, answer in answers.items():
        if answer:
            yield name, answer


def commands(survey: SiteSurvey) -> Answer:
    """Those that jobs are handed in, followed and ended with; sbatch and sacct have own lines."""
    mute = {name: survey.mute[name] for name in _talkers(survey)}
    if not mute:
        return well("scontrol, squeue and scancel answer")
    words = next(iter(mute.values()))
    mend = f"If slurmctld is down, wait: jobs run on. Else {ASK[0].lower()}{ASK[1:]}."
    if any("not found" in said for said in mute.values()):
        mend = "Name the directory of sbatch and squeue in the cluster's row."
    return fault(f"{', '.join(mute)} did not answer: {words}", mend)


def accounting(survey: SiteSurvey) -> Answer:
    """sacct; where there is none, jobs are followed all the same."""
    if survey.has_accounting:
        return well("sacct answers")
    if "sacct" in survey.mute:
        return fault(
            f"sacct did not answer: {survey.mute['sacct']}",
            f"{ASK} whether slurmdbd runs; until it does, jobs that squeue has forgotten wait.",
        )
    return warn(
        "The cluster keeps no accounting: core hours and nodes of interrupted runs stay unknown, "
        "and ends are read from what each run wrote itself.",
        f"Nothing has to be done; {ASK[0].lower()}{ASK[1:]} for slurmdbd if you need the figures.",
    )


def partition(survey: SiteSurvey, row: Cluster) -> Answer | None:
    """It is there and starts jobs."""
    if survey.has_partition is None:
        return None if survey.mute else _unknown("which partitions there are")
    if survey.partition is None:
        return _judged(survey, row)
    if survey.partition.state != "UP":
        return fault(
            f"The partition {row.partition} is {survey.partition.state}: no job starts.",
            f"{ASK} when it will be up again; until then nothing is lost, jobs wait.",
        )
    return well(f"{row.partition} is up")


def gives_way(survey: SiteSurvey, row: Cluster) -> Answer | None:
    """Only computers that would stand idle may be used; the same verdict stops every submit."""
    return _judged(survey, row) if survey.partition else None


def _judged(survey: SiteSurvey, row: Cluster) -> Answer:
    verdict = judge(survey, partition=row.partition, qos=row.qos)
    if isinstance(verdict, str):
        return _unknown(verdict)
    if verdict.fault:
        return fault(verdict.fault, f"{verdict.mend} Until then jobs wait.")
    if verdict.remark:
        return warn(verdict.remark, verdict.mend)
    return well(verdict.grounds)


def takes_jobs(survey: SiteSurvey) -> Answer | None:
    """What sbatch says to a job that it is only to test."""
    if survey.partition is None or _talkers(survey):
        return None
    if "sbatch" in survey.mute:
        return fault(
            f"sbatch would refuse our jobs: {survey.mute['sbatch']}",
            "Look at partition, QOS and account in the cluster's row; ask the cluster's people "
            "what our account may use.",
        )
    return well("sbatch would take a job")


def min_job_age(survey: SiteSurvey) -> Answer | None:
    """How long slurmctld shows an ended job; looks have to be closer together than that."""
    age_s = survey.min_job_age_s
    if age_s is None:
        return None if survey.mute else _unknown("how long ended jobs are shown")
    fastest_s, slowest_s = settings.POLL_FASTEST_S, settings.POLL_SLOWEST_S
    if age_s == 0:  # slurm.conf(5): no job is ever forgotten
        return well("ended jobs are shown as long as slurmctld runs")
    if age_s < LOOKS_WITHIN_AGE * fastest_s:
        return warn(
            f"Ended jobs are shown for {age_s} s only, and looks are {fastest_s} s apart at least.",
            f"Set FREELOADER_POLL_FASTEST_S={max(1, age_s // LOOKS_WITHIN_AGE)} or less, or ask "
            "for the usual MinJobAge=300.",
        )
    apart_s = min(slowest_s, age_s / LOOKS_WITHIN_AGE)
    return well(f"ended jobs are shown for {age_s} s; looks are at most {apart_s:.0f} s apart")


def arrays(survey: SiteSurvey) -> Answer | None:
    """Work that the code has split into parts goes in as an array; its tasks share the parts."""
    if survey.max_array_size is None:
        return None if survey.mute else _unknown("how large a job array may be")
    if survey.max_array_size < ARRAY_TASKS_AT_MOST:
        return warn(
            f"MaxArraySize is {survey.max_array_size}: pipelines that let more parts run at once "
            "are refused by sbatch.",
            f"{ASK} for MaxArraySize={ARRAY_TASKS_AT_MOST}, Slurm's default, or more.",
        )
    return well(f"up to {survey.max_array_size - 1} tasks")


def dmtcp(survey: SiteSurvey) -> Answer | None:
    """The one on the login node; nodes usually have the same. Nobody must have it."""
    if survey.dmtcp is None:
        return _unknown("which DMTCP it has")
    return well(survey.dmtcp or "not there, so no pipeline can ask for it")


def clock(survey: SiteSurvey) -> Answer:
    """Signed addresses and leases end by the clock; only what is certain counts."""
    ahead_s, within_s = survey.clock_ahead_s, survey.clock_within_s
    if ahead_s is None or within_s is None:
        return _unknown("what its clock says")
    least_s = max(0.0, abs(ahead_s) - within_s)
    side = "ahead of" if ahead_s > 0 else "behind"
    if least_s <= CLOCK_WARN_S:
        return well(f"{abs(ahead_s):.1f} s {side} ours, give or take {within_s:.1f} s")
    grave = fault if least_s > CLOCK_FAULT_S else warn
    return grave(
        f"The login node's clock is {least_s:.0f} s {side} ours: signed addresses end too early or "
        "are not taken.",
        "See that NTP runs here (timedatectl); if it does, tell the cluster's people.",
    )


def scratch(survey: SiteSurvey, row: Cluster) -> Answer:
    """A job directory can be made there, locked and filled."""
    if survey.scratch_fault is None:
        return _unknown("whether the scratch directory can be written to")
    if survey.scratch_fault:
        return fault(
            f"Nothing can be written to {row.scratch}: {survey.scratch_fault}",
            f"See that its file system is mounted and not full, and that it is there: mkdir -p -m "
            f"700 {row.scratch}, as {row.user or 'the account of this site'}.",
        )
    if survey.locks_files is False:
        return fault(
            f"Files in {row.scratch} cannot be locked with flock: jobs could be handed in twice.",
            f"{ASK} for a directory where flock works (Lustre: mount option flock).",
        )
    return _room(survey.scratch_free_bytes, row)


def python(survey: SiteSurvey, row: Cluster) -> Answer:
    """The one on the login node; nodes usually have the same."""
    if survey.python is None:
        return fault(
            f"There is no Python that runs at {row.python}.",
            "Enter the path of a Python 3.6 or newer, on login and compute nodes, in the row.",
        )
    if tuple(int(part) for part in survey.python.split(".")[:2]) < OLDEST_PYTHON:
        return fault(
            f"The Python at {row.python} is {survey.python}, too old.",
            "Enter the path of a Python 3.6 or newer in the cluster's row.",
        )
    return well(f"{row.python} is {survey.python}")


def _talkers(survey: SiteSurvey) -> list[str]:
    return [name for name in survey.mute if name not in ("sbatch", "sacct")]


def _room(free_bytes: int | None, row: Cluster) -> Answer:
    if free_bytes is None:
        return well("can be written to; how much is free is not told")
    if free_bytes < SCRATCH_LOW_BYTES:
        return warn(
            f"Only {size_text(free_bytes)} are free in {row.scratch}.",
            "Make room there; inputs and results of every running job need it.",
        )
    return well(f"{size_text(free_bytes)} free in {row.scratch}")


def _unknown(what: str) -> Answer:
    return warn(f"The cluster does not tell {what}.", f"{ASK}; it was not guessed.")
