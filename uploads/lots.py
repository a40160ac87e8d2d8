"""Many files of one upload at once, so that thousands of small ones cost a handful of calls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction

from backends.base import PartLimits, Store
from uploads import parts
from uploads.models import Upload, UploadedFile, UploadedPart

FIRST_URLS = 16
# Files of several parts cost the store two requests each: the others are asked for again.
LARGE_AT_ONCE = 20
LISTED_FROM = 8  # so many small files are looked up by one listing, fewer one by one
# A form takes files of any name below the upload: it is good for less long than a part's URL.
FORM_FILES = 100
FORM_BYTES = 2**20
FORM_GOOD_FOR_S = 900


@dataclass
class Opened:
    """Where one file stands."""

    file: UploadedFile
    cut: parts.Plan
    have: list[int] = field(default_factory=list)
    urls: dict[int, str] = field(default_factory=dict)

    def as_json(self, proved: Sequence[int]) -> dict[str, Any]:
        """As docs/uploads.md describes it."""
        return {
            "part_bytes": self.cut.part_bytes,
            "parts": self.cut.count,
            "done": self.file.completed_at is not None,
            "have": self.have,
            "proved": list(proved),
            "urls": self.urls,
        }


def open_files(files: Sequence[UploadedFile], *, store: Store) -> list[Opened]:
    """Where these files stand, with URLs for the first parts that are missing.

    Of files of several parts only the first 20 are in the answer.
    """
    small, large = _by_size(files, store.limits())
    by_parts = [_open_by_parts(file, store) for file in large[:LARGE_AT_ONCE]]
    opened = [*_open_small(small, store), *by_parts]
    for one in opened:
        if not one.file.completed_at:
            stored = set(one.have)
            missing = [n for n in range(1, one.cut.count + 1) if n not in stored]
            one.urls = parts.sign(one.file, one.cut, missing[:FIRST_URLS], store=store)
    return opened


def _by_size(
    files: Sequence[UploadedFile], limits: PartLimits
) -> tuple[list[UploadedFile], list[UploadedFile]]:
    """Those that are sent as one object, and those that are sent by several parts."""
    small: list[UploadedFile] = []
    large: list[UploadedFile] = []
    for file in files:
        is_small = file.parts_key == parts.WHOLE or (
            not file.parts_key and parts.plan(file.size_bytes, limits).count == 1
        )
        (small if is_small else large).append(file)
    return small, large


def _open_small(files: Sequence[UploadedFile], store: Store) -> list[Opened]:
    limits = store.limits()
    known = [file for file in files if file.parts_key and not file.completed_at]
    _begin_whole([file for file in files if not file.parts_key], limits)
    stored = {file.pk for file in _stored(known, store)}
    return [
        Opened(file, parts.cut_of(file, limits), have=[1] if file.pk in stored else [])
        for file in files
    ]


def _begin_whole(files: Sequence[UploadedFile], limits: PartLimits) -> None:
    """Open them, by one UPDATE for all: each is one part, which the largest cut has room for."""
    part_bytes = max((parts.plan(f.size_bytes, limits).part_bytes for f in files), default=0)
    for file in files:
        file.parts_key, file.part_bytes = parts.WHOLE, part_bytes
    unopened = UploadedFile.objects.filter(pk__in=[file.pk for file in files], parts_key="")
    unopened.update(parts_key=parts.WHOLE, part_bytes=part_bytes)


def _open_by_parts(file: UploadedFile, store: Store) -> Opened:
    was_begun = bool(file.parts_key)
    parts.begin(file, store=store)
    cut = parts.cut_of(file, store.limits())
    if file.completed_at:
        return Opened(file, cut)
    stored = parts.have(file, cut, store=store) if was_begun else []
    if was_begun and not stored:
        _make_sure(file, store)
    return Opened(file, cut, have=[part.number for part in stored])


def _make_sure(file: UploadedFile, store: Store) -> None:
    """No part of it is stored: it was completed, by a request whose answer was lost, or dropped."""
    if parts.is_stored(file, store):
        parts.note_complete([file])
        file.refresh_from_db()
    elif not store.takes_parts(file.object_name, file.parts_key):
        parts.begin_again(file, store=store)


def sign_parts(
    files: Iterable[UploadedFile], wanted: Mapping[int, Sequence[int]], *, store: Store
) -> dict[int, dict[int, str]]:
    """Signed URLs for the parts that are wanted of these files, by the files' numbers."""
    limits = store.limits()
    return {
        file.number: parts.sign(file, parts.cut_of(file, limits), wanted[file.number], store=store)
        for file in files
        if file.number in wanted
    }


def _stored(files: Sequence[UploadedFile], store: Store) -> list[UploadedFile]:
    """Those of these small files that are in the store with their right size."""
    if len(files) < LISTED_FROM:
        return [file for file in files if parts.is_stored(file, store)]
    prefix = f"uploads/{files[0].upload_id}/"
    sizes = {stored.name: stored.size_bytes for stored in store.list_objects(prefix)}
    # Swift's listings may lag behind what is stored: only their yes is believed.
    return [
        file
        for file in files
        if sizes.get(file.object_name) == file.size_bytes or parts.is_stored(file, store)
    ]


def complete_files(
    files: Sequence[UploadedFile], *, store: Store
) -> tuple[list[int], dict[int, list[int]]]:
    """Complete what is all there: the numbers of files that are, and by file what parts miss.

    Of files of several parts only the first 20 are in the answer.
    """
    done = [file.number for file in files if file.completed_at]
    small, large = _by_size([file for file in files if not file.completed_at], store.limits())
    stored = _stored(small, store)
    parts.note_complete(stored)
    there = {file.pk for file in stored}
    missing = {file.number: [1] for file in small if file.pk not in there}
    missing |= {f.number: parts.complete(f, store=store) for f in large[:LARGE_AT_ONCE]}
    done += [file.number for file in stored]
    done += [number for number, lacking in missing.items() if not lacking]
    return done, {number: lacking for number, lacking in missing.items() if lacking}


def form_of(upload: Upload, *, store: Store) -> dict[str, Any] | None:
    """The form by which many small files may be sent at once, as docs/uploads.md describes it."""
    good_for_s = min(FORM_GOOD_FOR_S, settings.UPLOAD_URLS_S)
    form = store.sign_form(
        f"uploads/{upload.pk}/", max_files=FORM_FILES, max_bytes=FORM_BYTES, expires_s=good_for_s
    )
    if form is None:
        return None
    return {
        "url": form.url,
        "fields": dict(form.fields),
        "max_files": form.max_files,
        "max_bytes": form.max_bytes,
        "good_for_s": good_for_s,
    }


# --- what the sender says of its parts --------------------------------------------------------


def note_proofs(
    files: Iterable[UploadedFile], sums: Mapping[int, Mapping[int, str]], limits: PartLimits
) -> None:
    """Keep the sender's SHA-256 sums, by file and part; a later one replaces an earlier one."""
    rows = [
        UploadedPart(file=file, number=number, sha256=sha256)
        for file in files
        for number, sha256 in sums.get(file.number, {}).items()
        if 1 <= number <= parts.cut_of(file, limits).count
    ]
    UploadedPart.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["file", "number"], update_fields=["sha256"]
    )


def proved(files: Iterable[UploadedFile]) -> dict[int, list[int]]:
    """The parts whose sum is known, by the number of their file."""
    rows = UploadedPart.objects.filter(file__in=[file.pk for file in files])
    found: dict[int, list[int]] = defaultdict(list)
    for file_number, number in rows.values_list("file__number", "number"):
        found[file_number].append(number)
    return found


# --- taking files out -------------------------------------------------------------------------


class Closed(Exception):
    """The upload was handed over, or is over."""


class NothingLeft(Exception):
    """Without these files it would be no upload."""


def take_out(upload: Upload, numbers: Sequence[int]) -> list[UploadedFile]:
    """Make these files no part of the upload any more; their bytes are still to be removed.

    `NothingLeft` if there are no others, `Closed` if it was handed over meanwhile.
    """
    with transaction.atomic():
        if Upload.objects.select_for_update().get(pk=upload.pk).closed_at:
            raise Closed
        files = list(upload.files.filter(number__in=numbers))
        if files and not upload.files.exclude(number__in=numbers).exists():
            raise NothingLeft
        upload.files.filter(pk__in=[file.pk for file in files]).delete()
    return files
