"""Leaves a large result."""

import hashlib
import time


def run(inputs, output):
    block = hashlib.sha256(b"seed").digest() * 32768
    with (output / "large.bin").open("wb") as file:
        for _ in range(25):
            file.write(block)
            time.sleep(0.01)
