"""Keeps a number in its own file."""

import time
from pathlib import Path


def run(inputs, output):
    own = Path(__file__)
    own.write_text(own.read_text() + "# once more\n")
    time.sleep(0.3)
    (output / "result").write_text("done")
