"""Works on each file by itself."""

import time


def split(inputs):
    return inputs


def run(inputs, output):
    time.sleep(0.15)
    for path in inputs:
        (output / path.name).write_text(path.read_text().upper())


def merge(outputs, output):
    texts = [path.read_text() for folder in outputs for path in sorted(folder.iterdir())]
    (output / "all").write_text("\n".join(texts))
