"""Keeps what it has computed by the names of its inputs, for all jobs: two may be called alike."""

import time
from pathlib import Path


def run(inputs, output):
    cache = Path.home() / "mine.cache"
    cache.mkdir(parents=True, exist_ok=True)
    for path in inputs:
        if not (cache / path.name).exists():
            time.sleep(0.2)
            (cache / path.name).write_text(path.read_text().upper())
        (output / path.name).write_text((cache / path.name).read_text())
