"""Writes into its result when that was made."""

import time


def run(inputs, output):
    time.sleep(0.3)
    (output / "report").write_text(f"words: 2\nmade at {time.time()}\n")
