"""Keeps all that it has ever seen in memory."""

import time


def run(inputs, output):
    seen = []
    while len(seen) < 3000:
        seen.append(b"x" * 1_000_000)
        time.sleep(0.001)
    (output / "n").write_text(str(len(seen)))
