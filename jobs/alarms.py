"""What staff must be told: jobs that stand still, parts of the world that do not answer.

Nothing fails for it: outages are weather. But somebody has to know of a storm that does not pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from jobs import reasons
from jobs.letters import alarms as alarms_of_letters
from jobs.models import Alarm, Job, Letter, Rehearsal
from jobs.queue import ring_once
from jobs.states import DEADLINES, ENDS, ON_CLUSTER, State
from jobs.steps.track import BUG
from jobs.wording import moment_text
from pipelines.dmtcp import MISSING, missing
from pipelines.models import Cluster, Pipeline

CLUSTER_SILENT = timedelta(minutes=30)
REHEARSAL_LATE = timedelta(hours=1)
CLEAN_UP_LATE = timedelta(hours=6)
SHOWN_STILL = 10  # with the pauses between, three quarters of an hour
NAMED_AT_MOST = 10
MANY_OUTAGES = 36  # with the longest pause between two tries, six hours of them
# An alarm that comes and goes is one alarm, and one letter.
SAME_ALARM = timedelta(hours=6)


def look() -> None:
    """Raise an alarm for each cause that there is now, and end those whose cause is gone."""
    causes = dict(_causes(timezone.now()))
    for cause, text in causes.items():
        _raise(cause[:200], text)
    over = Alarm.objects.filter(ended_at=None).exclude(cause__in=[c[:200] for c in causes])
    over.update(ended_at=timezone.now())


def _raise(cause: str, text: str) -> None:
    now = timezone.now()
    same = Alarm.objects.filter(cause=cause)
    newest = same.order_by("-raised_at").first()
    if newest and (newest.ended_at is None or now - newest.ended_at < SAME_ALARM):
        same.filter(pk=newest.pk).update(text=text, seen_at=now, ended_at=None)
        return
    try:
        with transaction.atomic():
            alarm = Alarm.objects.create(cause=cause, text=text)
            if settings.SUPPORT_EMAIL:
                Letter.of_alarm(alarm, settings.SUPPORT_EMAIL)
                ring_once("send_letters")
    except IntegrityError:  # another host's sweep was quicker
        return


def _causes(now: datetime) -> Iterator[tuple[str, str]]:
    for state, longest in DEADLINES.items():
        yield from _late_jobs(state, now - longest)
    yield from _on_hold()
    yield from _silent_clusters(now)
    yield from _refused_partitions()
    yield from _missing_dmtcp()
    yield from _stumbled_over()
    yield from _late_rehearsals(now)
    yield from _late_clean_up(now)
    yield from _not_gone()
    yield from alarms_of_letters.causes(now)


def _late_jobs(state: State, before: datetime) -> Iterator[tuple[str, str]]:
    late = Job.objects.filter(state=state, changed_at__lt=before)
    if state == State.UPLOADED:  # not ours to hurry
        late = late.exclude(pk__in=Job.objects.awaiting_confirmation())
    groups = late.values("pipeline", "pipeline__slug").annotate(n=Count("pk"), at=Min("changed_at"))
    for group in groups.order_by("pipeline__slug"):
        oldest = late.filter(pipeline=group["pipeline"]).order_by("changed_at")[0]
        yield (
            f"late {state} {group['pipeline__slug']}",
            f"{group['n']} job(s) of “{group['pipeline__slug']}” have been “{State(state).label}” "
            f"for too long, the oldest ({oldest.short_id}) since {_when(group['at'])}."
            + _what_it_waits_for(oldest),
        )


def _what_it_waits_for(job: Job) -> str:
    if job.state == State.HELD:
        return " Somebody has to look at the findings and release or reject it."
    if job.waiting_for:
        return f" It waits for this: {job.waiting_for}"
    if job.slurm_reason:
        return f" Slurm's reason: {job.slurm_reason}."
    return " Is a worker running? “manage.py doctor” says what is wrong."


def _on_hold() -> Iterator[tuple[str, str]]:
    """Not for letters alone: those who got one may be away."""
    held = Job.objects.filter(
        state=State.PENDING, fruitless_starts__gt=0, reason__startswith=reasons.ON_HOLD
    )
    for pipeline in Pipeline.objects.filter(pk__in=held.values("pipeline")).order_by("slug"):
        jobs = list(held.filter(pipeline=pipeline).order_by("changed_at")[:NAMED_AT_MOST])
        names = ", ".join(f"{job.short_id} ({job.fruitless_starts} times)" for job in jobs)
        yield (
            f"on hold {pipeline.slug}",
            f"Of “{pipeline.slug}” these jobs were interrupted again and again before they could "
            f"save anything, and are on hold: {names}. On a job's page, “Let it go on” has it try "
            "again; that helps if the cluster was unusually busy. Otherwise the pipeline has to "
            "save its state (checkpoint, split and merge, or DMTCP) or to ask for less time: mend "
            "it, cancel these jobs, and have the files sent again.",
        )


def _silent_clusters(now: datetime) -> Iterator[tuple[str, str]]:
    live = Job.objects.filter(state__in=ON_CLUSTER).values("cluster")
    before = now - CLUSTER_SILENT
    for cluster in Cluster.objects.filter(pk__in=live):
        oldest = Job.objects.on_cluster(cluster).aggregate(at=Min("changed_at"))["at"]
        since = cluster.polled_at or oldest  # not one look has come to its end yet
        if since and since < before and oldest < before:
            error = cluster.poll_error or "The looks at it break off; the worker's log says why."
            yield (
                f"cluster {cluster.name}",
                f"The cluster “{cluster.name}” has not answered since {_when(since)}: {error} "
                "Its jobs wait; nothing is lost. “manage.py doctor” says more.",
            )


def _refused_partitions() -> Iterator[tuple[str, str]]:
    """Told only while jobs wait for it: their tries are what sees that it is mended."""
    waiting = Job.objects.filter(state__in=(State.CLEAN, State.SUBMITTING))
    refused = Cluster.objects.filter(is_open=True, jobs__in=waiting).exclude(partition_fault="")
    for cluster in refused.annotate(waiting=Count("jobs")):
        yield (
            f"partition {cluster.name}",
            f"{cluster.waiting} job(s) wait: none is handed in to “{cluster.partition}” of the "
            f"cluster “{cluster.name}”, for only idle computers may be used. "
            f"{cluster.partition_fault} When that is mended, they go on by themselves.",
        )


def _missing_dmtcp() -> Iterator[tuple[str, str]]:
    """Told while jobs wait for it."""
    waiting = Job.objects.filter(
        state__in=(State.CLEAN, State.SUBMITTING), waiting_for__startswith=MISSING
    )
    for cluster in Cluster.objects.filter(jobs__in=waiting).annotate(waiting=Count("jobs")):
        yield (
            f"dmtcp {cluster.name}",
            f"{cluster.waiting} job(s) wait, for their pipeline asks for DMTCP. {missing(cluster)} "
            "They go on by themselves when it is there; else cancel them, and take DMTCP out of "
            "the pipeline's form.",
        )


def _late_clean_up(now: datetime) -> Iterator[tuple[str, str]]:
    is_late = Q(due_at__lt=now - CLEAN_UP_LATE) | Q(outages__gte=MANY_OUTAGES)
    late = Job.objects.filter(is_late, state__in=ENDS).order_by("changed_at")
    if first := late.first():
        why = first.waiting_for or "the worker's log says why"
        yield (
            "clean-up",
            f"{late.count()} ended job(s) could not be cleared up; the oldest ({first.short_id}) "
            f"ended {_when(first.changed_at)}: {why}" + _owed(late),
        )


def _owed(late: QuerySet[Job]) -> str:
    """What that leaves on clusters, and what to do where one never answers again."""
    rows = late.filter(pk__in=Job.objects.owing_clusters()).order_by("cluster__name")
    counted = rows.values_list("cluster__name").annotate(jobs=Count("pk"))
    if not counted:
        return ""
    names = ", ".join(f"{name} ({jobs})" for name, jobs in counted)
    return (
        f" Directories of ended jobs are still to be removed on these clusters: {names}. That is "
        "done as soon as they answer; what is in the store does not wait for it longer than "
        f"{settings.CLUSTER_AWAITED_HOURS} hours. If one is gone for good, say so on its page in "
        "the admin (Clusters): then these clean-ups are closed."
    )


def _not_gone() -> Iterator[tuple[str, str]]:
    """Deleted, looked for again and again, and there still."""
    stuck = Job.objects.filter(
        state__in=ENDS, waiting_for=reasons.STILL_SHOWN, outages__gte=SHOWN_STILL
    )
    if jobs := list(stuck.order_by("changed_at")[:NAMED_AT_MOST]):
        names = ", ".join(job.short_id for job in jobs)
        yield (
            "not gone",
            f"What was deleted of {stuck.count()} job(s) is still shown, after {SHOWN_STILL} tries "
            f"or more: {names}. A job's page in the admin says what and where (Removals). Of the "
            "store: ask its operators for container-updater and object-expirer. Of a cluster: look "
            "whether something of the job still runs and writes.",
        )


def _late_rehearsals(now: datetime) -> Iterator[tuple[str, str]]:
    late = Rehearsal.objects.due().exclude(jobs__ended_at__gte=now - REHEARSAL_LATE)
    for rehearsal in late.select_related("pipeline"):
        yield (
            f"rehearsal {rehearsal.pipeline.slug}",
            f"The rehearsal of “{rehearsal.pipeline.slug}” does not go on, though its jobs have "
            "ended. The worker's log has the error; please report it. On the pipeline's page “Stop "
            "the rehearsal” ends it.",
        )


def _stumbled_over() -> Iterator[tuple[str, str]]:
    for job in Job.objects.filter(state__in=ON_CLUSTER, waiting_for=BUG)[:20]:
        yield (
            f"bug {job.pk}",
            f"Freeloader stumbled over the job {job.short_id} when it looked at its cluster. The "
            "worker's log has the error; please report it.",
        )


def _when(at: datetime | None) -> str:
    return moment_text(at) if at else "the beginning"
