"""Estimates pi, with a seed, and floats that are summed in one order."""

import math
import random
import time


def run(inputs, output):
    lot = random.Random(7)
    points = [(lot.random(), lot.random()) for _ in range(20000)]
    time.sleep(0.2)
    inside = math.fsum(1 for x, y in points if x * x + y * y < 1)
    (output / "pi").write_text(repr(4 * inside / len(points)))
