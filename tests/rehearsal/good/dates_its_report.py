"""Dates its report, and says itself what counts as equal."""

import time


def run(inputs, output):
    time.sleep(0.3)
    (output / "report.txt").write_text(f"words: 2\nmade at {time.time()}\n")


def compare(first, second):
    one, other = [(each / "report.txt").read_text().splitlines()[0] for each in (first, second)]
    return one == other or f"{one!r} became {other!r}"
