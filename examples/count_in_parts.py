"""How often each word occurs in your texts, however large they are.

Send plain text files. You get one table, words.csv, to open in a spreadsheet: the words of all
files together, the most frequent first.

The texts are cut into pieces that many computers count at the same time. Texts in UTF-8 are read as
they are; what is none is shown with the sign �.
"""

import csv
import json
import re
from collections import Counter

PIECE_BYTES = 4 * 1024 * 1024  # counted in a second or two: little to lose, and little to start
MOST_PIECES = 900  # the site takes 1,000 parts
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")  # letters of any script, with inner apostrophes


def split(inputs, output):
    """Cut the texts at the ends of lines. Each piece is a file that keeps its text's name."""
    size = max(PIECE_BYTES, sum(path.stat().st_size for path in inputs) // MOST_PIECES + 1)
    parts = []
    for path in inputs:
        for piece in pieces(path, size):
            folder = output / f"{len(parts):04}"
            folder.mkdir()
            (folder / path.name).write_bytes(piece)
            parts.append(folder / path.name)
    return parts


def pieces(path, size):
    """The lines of one file, so many bytes at a time; an empty file is one empty piece."""
    with path.open("rb") as file:
        yield b"".join(file.readlines(size))
        for lines in iter(lambda: file.readlines(size), []):
            yield b"".join(lines)


def run(inputs, output):
    """Count one piece."""
    for path in inputs:
        data = path.read_bytes()
        if b"\0" in data:
            raise ValueError(f"{path.name} is not a plain text file.")
        text = data.decode("utf-8", errors="replace").lower()
        words = Counter(word.group() for word in WORD.finditer(text))
        (output / "words.json").write_text(json.dumps(words))


def merge(outputs, output):
    """Add it all up: `outputs` are the output directories of the parts, in their order."""
    words = Counter()
    for folder in outputs:
        words.update(json.loads((folder / "words.json").read_text()))
    with (output / "words.csv").open("w", newline="", encoding="utf-8-sig") as file:
        table = csv.writer(file)
        table.writerow(["word", "count"])
        table.writerows(sorted(words.items(), key=lambda item: (-item[1], item[0])))
