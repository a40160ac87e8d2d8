"""The paragraph on how a result was made, for the methods section of a paper: English, always."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Sum
from django.utils import timezone, translation
from django.utils.formats import date_format

from jobs.models import Job
from jobs.results.ends import packed_files_of
from jobs.results.record.entities import packed_text
from jobs.results.record.made import Made, made
from pipelines.models import Cluster
from uploads.rules import size_text

_RESUMED_FROM = {
    "checkpoint": "the code's own checkpoints",
    "dmtcp": "DMTCP checkpoints",
    "parts": "the parts that were finished",
}


def methods_text(job: Job) -> str:
    """Four sentences on the run of a job that was delivered; no more than is known."""
    return methods_of(made(job))


def methods_of(run: Made) -> str:
    """The same, where what there is to tell was read already."""
    with translation.override("en"):
        return " ".join([_what(run.job), _where(run), _interruptions(run), _outcome(run.job)])


def _what(job: Job) -> str:
    code = job.code
    # The code may have been rehearsed since; of this very version it is true all the same.
    rehearsed = f"; rehearsed on {_day(code.certified_at)}" if code.certified_at else ""
    inputs = job.upload.files.aggregate(count=Count("pk"), size=Sum("size_bytes", default=0))
    return (
        f"The pipeline “{job.frozen.title}” (code version {code.number}, SHA-256 "
        f"{code.sha256[:12]}…{rehearsed}) was applied to {_files('input file', **inputs)}."
    )


def _where(run: Made) -> str:
    cluster = run.job.cluster
    nodes = f"on preemptible nodes of the Slurm cluster “{cluster.name}”"
    place = "on a single machine" if cluster.kind == Cluster.Kind.LOCAL else nodes
    return f"The run{_when(run)} used {_cores(run.job)} {place}{_core_hours(run)}."


def _when(run: Made) -> str:
    begin, end = (at and _day(at) for at in (run.began_at, run.ended_at))
    if not end:
        return ""
    return f" from {begin} to {end}" if begin and begin != end else f" on {end}"


def _cores(job: Job) -> str:
    cpus = job.frozen.cpus
    cores = "one CPU core" if cpus == 1 else f"{cpus} CPU cores"
    if job.parts is None:
        return cores
    parts = "one part" if job.parts == 1 else f"{job.parts} parts"
    at_once = min(job.parts, job.frozen.parts_at_once)
    tasks = f" for each of up to {at_once} parallel tasks" if at_once > 1 else ""
    return f"{cores}{tasks} ({parts})"


def _core_hours(run: Made) -> str:
    hours = run.effort.core_seconds / 3600
    if not hours:
        return ""
    if hours < 0.1:
        return " and took less than 0.1 core-hours" if run.is_all_counted else ""
    least = "" if run.is_all_counted else "at least "
    return f" and took {least}{hours:.1f} core-hours"


def _interruptions(run: Made) -> str:
    count, anew = run.effort.interruptions, run.begun_anew
    if not count and not anew:
        return "It was not interrupted."
    told = [f"was interrupted {_times(count)}{_resumed(run, count)}"] if count else []
    told += [f"had to be submitted again {_times(anew)}"] if anew else []
    return f"It {', and '.join(told)}."


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _resumed(run: Made, count: int) -> str:
    """What is known to have been used of the work before; that nothing was, is not."""
    kinds = dict.fromkeys(start.begun_with["kind"] for start in run.resumed)
    if not kinds:
        return ""
    work = " and ".join(_RESUMED_FROM[kind] for kind in kinds)
    after = f" after {len(run.resumed)} of these" if len(run.resumed) < count else ""
    return f" and resumed from {work}{after}"


def _outcome(job: Job) -> str:
    version = job.frozen.freeloader_version
    by = f"Freeloader (version {version})" if version else "Freeloader"
    return f"It left {_left(job)} and was managed by {by}."


def _left(job: Job) -> str:
    left = job.results.aggregate(count=Count("pk"), size=Sum("size_bytes", default=0))
    packed_files = packed_files_of(job)
    if packed_files is None:
        return _files("result file", **left)
    return f"{packed_text(packed_files)} ({size_text(left['size'])}),"


def _files(kind: str, *, count: int, size: int) -> str:
    if not count:
        return f"no {kind}s"
    if count == 1:
        return f"one {kind} ({size_text(size)})"
    return f"{count} {kind}s ({size_text(size)} in total)"


def _day(at: datetime) -> str:
    return date_format(timezone.localtime(at), "j F Y")
