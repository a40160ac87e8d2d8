"""Saves its state after each unit, and goes on from there."""

import json
import time


def run(inputs, output, progress, checkpoint):
    done = json.loads(checkpoint.load("done.json", b"[]"))
    for number in range(len(done), 10):
        time.sleep(0.06)
        done.append(number * number)
        checkpoint.save("done.json", json.dumps(done))
        progress(len(done) / 10)
    (output / "squares.json").write_text(json.dumps(done))
