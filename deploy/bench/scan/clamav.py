"""clamd fed in our chunks of a mebibyte, and in chunks of 1 KiB as Python's usual clients do.

    python -m deploy.bench.scan.clamav

Both over the socket in the file system, on the same bytes, by turns; the best of some rounds each,
for whatever else runs on the machine only slows them down. The signatures are two: with the
official ones clamd itself is several times slower, and the chunks matter less.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from backends.clamav import CHUNK_BYTES, CLEAN, Clamd
from deploy.testbed.clamd import own_clamd

SIZE_BYTES = 128 * 2**20
NAIVE_CHUNK_BYTES = 2**10
ROUNDS = 3
TIMEOUT_S = 300
SEED = 5


def clamd_figures(size_bytes: int = SIZE_BYTES, rounds: int = ROUNDS) -> Mapping[str, float]:
    """MB/s either way and their ratio, by their names in the JSON line.

    `PartError` if clamd is not installed or does not start.
    """
    data = random.Random(SEED).randbytes(size_bytes)  # noqa: S311 - no secret
    chunks = (CHUNK_BYTES, NAIVE_CHUNK_BYTES)
    with tempfile.TemporaryDirectory() as folder, own_clamd(Path(folder)) as part:
        clamd = Clamd(str(part.describe().socket), timeout_s=TIMEOUT_S)
        pairs = [[_took_s(clamd, data, each) for each in chunks] for _ in range(rounds)]
    ours_s, naive_s = (min(times) for times in zip(*pairs, strict=True))
    return {
        "clamd_mb_per_s": round(size_bytes / ours_s / 1e6, 1),
        "clamd_naive_mb_per_s": round(size_bytes / naive_s / 1e6, 1),
        "speedup_clamd": round(naive_s / ours_s, 2),
    }


def _took_s(clamd: Clamd, data: bytes, chunk_bytes: int) -> float:
    began = time.perf_counter()
    verdict = clamd.instream(_cut(data, chunk_bytes))
    if verdict != CLEAN:
        raise RuntimeError(f"clamd said {verdict}")
    return time.perf_counter() - began


def _cut(data: bytes, chunk_bytes: int) -> Iterator[bytes]:
    for at in range(0, len(data), chunk_bytes):
        yield data[at : at + chunk_bytes]


if __name__ == "__main__":
    print(json.dumps(clamd_figures()))
