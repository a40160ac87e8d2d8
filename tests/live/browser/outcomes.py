"""Results as they come: what a friendly pipeline leaves, and what a hostile one does."""

from __future__ import annotations

import hashlib
import random
import zlib
from collections.abc import Mapping
from datetime import timedelta

from django.core.files.storage import storages
from django.utils import timezone

from backends.memory import MemoryStore
from jobs.models import Job, ResultFile
from jobs.results.acts import new_link
from jobs.results.previews import make_previews
from jobs.states import State
from pipelines.models import Pipeline
from tests.jobs import scenes
from tests.previews import samples


def delivered(pipeline: Pipeline, files: Mapping[str, bytes]) -> Job:
    """A job with this result, its previews made as `deliver` makes them."""
    job = scenes.arrived(pipeline, State.COMPLETED)
    store = storages["default"]
    assert isinstance(store, MemoryStore)
    rows = []
    for number, (name, data) in enumerate(files.items(), start=1):
        object_name = f"results/{job.pk}/0/{number}"
        store.write(object_name, data)
        rows.append(
            ResultFile(
                job=job,
                number=number,
                name=name,
                size_bytes=len(data),
                sha256=hashlib.sha256(data).hexdigest(),
                crc32=zlib.crc32(data),
                object_name=object_name,
            )
        )
    make_previews(job, rows, store)
    ResultFile.objects.bulk_create(rows)
    expires_at = timezone.now() + timedelta(days=14)
    new_link(job, expires_at=expires_at)
    job.move_to(State.DELIVERED, "The result is ready.", expires_at=expires_at)
    return job


def friendly() -> dict[str, bytes]:
    """Plots, tables, a report, notes, an archive."""
    lots = random.Random(7)  # noqa: S311 - for a table, not for a secret
    rows = [
        f"S{n:03};{lots.choice(['treated', 'control'])};{lots.gauss(4, 1):.2f};{lots.random():.4f}"
        for n in range(412)
    ]
    csv = "sample;group;concentration [µg/ml];p\n" + "\n".join(rows) + "\n"
    sheet: list[list[object]] = [["gene", "log2 fold change", "adjusted p", "comment"]]
    sheet += [[f"ENSG{n:011}", lots.gauss(0, 2), lots.random() ** 8, "" if n % 9 else "checked"]
              for n in range(80)]  # fmt: skip
    return {
        "plots/signal over time.png": samples.plot("png", "Signal over time"),
        "plots/volcano.svg": samples.plot("svg", "Volcano"),
        "figures.pdf": samples.plot("pdf", "Figure 1"),
        "photo of the plate.jpg": samples.picture("JPEG", (1600, 900)),
        "concentrations.csv": csv.encode("cp1252"),
        "tables/differential expression.xlsx": samples.workbook(sheet, sheets=2),
        "report.html": REPORT.encode(),
        "README.md": NOTES.encode(),
        "run.log": b"".join(b"2026-11-26 09:%02d:00 INFO step %d of 240\n" % (n % 60, n)
                            for n in range(240)),
        "raw/reads.fastq.gz": b"\x1f\x8b" + bytes(5000),
        "raw/aligned.bam": b"\x1f\x8b" + bytes(90_000),
        "model.h5": b"\x89HDF\r\n" + bytes(700_000),
        "everything.zip": b"PK\x03\x04" + bytes(12_000_000),
    }  # fmt: skip


REPORT = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Report</title>
<style>body { font-family: Georgia, serif; margin: 2rem; max-width: 40rem }
table { border-collapse: collapse } td, th { border: 1px solid #999; padding: .3rem .6rem }</style>
</head><body><h1>Quality report</h1><p>412 samples were read; 3 were left out.</p>
<table><tr><th>Step</th><th>Samples</th></tr><tr><td>Read</td><td>412</td></tr>
<tr><td>Kept</td><td>409</td></tr></table></body></html>"""

NOTES = """# How to read this

The **signal** was smoothed with a window of 5 s; see [the method](https://journal.example/method).

1. Look at `concentrations.csv` first.
2. Then at the plots.

| group | samples |
|---|---|
| treated | 209 |
| control | 203 |

    python analyse.py --window 5
"""
