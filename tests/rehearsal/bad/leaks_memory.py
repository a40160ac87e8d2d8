"""Keeps all that it has ever seen in memory."""

import time


def run(inputs, output):
    seen = []
    while True:
        if len(seen) < 1000:  # more could be too much for who tries this
            seen.append(b"x" * 1_000_000)
        time.sleep(0.001)
