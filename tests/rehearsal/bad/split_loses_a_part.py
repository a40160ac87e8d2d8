"""Its split() forgets the last input."""

import time


def split(inputs):
    return inputs[:-1]


def run(inputs, output):
    time.sleep(0.2)
    for path in inputs:
        (output / path.name).write_text(path.read_text().upper())


def merge(outputs, output):
    for folder in outputs:
        for path in folder.iterdir():
            (output / path.name).write_text(path.read_text())
