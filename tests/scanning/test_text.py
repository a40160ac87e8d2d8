"""Nothing is lost at a window's edge, nor between two chunks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hypothesis import example, given
from hypothesis import strategies as st

from scanning.text import OVERLAP_CHARS, WINDOW_CHARS, decoded, windows

MARK = "<!mark!>"


def pieces(text: str, size: int) -> Iterator[str]:
    for at in range(0, len(text), size):
        yield text[at : at + size]


def chunks(data: bytes, size: int) -> Iterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


# Texts of some windows, with lines of all lengths and marks anywhere: "\n" makes line ends.
lines = st.lists(
    st.one_of(
        st.integers(0, 3 * WINDOW_CHARS // 2).map(lambda n: "x" * n),
        st.sampled_from([MARK, MARK + MARK, "\n", "\r\n", "é🙂"]),
    ),
    max_size=12,
)
sizes = st.sampled_from([97, 1_000, 2**20])


@given(lines, sizes)
def test_windows_without_their_overlaps_are_the_text(parts: list[str], size: int) -> None:
    text = "\n".join(parts)

    assert "".join(w.text[w.seen :] for w in windows(pieces(text, size))) == text


@given(lines, sizes)
@example(["x" * (WINDOW_CHARS - 3), MARK], 97)
@example(["x" * (WINDOW_CHARS - 3) + MARK], 97)
@example(["x" * (WINDOW_CHARS - len(MARK)) + MARK + "y"], 97)
@example(["x" * (WINDOW_CHARS - len(MARK)) + MARK], 97)
def test_every_mark_is_owned_once_and_by_its_line(parts: list[str], size: int) -> None:
    text = "\n".join(parts)
    places = [1 + text.count("\n", 0, m.start()) for m in re.finditer(MARK, text)]

    owned = [
        window.line_at(match.start())
        for window in windows(pieces(text, size))
        for match in re.finditer(MARK, window.text)
        if window.owns(match.end())
    ]

    assert owned == places


@given(lines, sizes)
def test_windows_are_bounded(parts: list[str], size: int) -> None:
    for window in windows(pieces("\n".join(parts), size)):
        assert len(window.text) <= WINDOW_CHARS + OVERLAP_CHARS
        assert window.seen <= OVERLAP_CHARS


def test_windows_end_at_line_ends() -> None:
    text = "0.1,0.2,0.3\n" * 5_000

    assert all(window.text.endswith("\n") for window in windows([text]))


def test_empty_text_has_no_window() -> None:
    assert list(windows([])) == list(windows([""])) == []


@given(st.text(), st.sampled_from(["utf-8-sig", "utf-16", "utf-16-le", "utf-32"]), sizes)
def test_text_survives_any_cut_between_chunks(text: str, encoding: str, size: int) -> None:
    data = text.encode(encoding)

    assert "".join(decoded(chunks(data, max(1, size % 7)), encoding)) == text


@given(st.binary())
def test_any_bytes_can_be_read(data: bytes) -> None:
    assert len("".join(decoded([data], "utf-8-sig"))) <= len(data)


def test_bytes_of_the_old_windows_are_read_as_such() -> None:
    data = "Señor Müller – 5 €".encode("cp1252")

    assert "".join(decoded(chunks(data, 2), "utf-8-sig")) == "Señor Müller – 5 €"
