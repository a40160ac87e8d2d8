"""Draws random numbers without a seed."""

import random
import time


def run(inputs, output):
    time.sleep(0.3)
    (output / "sample").write_text(str(random.random()))
