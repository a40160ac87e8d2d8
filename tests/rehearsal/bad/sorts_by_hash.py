"""Writes a set as it comes, in another order in each process."""

import time


def run(inputs, output):
    time.sleep(0.3)
    (output / "words").write_text("\n".join({f"word {number}" for number in range(50)}))
