"""Kills the process that started it."""

import os
import signal


def run(inputs, output):
    (output / "result").write_text("done")
    os.kill(os.getppid(), signal.SIGKILL)
