"""Leaves links in place of files."""

import os


def run(inputs, output):
    for path in inputs:
        os.symlink(str(path), str(output / path.name))
