"""Saves each state under a name of its own and removes none."""

import time


def run(inputs, output, checkpoint):
    for number in range(300):
        checkpoint.save(f"state.{number}", bytes(1_000_000))
        time.sleep(0.01)
    (output / "result").write_text("done")
