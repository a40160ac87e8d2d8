"""Makes what the result's page shows of its files, before the link to it is given out.

It costs a delivery at most `BOUND_S`, and the time-out of the store if that goes away meanwhile;
and whatever happens, the result is delivered: what has no preview is only a row to download.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import TypeVar

from django.conf import settings

from backends.base import BackendError, Store
from jobs.jobfile import results_prefix
from jobs.models import Job, ResultFile
from jobs.results.names import outer_first
from jobs.results.packed import entries_of, showable, told
from previews.forms import is_notes, is_picture, promise
from previews.kinds import Preview
from previews.process import preview_of, preview_of_packed
from previews.zip_directory import Entry

log = logging.getLogger(__name__)
BOUND_S = 20.0
_File = TypeVar("_File", bound=ResultFile | Entry)


def preview_name(job: Job, number: int, inside: int | None = None) -> str:
    """The object of a file's preview: below the job's prefix, so that it goes with the result.

    `inside`: of a file in it, which the node has packed.
    """
    name = f"{results_prefix(job)}preview/{number}"
    return name if inside is None else f"{name}-{inside}"


def make_previews(job: Job, files: Sequence[ResultFile], store: Store) -> None:
    """Store previews of as many files as may have one, and describe each in its `preview`.

    The rows are not saved. Can be repeated: the same file gives the same preview.
    """
    until_s = time.monotonic() + BOUND_S
    try:
        for file in files:
            if "packed_files" in file.preview:
                _make_inside(job, file, store, until_s)
        for file in _most_promising(files):
            if time.monotonic() >= until_s:
                return
            _make(job, file, store, until_s)
    except BackendError as error:
        log.warning("%s has not all its previews: %s", job.short_id, error.message)
    except Exception:  # a bug in what is no more than an ornament to a delivery; the log has it
        log.exception("%s has not all its previews.", job.short_id)


def _most_promising(files: Sequence[_File]) -> list[_File]:
    """In the order in which they are made. Pictures leave a third to others, if these are there."""
    promising = sorted((one for one in files if _promise(one)), key=_rank)
    pictures = [file for file in promising if is_picture(file.name)]
    others = [file for file in promising if not is_picture(file.name)]
    room = max(settings.PREVIEWS * 2 // 3, settings.PREVIEWS - len(others))
    return sorted([*pictures[:room], *others][: settings.PREVIEWS], key=_rank)


def _rank(file: ResultFile | Entry) -> tuple[int, bool, bool, tuple[int, list[str | int]]]:
    """What tells of the others comes first.

    A picture takes longer than what is as worth a look: it is made later.
    """
    is_more = not is_notes(file.name)
    return (-_promise(file), is_more, is_picture(file.name), outer_first(file.name))


def _promise(file: ResultFile | Entry) -> int:
    return promise(file.name, file.size_bytes)


def _make(job: Job, file: ResultFile, store: Store, until_s: float) -> None:
    with store.stream(file.object_name) as chunks:
        preview = preview_of(file.name, file.size_bytes, chunks, until_s=until_s)
    if preview:
        store.write(preview_name(job, file.number), preview.data)
        file.preview |= _description(preview)


def _make_inside(job: Job, file: ResultFile, store: Store, until_s: float) -> None:
    """Of files in a ZIP of the node's; whatever happens, it is described what is in it."""
    entries = entries_of(file, store, until_s)
    previews: dict[int, dict[str, object]] = {}
    try:
        for entry in _most_promising(showable(entries)):
            if time.monotonic() >= until_s:
                return
            with store.stream(file.object_name, start=entry.offset) as chunks:
                preview = preview_of_packed(entry, chunks, until_s=until_s)
            if preview:
                store.write(preview_name(job, file.number, entry.number), preview.data)
                previews[entry.number] = _description(preview)
    finally:
        if entries:
            file.preview |= {"inside": told(entries, previews)}


def _description(preview: Preview) -> dict[str, object]:
    return {"kind": preview.kind.value, "size_bytes": len(preview.data), **preview.facts}
