"""Ends its helpers by killing all of its process group, itself and the node's program too."""

import os
import signal


def run(inputs, output):
    (output / "result").write_text("done")
    os.killpg(0, signal.SIGKILL)
