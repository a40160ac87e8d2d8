"""Lets another program do the work, and looks whether it did."""

import subprocess


def run(inputs, output):
    for path in inputs:
        with (output / path.name).open("wb") as file:
            subprocess.run(["sort", str(path)], stdout=file, check=True)
    subprocess.run(["sleep", "0.3"], check=True)
