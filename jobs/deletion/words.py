"""What was deleted of a job, as its history tells it: from rows, which stay when files go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jobs.models import Job, Removal, ResultFile
from jobs.states import ENDS, State
from uploads.models import UploadedFile
from uploads.rules import size_text


@dataclass(frozen=True)
class Deleted:
    """One thing that happened: when, what, and how it was proved."""

    at: datetime
    what: str
    why: str


def deleted(job: Job) -> Iterator[Deleted]:
    """What is gone of it: what was sent, and the result; and what nobody can prove to be gone."""
    if job.inputs_deleted_at:
        yield from _sent(job, job.inputs_deleted_at)
    if job.results_deleted_at:
        yield from _made(job, job.results_deleted_at)
    for removal in job.removals.filter(what=Removal.What.UNPROVED):
        yield Deleted(
            removal.at,
            _("The cluster on which your job ran is gone for good"),
            _("So nobody can prove that what the job had there is deleted."),
        )


def owes_cluster(job: Job) -> bool:
    """It is over, its files are deleted, and what it had on its cluster was not seen to be gone."""
    is_over = job.state in ENDS - {State.DELIVERED} and job.inputs_deleted_at is not None
    return is_over and job.scratch_removed_at is None and job.was_handed_over


def on_its_cluster(job: Job) -> str:
    """What a job owes there, for whoever sent it; empty where it owes nothing."""
    if not owes_cluster(job):
        return ""
    if job.cluster.gone_at:
        return _(
            "The cluster on which your job ran is gone for good: nobody can prove that what the "
            "job had there is deleted."
        )
    return _(
        "The cluster on which your job ran has not confirmed yet that what the job had there, "
        "copies of your files among it, is deleted. It is asked until it has."
    )


def _sent(job: Job, at: datetime) -> Iterator[Deleted]:
    """Other jobs may have run on the same files: the last of them removed them."""
    count, size_bytes = _sums(job.upload.files.exclude(completed_at=None))
    proof = Removal.objects.filter(job__upload=job.upload_id, what=Removal.What.INPUTS)
    words = ngettext("Your file was deleted", "Your %(count)d files were deleted", count)
    if count:
        yield Deleted(at, words % {"count": count}, _counted(size_bytes, proof))


def _made(job: Job, at: datetime) -> Iterator[Deleted]:
    count, size_bytes = _sums(job.results.all())
    proof = job.removals.filter(what=Removal.What.RESULTS)
    words = ngettext(
        "The file of the result was deleted",
        "The %(count)d files of the result were deleted",
        count,
    )
    if count:
        yield Deleted(at, words % {"count": count}, _counted(size_bytes, proof))


def _sums(files: QuerySet[UploadedFile] | QuerySet[ResultFile]) -> tuple[int, int]:
    sums = files.aggregate(count=Count("pk"), size_bytes=Sum("size_bytes", default=0))
    return sums["count"], sums["size_bytes"]


def _counted(size_bytes: int, proof: QuerySet[Removal]) -> str:
    """How much it was, and what the store showed of it before and afterwards."""
    size, pieces = size_text(size_bytes), _pieces(proof)
    if not pieces:  # from before deletions were counted
        return size
    words = ngettext(
        "%(size)s, one piece in the store; nothing of it is left there.",
        "%(size)s, %(pieces)d pieces in the store; none of them is left there.",
        pieces,
    )
    return words % {"size": size, "pieces": pieces}


def _pieces(proof: QuerySet[Removal]) -> int:
    """Objects, and the segments that they consisted of."""
    removed = F("objects_removed") + F("segments_removed")
    pieces: int = proof.aggregate(pieces=Sum(removed, default=0))["pieces"]
    return pieces
