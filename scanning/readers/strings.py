"""Bytes of no known form: what stands in them in plain ASCII goes through the gate's patterns."""

from __future__ import annotations

from collections.abc import Iterable

from scanning.gate import Hits
from scanning.look import Look
from scanning.readers.text import CloseReading
from scanning.text import windows
from scanning.tools import Tools

_VISIBLE = bytes(byte if 32 <= byte < 127 or byte == 9 else 10 for byte in range(256))


def read_strings(chunks: Iterable[bytes], look: Look, tools: Tools) -> None:
    """Addresses and numbers between the bytes; no names, which the model would see anywhere."""
    for window in windows(chunk.translate(_VISIBLE).decode("ascii") for chunk in chunks):
        if tools.gate.hits(window.text).pattern:
            new_chars = len(window.text) - window.seen
            reading = CloseReading(window, look, tools, None)
            look.inspection.purse.ask(Hits(pattern=True), new_chars, reading.read)


def read_all_strings(data: bytes, look: Look, tools: Tools) -> None:
    """The same of a few bytes, which may hold UTF-16, too."""
    read_strings([data], look, tools)
    if b"\0" in data:
        read_strings([data.replace(b"\0", b"")], look, tools)
