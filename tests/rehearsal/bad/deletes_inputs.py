"""Removes each input when it has read it: the next start would find none."""

import time


def run(inputs, output):
    for path in inputs:
        (output / path.name).write_text(path.read_text().upper())
        path.unlink()
        time.sleep(0.2)
