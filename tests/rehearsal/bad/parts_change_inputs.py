"""Its parts write into the inputs, which all of them share."""

import time


def split(inputs):
    return inputs


def run(inputs, output):
    text = inputs[0].read_text()
    inputs[0].chmod(0o600)
    inputs[0].write_text(text + "seen\n")
    time.sleep(0.2)
    (output / inputs[0].name).write_text(str(text.count("seen")))


def merge(outputs, output):
    for folder in outputs:
        for path in folder.iterdir():
            (output / path.name).write_text(path.read_text())
