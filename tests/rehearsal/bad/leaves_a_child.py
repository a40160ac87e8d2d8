"""Does not wait for the program that it starts."""

import subprocess


def run(inputs, output):
    subprocess.Popen(["sleep", "1000"])
    (output / "result").write_text("done")
