"""Everything that came of a job, as one archive: its results, their checksums, the run record."""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import dataclass
from itertools import starmap

from django.db.models import Count, Q, Sum

from jobs.models import Job, ResultFile
from jobs.results.archive.plan import Archive, File
from jobs.results.archive.zip_format import Entry
from jobs.results.names import OURS, archive_paths
from jobs.results.record.crate import crate_json
from jobs.status_page.receipt import checksum_line


@dataclass(frozen=True)
class Offer:
    """What is handed over in one, without what we add."""

    count: int
    size_bytes: int


def offer_of_all(job: Job) -> Offer | None:
    """What the page's button says; None where there is one file only, or one without a CRC-32."""
    told = job.results.aggregate(
        count=Count("pk"), size_bytes=Sum("size_bytes", default=0),
        unsummed=Count("pk", filter=Q(crc32=None)),
    )  # fmt: skip
    if told["count"] < 2 or told["unsummed"]:
        return None
    return Offer(told["count"], told["size_bytes"])


def archive_of(job: Job) -> Archive:
    """All in one folder: results, then what we add, so that a change of it moves no result."""
    results = list(job.results.all())
    sums_path, record_path, *paths = archive_paths([*OURS, *(result.name for result in results)])
    record = json.dumps(crate_json(job), indent=1).encode()
    summed = [(result.sha256, path) for result, path in zip(results, paths, strict=True)]
    summed.append((hashlib.sha256(record).hexdigest(), record_path))
    sums = "".join(starmap(checksum_line, summed)).encode()
    files = [_stored(job, path, result) for path, result in zip(paths, results, strict=True)]
    return Archive([*files, _own(job, record_path, record), _own(job, sums_path, sums)])


def archive_name(job: Job) -> str:
    """Of its one folder, and of the file with ".zip"."""
    return f"{job.pipeline.slug}-{job.short_id}"


def _stored(job: Job, path: str, result: ResultFile) -> File:
    # Without a CRC-32 nothing was offered; what is asked for all the same breaks off.
    entry = _entry(job, path, result.size_bytes, result.crc32 or 0)
    return File(entry, sha256=result.sha256, object_name=result.object_name)


def _own(job: Job, path: str, data: bytes) -> File:
    return File(_entry(job, path, len(data), zlib.crc32(data)), data=data)


def _entry(job: Job, path: str, size_bytes: int, crc32: int) -> Entry:
    delivered_at = job.ended_at or job.changed_at
    return Entry(f"{archive_name(job)}/{path}", size_bytes, crc32, delivered_at)
