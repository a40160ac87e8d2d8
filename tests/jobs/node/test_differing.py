"""Where two results part, for texts and for anything else."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest

from jobs.node import differing
from jobs.node.differing import Change, Parting, chunks_of, differences, parting


def parted(first: bytes, second: bytes) -> str:
    found = parting([first] if first else [], io.BytesIO(second))
    return found.words if found else ""


def entry(name: str, sha256: str, size: int = 1) -> dict[str, Any]:
    return {"name": name, "sha256": sha256, "size_bytes": size}


def test_differences_are_told_by_name_with_both_sizes() -> None:
    first = [entry("same", "a"), entry("gone", "a"), entry("other", "a"), entry("longer", "a")]
    second = [entry("same", "a"), entry("more", "a"), entry("other", "b"), entry("longer", "a", 2)]

    found = differences(first, second)

    assert list(found) == ["gone", "longer", "more", "other"]
    assert found == {
        "gone": Change(1, None),
        "more": Change(None, 1),
        "other": Change(1, 1),
        "longer": Change(1, 2),
    }


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (b"a\nb\n", b"a\nc\n", "line 2: 'b', then 'c'"),
        (b"a\n", b"a\nb\n", "line 2: no such line, then 'b'"),
        (b"a\nb", b"a\nbc", "line 2: 'b', then 'bc'"),
        (b"a\n", b"a", "line 1: 'a\\n', then 'a'"),
        (b"a\r\nb", b"a\nb", "line 1: 'a\\r', then 'a\\n'"),
        (b"", b"a\n", "line 1: no such line, then 'a'"),
        ("ü\n".encode(), "ä\n".encode(), "line 1: 'ü', then 'ä'"),
        ("x €".encode(), "x ₭".encode(), "line 1: 'x €', then 'x ₭'"),
        (b"a" * 500, b"b", f"line 1: '{'a' * 100}' …, then 'b'"),
        (
            b"[" + b"1," * 300 + b"7]",
            b"[" + b"1," * 300 + b"8]",
            f"line 1: … '{'1,' * 20}7]', then … '{'1,' * 20}8]'",
        ),
        (b"a\xff\x00", b"a\xff\x01", "byte 3: 0x00, then 0x01"),
        (b"\x00", b"\x00\x00", "byte 2: no such byte, then 0x00"),
        (b"\x1b[31mred", b"\x1b[31mrot", "byte 7: 0x65, then 0x6f"),
        (b"same", b"same", ""),
    ],
)
def test_the_first_place_that_differs_is_told(first: bytes, second: bytes, told: str) -> None:
    assert parted(first, second) == told


def test_a_line_that_would_turn_a_terminal_around_is_escaped() -> None:
    assert parted("a\u202eb".encode(), b"ab") == "line 1: 'a\\u202eb', then 'ab'"


def test_a_place_far_into_a_large_file_is_found() -> None:
    lines = b"".join(b"%d\n" % number for number in range(100_000))
    second = io.BytesIO(lines.replace(b"\n77777\n", b"\n7777\xc3\xa4\n"))

    assert parting(chunks_of(io.BytesIO(lines)), second) == Parting(
        lines.index(b"\n77777\n") + 6, 77778, "'77777', then '7777ä'"
    )


def test_it_is_searched_only_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    def zeros() -> Iterator[bytes]:
        for _number in range(8):
            yield bytes(1000)
        raise AssertionError("read on")

    monkeypatch.setattr(differing, "SEARCHED_BYTES", 8000)
    assert parting(zeros(), io.BytesIO(bytes(8000) + b"x")) is None
