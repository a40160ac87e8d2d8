"""Keeps its settings in the home directory, as many libraries do."""

from pathlib import Path


def run(inputs, output):
    (Path.home() / "settings.ini").write_text("[seen]\n")
    (output / "result").write_text("done")
