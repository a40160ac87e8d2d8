"""Computes in several processes."""

import multiprocessing
import time


def square(number):
    time.sleep(0.02)
    return number * number


def run(inputs, output):
    with multiprocessing.Pool(2) as pool:
        (output / "squares").write_text(str(pool.map(square, range(16))))
