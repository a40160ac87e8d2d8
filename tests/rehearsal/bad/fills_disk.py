"""Writes more than it may."""

import time


def run(inputs, output):
    with (output / "large").open("wb") as file:
        for _ in range(300):
            file.write(b"x" * 1_000_000)
            file.flush()
            time.sleep(0.01)
