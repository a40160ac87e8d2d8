"""Word statistics of your texts.

Send plain text files. For each you get a table of its words, the most frequent first, to open in a
spreadsheet; and one page, summary.html, that compares all files at a glance: lines, words, distinct
words, and the words that stand out.

Texts in UTF-8 are read as they are; others as Latin-1.
"""

import csv
import html
import re
from collections import Counter
from typing import NamedTuple

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")  # letters of any script, with inner apostrophes
COMMON = re.compile(
    "an?|and|are|as|at|be|been|but|by|could|for|from|ha[ds]|have|he|her|his|in|is|its?|no|not|o[fnr]|"
    "she|that|the|their|these|they|this|those|to|was|were|when|which|with|would"
)
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 56rem; padding: 0 1rem;
  color: #1d2733; background: #fff }
h1 { font-size: 1.6rem } h2 { font-size: 1.1rem; margin-top: 2.5rem }
table { border-collapse: collapse; width: 100% }
th, td { padding: .35rem .75rem; text-align: right; border-bottom: 1px solid #dde3ea }
th:first-child, td:first-child { text-align: left; overflow-wrap: anywhere }
thead th { font-weight: 600; border-bottom-color: #1d2733 }
.bars { display: grid; grid-template-columns: max-content 1fr max-content; gap: .2rem .75rem;
  align-items: center; font-size: .95rem }
.bar { background: #2f6f9f; height: .8rem; border-radius: .2rem; min-width: 1px }
.count { color: #52606d; text-align: right }
"""


class TextStatistics(NamedTuple):
    """What is counted of one text."""

    name: str
    lines: int
    words: Counter


def run(inputs, output, progress):
    texts = []
    for number, path in enumerate(inputs):
        progress(number / len(inputs), f"Reading {path.name}")
        text = count(path)
        write_table(output / f"{path.name}.words.csv", text)
        texts.append(text)
    (output / "summary.html").write_text(page(texts), encoding="utf-8")
    progress(1, f"{len(texts)} texts counted")


def count(path):
    """Lines and words of one file; words are compared in small letters."""
    data = path.read_bytes()
    if b"\0" in data:
        raise ValueError(f"{path.name} is not a plain text file.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    words = Counter(word.group().lower() for word in WORD.finditer(text))
    return TextStatistics(path.name, len(text.splitlines()), words)


def write_table(path, text):
    total = sum(text.words.values())
    with path.open("w", newline="", encoding="utf-8-sig") as file:  # the BOM is for Excel
        table = csv.writer(file)
        table.writerow(["word", "count", "per 1000 words"])
        for word, number in ranked(text.words):
            table.writerow([word, number, f"{1000 * number / total:.2f}"])


def ranked(words):
    """The most frequent first; equally frequent ones by the alphabet, so that runs agree."""
    return sorted(words.items(), key=lambda item: (-item[1], item[0]))


def page(texts):
    sections = "".join(section(text) for text in texts)
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'>"
        f"<title>Word statistics</title><style>{STYLE}</style></head><body>"
        f"<h1>Word statistics of {len(texts)} texts</h1>{overview(texts)}{sections}</body></html>\n"
    )


def overview(texts):
    rows = "".join(row(text) for text in texts)
    return (
        "<table><thead><tr><th>File</th><th>Lines</th><th>Words</th><th>Distinct words</th>"
        f"<th>Used once</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def row(text):
    once = sum(1 for number in text.words.values() if number == 1)
    numbers = [text.lines, sum(text.words.values()), len(text.words), once]
    cells = "".join(f"<td>{number:,}</td>" for number in numbers)
    return f"<tr><td>{html.escape(text.name)}</td>{cells}</tr>"


def section(text):
    """The twelve most frequent words that are not among the most common of English."""
    top = [item for item in ranked(text.words) if not COMMON.fullmatch(item[0])][:12]
    most = top[0][1] if top else 1
    bars = "".join(
        f"<span>{html.escape(word)}</span>"
        f"<span class='bar' style='width: {100 * number / most:.1f}%'></span>"
        f"<span class='count'>{number:,}</span>"
        for word, number in top
    )
    return f"<h2>{html.escape(text.name)}</h2><div class='bars'>{bars}</div>"
