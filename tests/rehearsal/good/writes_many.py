"""Leaves more files than are stored one by one."""

import time


def run(inputs, output):
    for number in range(150):
        (output / f"row {number}.txt").write_text(str(number))
        time.sleep(0.002)
