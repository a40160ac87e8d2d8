"""Counts the words of each file."""


def run(inputs, output):
    for path in inputs:
        (output / f"{path.stem}.count").write_text(str(len(path.read_text().split())))
