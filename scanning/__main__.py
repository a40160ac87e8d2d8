"""`python -m scanning`: one file on stdin, one JSON report on stdout; `--serve JSON`: a zygote."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from typing import IO

from backends.confinement import allow_cpu, confine
from scanning.orders import Settings
from scanning.zygote import CHUNK_BYTES, LazyExaminer, cpu_s, serve


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--serve"]:
        serve(socket.socket(fileno=sys.stdin.fileno()), Settings.from_json(arguments[1]))
        return
    answers = _take_stdout()
    size_bytes = os.fstat(sys.stdin.fileno()).st_size
    confine(Settings().memory_bytes)
    allow_cpu(cpu_s(size_bytes))
    answers.write(LazyExaminer(Settings()).answer(_stdin_chunks(), size_bytes=size_bytes) + b"\n")
    answers.flush()


def _stdin_chunks() -> Iterator[bytes]:
    while chunk := sys.stdin.buffer.read(CHUNK_BYTES):
        yield chunk


def _take_stdout() -> IO[bytes]:
    """Keep stdout for the answers: what a library prints goes to stderr."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


if __name__ == "__main__":
    main(sys.argv[1:])
