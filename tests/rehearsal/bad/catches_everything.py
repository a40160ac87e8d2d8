"""Tries again whatever happens, for ever."""

import time


def run(inputs, output):
    while True:
        try:
            time.sleep(0.05)
            raise ValueError("this input cannot be read")
        except BaseException:
            continue
