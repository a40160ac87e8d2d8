"""The receipt: what was received with a job. It is read from rows, which stay when files go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet, Sum

from jobs.models import Job, Transition
from jobs.models.letter import BEFORE_SUMS
from jobs.states import State
from uploads.models import UploadedFile

# As GNU coreutils escapes names; a line with one of these begins with a backslash.
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", "\r": r"\r"})


@dataclass(frozen=True)
class Receipt:
    """What is known of an upload that was handed over; counts are of files."""

    received_at: datetime
    files: QuerySet[UploadedFile]
    count: int
    size_bytes: int
    summed: int
    proved: int
    is_being_summed: bool
    is_damaged: bool

    @property
    def is_proved(self) -> bool:
        """All that is stored is what the sender's computer read."""
        return self.proved == self.count


def receipt_of(job: Job) -> Receipt | None:
    """The job's receipt; None if its files were never handed over."""
    if not job.transitions.filter(new=State.UPLOADED).exists():
        return None
    # They were received once, whatever runs on them again.
    arrivals = Transition.objects.filter(job__upload=job.upload_id, new=State.UPLOADED)
    files = job.upload.files.all()
    counts = files.aggregate(
        count=Count("pk"),
        size_bytes=Sum("size_bytes", default=0),
        summed=Count("pk", filter=~Q(sha256="")),
        proved=Count("pk", filter=Q(verified_at__isnull=False)),
    )
    return Receipt(
        received_at=arrivals.earliest("at").at,
        files=files,
        is_being_summed=State(job.state) in BEFORE_SUMS,
        # Of what the check reads whole it notes the sum, but for a file that is damaged.
        is_damaged=job.state == State.REJECTED and counts["summed"] < counts["count"],
        **counts,
    )


def checksums_name(job: Job) -> str:
    """What a browser calls the file of checksums when it keeps it."""
    return f"receipt-{job.short_id}.sha256"


def names_recur(job: Job) -> bool:
    """Whether two of the job's files have one name, folder and all."""
    files = job.upload.files
    return files.count() > files.order_by().values("name").distinct().count()


def checksum_lines(files: Sequence[UploadedFile]) -> list[str]:
    """A file for `sha256sum -c`; files without a sum are left out.

    It has the sender's own names, but for those that recur: by them nobody could tell the files
    apart, so these have the names under which they were passed on.
    """
    names = _told_apart(files)
    named = zip(files, names, strict=True)
    return [checksum_line(file.sha256, name) for file, name in named if file.sha256]


def _told_apart(files: Sequence[UploadedFile]) -> list[str]:
    times = Counter(file.name for file in files)
    names = [file.name if times[file.name] == 1 else file.node_name for file in files]
    # One that was passed on as what another is called by its sender: only the node's all differ.
    is_clear = len(set(names)) == len(names)
    return names if is_clear else [file.node_name for file in files]


def checksum_line(sha256: str, name: str) -> str:
    """One line of it, as GNU coreutils and Perl's shasum read it."""
    name = "./-" if name == "-" else name  # alone it stands for what is typed in
    escaped = name.translate(_ESCAPES)
    mark = "\\" if escaped != name else ""
    return f"{mark}{sha256}  {escaped}\n"
