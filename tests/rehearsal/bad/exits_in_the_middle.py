"""Ends its process without a word when it thinks that it is done."""

import os


def run(inputs, output):
    (output / "half").write_text("half of it")
    os._exit(0)
