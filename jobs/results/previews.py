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
from previews.forms import promise
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
    promises = [(-promise(file.name, file.size_bytes), file.number, file) for file in files]
    promising = sorted(one for one in promises if one[0])
    return [file for _, _, file in promising[: settings.PREVIEWS]]


def _make(job: Job, file: ResultFile, store: Store, until_s: float) -> None:
    with store.stream(file.object_name) as chunks:
        preview = preview_of(file.name, file.size_bytes, chunks, until_s=until_s)
    if preview:
        store.write(preview_name(job, file.number), preview.data)
        file.preview = _description(preview)


def _description(preview: Preview) -> dict[str, object]:
    return {"kind": preview.kind.value, "size_bytes": len(preview.data), **preview.facts}
