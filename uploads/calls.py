"""What the calls of docs/uploads.md say: their bodies, read with care."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MAX_FILES = 500
MAX_PARTS = 100
MAX_NUMBER = 2**31 - 1  # what the databases' columns hold: a larger one would be an error there
_SHA256 = re.compile(r"[0-9a-f]{64}")


class BadCall(ValueError):
    """The body is not what docs/uploads.md shows; the message says what it should be."""


@dataclass(frozen=True)
class Call:
    """One call's body: files by number, parts by file, the sender's sums by file and part."""

    files: list[int] = field(default_factory=list)
    parts: dict[int, list[int]] = field(default_factory=dict)
    sums: dict[int, dict[int, str]] = field(default_factory=dict)


def read_call(body: bytes) -> Call:
    """What is in {"files": [1], "parts": {"1": [2]}, "sha256": {"1": {"2": hex}}}, all optional."""
    try:
        data = json.loads(body or b"{}")
        call = Call(
            files=_numbers(data.get("files", [])),
            parts={_key(file): _numbers(parts) for file, parts in data.get("parts", {}).items()},
            sums={_key(file): _sums(sums) for file, sums in data.get("sha256", {}).items()},
        )
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise BadCall(
            'Send JSON such as {"files": [1, 2]}, {"parts": {"1": [17]}} or '
            '{"sha256": {"1": {"17": "64 hexadecimal digits"}}}.'
        ) from error
    _refuse_too_many(call)
    return call


def _numbers(numbers: Any) -> list[int]:
    if not all(type(number) is int for number in numbers):
        raise TypeError("numbers are whole")
    return [_number(number) for number in dict.fromkeys(numbers)]


def _key(text: str) -> int:
    return _number(int(text))


def _number(number: int) -> int:
    if abs(number) > MAX_NUMBER:
        raise ValueError("no file or part has such a number")
    return number


def _sums(sums: Mapping[str, str]) -> dict[int, str]:
    if not all(_SHA256.fullmatch(sha256) for sha256 in sums.values()):
        raise ValueError("a SHA-256 has 64 hexadecimal digits")
    return {_key(number): sha256 for number, sha256 in sums.items()}


def _refuse_too_many(call: Call) -> None:
    if len({*call.files, *call.parts, *call.sums}) > MAX_FILES:
        raise BadCall(f"At most {MAX_FILES} files at once.")
    if sum(map(len, call.parts.values())) > MAX_PARTS:
        raise BadCall(f"At most {MAX_PARTS} parts at once.")
