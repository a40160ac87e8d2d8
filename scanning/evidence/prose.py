"""Whether a text is written for people, in sentences, or holds data."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*[,.;:!?)\"']*")
_MIN_WORDS = 5
_MIN_WORD_SHARE = 0.7  # of what stands between spaces on a line
_MIN_LOWER_SHARE = 0.5  # headings, lists of names and keys have more capitals
_MAX_CELL_CHARS = 1_000
_CELL_END = re.compile(r"[\n\t\"|]|,(?=\S)")
_MIN_PROSE_SHARE = 0.5  # of a text's characters


def reads_as_prose(text: str) -> bool:
    """Whether most of the text stands on lines that look like pieces of sentences."""
    lines = [line.strip() for line in text.splitlines()]
    prose = sum(len(line) for line in lines if _is_sentence_like(line))
    return prose > _MIN_PROSE_SHARE * sum(map(len, lines))


def stands_in_prose(text: str, at: int) -> bool:
    """Whether the line, or the cell of one, at this place looks like a piece of a sentence."""
    before = text[max(0, at - _MAX_CELL_CHARS) : at]
    after = text[at : at + _MAX_CELL_CHARS]
    return _is_sentence_like(_CELL_END.split(before)[-1] + _CELL_END.split(after, maxsplit=1)[0])


def _is_sentence_like(line: str) -> bool:
    tokens = line.split()
    words = [token for token in tokens if _WORD.fullmatch(token.lstrip("(\"'"))]
    lower = [word for word in words if word.islower()]
    return (
        len(tokens) >= _MIN_WORDS
        and len(words) >= _MIN_WORD_SHARE * len(tokens)
        and len(lower) >= _MIN_LOWER_SHARE * len(words)
    )
