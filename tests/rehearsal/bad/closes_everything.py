"""Closes every file that it has not opened itself, and says nothing any more."""

import os
import time


def run(inputs, output):
    os.closerange(0, 256)
    time.sleep(0.3)
    (output / "result").write_text(str(time.time()))
