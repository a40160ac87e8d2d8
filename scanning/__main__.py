"""`python -m scanning`: one file on stdin, one JSON report on stdout; `--serve JSON`: many."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import IO

from scanning.child import Reader, confine, serve
from scanning.frames import Settings

_CHUNK_BYTES = 2**20


def main(arguments: list[str]) -> None:
    answers = _take_stdout()
    if arguments[:1] == ["--serve"]:
        serve(sys.stdin.buffer, answers, Settings.from_json(arguments[1]))
        return
    settings = Settings()
    confine(settings.memory_bytes)
    size_bytes = os.fstat(sys.stdin.fileno()).st_size
    answers.write(Reader(settings).answer(_stdin_chunks(), size_bytes=size_bytes) + b"\n")
    answers.flush()


def _stdin_chunks() -> Iterator[bytes]:
    while chunk := sys.stdin.buffer.read(_CHUNK_BYTES):
        yield chunk


def _take_stdout() -> IO[bytes]:
    """Keep stdout for the answers: what a library prints goes to stderr."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


if __name__ == "__main__":
    main(sys.argv[1:])
