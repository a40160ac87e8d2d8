"""What the result's page shows: pictures, papers to read, and the other files by their folders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, Sum

from jobs.jobfile import MAX_RESULTS
from jobs.models import Job, ResultFile
from jobs.results.ends import packed_files_of
from jobs.results.names import natural_key
from jobs.results.packed import Inside
from jobs.wording import paragraphs
from previews.forms import is_notes, promise
from previews.kinds import Kind

MOST_ROWS = 300
_PICTURES = (Kind.PICTURE.value, Kind.SVG.value, Kind.PDF.value)
_REPORTS = (Kind.HTML.value, Kind.MARKDOWN.value)


@dataclass(frozen=True)
class ShownFile:
    """One file on the page: of the result, or in the ZIP that the node has made of it."""

    row: ResultFile
    inside: Inside | None = None

    @property
    def whole_name(self) -> str:
        """With its folders; data."""
        return self.inside.name if self.inside else self.row.name

    @property
    def size_bytes(self) -> int:
        """Unpacked."""
        return self.inside.size_bytes if self.inside else self.row.size_bytes

    @property
    def preview(self) -> dict[str, Any]:
        """What is known of its preview; {} if it has none."""
        return self.inside.preview if self.inside else self.row.preview

    @property
    def kind(self) -> str:
        """The kind of its preview, a value of `Kind`; "" if it has none."""
        return str(self.preview.get("kind", ""))

    @property
    def is_picture(self) -> bool:
        """Its preview is shown as a picture is."""
        return self.kind in _PICTURES

    @property
    def is_report(self) -> bool:
        """It is to be read first: it tells of the others."""
        is_notes_text = self.kind == Kind.TEXT.value and is_notes(self.whole_name)
        return self.kind in _REPORTS or is_notes_text

    @property
    def folder(self) -> str:
        """The folders that it lies in, "" or with a slash at the end; to be shown, no path."""
        return self.whole_name[: len(self.whole_name) - len(self.name)]

    @property
    def name(self) -> str:
        """Its name without the folders."""
        return self.whole_name.rsplit("/", 1)[-1] or self.whole_name


@dataclass(frozen=True)
class ShownResult:
    """All of the page; `count` and `size_bytes` are of all files, shown or not."""

    about: str  # what it is, in a paragraph
    count: int
    size_bytes: int
    packed_files: int | None  # in the one ZIP, if the node has made one of them
    packed: ShownFile | None  # that ZIP, if the others here are of what is in it
    reports: Sequence[ShownFile]  # and what tells how to read the rest
    pictures: Sequence[ShownFile]
    papers: Sequence[ShownFile]  # tables and texts
    others: Sequence[ShownFile]

    @property
    def most_single(self) -> int:
        """Of more files than these a ZIP is made."""
        return MAX_RESULTS

    @property
    def shown(self) -> int:
        """How many files have a place on the page."""
        return sum(map(len, (self.reports, self.pictures, self.papers, self.others)))

    @property
    def is_partly_shown(self) -> bool:
        """Others are made to be looked at, too, but were too many, or too large."""
        has_some = self.reports or self.pictures or self.papers
        return bool(has_some) and any(
            promise(one.whole_name, one.size_bytes) == 2 for one in self.others
        )

    @property
    def more_packed(self) -> int:
        """How many files in the ZIP have no place on the page."""
        return (self.packed_files or 0) - self.shown if self.packed else 0


def shown_result(job: Job) -> ShownResult:
    """The first files, and whatever else has a preview."""
    whole = job.results.aggregate(size_bytes=Sum("size_bytes", default=0))
    rows = list(job.results.filter(Q(number__lte=MOST_ROWS) | ~Q(preview={})))
    packed = next((row for row in rows if row.preview.get("inside")), None)
    shown = (
        [ShownFile(packed, one) for one in Inside.of(packed)] if packed else map(ShownFile, rows)
    )
    files = sorted(shown, key=lambda file: natural_key(file.whole_name))
    reports = [file for file in files if file.is_report]
    papers = [file for file in files if file.kind and not file.is_picture and not file.is_report]
    return ShownResult(
        about=_about(job),
        count=job.results.count(),
        size_bytes=whole["size_bytes"],
        packed_files=packed_files_of(job),
        packed=ShownFile(packed) if packed else None,
        reports=reports,
        pictures=[file for file in files if file.is_picture],
        papers=papers,
        others=sorted(
            (file for file in files if not file.kind),
            key=lambda file: (natural_key(file.folder), file.folder),
        ),
    )


def _about(job: Job) -> str:
    """How the pipeline's page begins, or else the code that ran."""
    return next(iter(paragraphs(job.pipeline.description or job.code.docstring)), "")
