"""Makes what the result's page shows of its files, before the link to it is given out.

It costs a delivery at most `BOUND_S`, and the time-out of the store if that goes away meanwhile;
and whatever happens, the result is delivered: what has no preview is only a row to download.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from django.conf import settings

from backends.base import BackendError, Store
from jobs.jobfile import results_prefix
from jobs.models import Job, ResultFile
from jobs.results.names import natural_key
from previews.forms import is_picture, promise
from previews.kinds import Preview
from previews.process import preview_of

log = logging.getLogger(__name__)
BOUND_S = 20.0


def preview_name(job: Job, number: int) -> str:
    """The object of a file's preview: below the job's prefix, so that it goes with the result."""
    return f"{results_prefix(job)}preview/{number}"


def make_previews(job: Job, files: Sequence[ResultFile], store: Store) -> None:
    """Store previews of as many files as may have one, and describe each in its `preview`.

    The rows are not saved. Can be repeated: the same file gives the same preview.
    """
    until_s = time.monotonic() + BOUND_S
    try:
        for file in _most_promising(files):
            if time.monotonic() >= until_s:
                return
            _make(job, file, store, until_s)
    except BackendError as error:
        log.warning("%s has not all its previews: %s", job.short_id, error.message)
    except Exception:  # a bug in what is no more than an ornament to a delivery; the log has it
        log.exception("%s has not all its previews.", job.short_id)


def _most_promising(files: Sequence[ResultFile]) -> list[ResultFile]:
    """In the order in which they are made. Pictures leave a third to others, if these are there."""
    promising = sorted((one for one in files if _promise(one)), key=_rank)
    pictures = [file for file in promising if is_picture(file.name)]
    others = [file for file in promising if not is_picture(file.name)]
    room = max(settings.PREVIEWS * 2 // 3, settings.PREVIEWS - len(others))
    return sorted([*pictures[:room], *others][: settings.PREVIEWS], key=_rank)


def _rank(file: ResultFile) -> tuple[int, bool, list[str | int]]:
    """A picture takes longer than what is as worth a look: it is made later."""
    return (-_promise(file), is_picture(file.name), natural_key(file.name))


def _promise(file: ResultFile) -> int:
    return promise(file.name, file.size_bytes)


def _make(job: Job, file: ResultFile, store: Store, until_s: float) -> None:
    with store.stream(file.object_name) as chunks:
        preview = preview_of(file.name, file.size_bytes, chunks, until_s=until_s)
    if preview:
        store.write(preview_name(job, file.number), preview.data)
        file.preview |= _description(preview)


def _description(preview: Preview) -> dict[str, object]:
    return {"kind": preview.kind.value, "size_bytes": len(preview.data), **preview.facts}
