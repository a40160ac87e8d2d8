"""Takes a line of its input, with all that is in it, for a file's name."""


def run(inputs, output):
    (output / "first\nsecond\x07").write_text("done")
