"""The child: what it makes, and how little it can do. Each test starts processes."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from previews.kinds import Kind, Preview
from previews.process import preview_of, preview_of_packed
from tests.previews import samples
from tests.previews.zips import changed, entries, packed

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("previews")]


def preview(name: str, data: bytes, *, size_bytes: int | None = None) -> Preview | None:
    chunks = (data[at : at + 2**20] for at in range(0, len(data), 2**20))
    until_s = time.monotonic() + 240
    return preview_of(
        name, len(data) if size_bytes is None else size_bytes, chunks, until_s=until_s
    )


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("plot.png", samples.picture("PNG"), Kind.PICTURE),
        ("plot.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', Kind.SVG),
        ("paper.pdf", samples.pdf(), Kind.PDF),
        ("table.csv", b"a,b\n1,2\n", Kind.TABLE),
        ("table.xlsx", samples.workbook([["a", "b"]]), Kind.TABLE),
        ("notes.md", b"# Notes\n", Kind.MARKDOWN),
        ("report.html", b"<p>", Kind.HTML),
        ("run.log", b"text\n", Kind.TEXT),
    ],
)
def test_each_form_has_its_preview(name: str, data: bytes, kind: Kind) -> None:
    made = preview(name, data)

    assert made
    assert made.kind is kind


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("bomb.png", samples.png_bomb(), id="a picture"),
        pytest.param("bomb.html", b"<p>" + b"x" * 2**21, id="more than is kept"),
        pytest.param("damaged.pdf", b"%PDF-1.7" + bytes(1000), id="a damaged file"),
        pytest.param("core", bytes(1000), id="no form"),
        pytest.param("empty", b"", id="nothing"),
    ],
)
def test_what_cannot_be_shown_has_none(name: str, data: bytes) -> None:
    assert preview(name, data) is None


def test_a_bomb_of_a_workbook_has_none() -> None:
    assert preview("bomb.xlsx", samples.workbook_bomb()) is None


def test_a_large_text_is_not_read_to_its_end() -> None:
    def chunks() -> Iterator[bytes]:
        yield b"line\n" * 20_000
        raise AssertionError("enough")

    made = preview_of("run.log", 10**12, chunks(), until_s=time.monotonic() + 240)

    assert made
    assert made.facts == {"cut": 1}


def test_a_file_that_is_shorter_than_its_row_says_has_none() -> None:
    assert preview("paper.pdf", samples.pdf(), size_bytes=10_000) is None


def test_one_that_takes_longer_than_there_is_time_has_none() -> None:
    assert preview_of("a.txt", 1, iter([b"a"]), until_s=time.monotonic() - 1) is None
    assert preview_of("a.txt", 1, iter([b"a"]), until_s=time.monotonic() + 0.01) is None


# --- in a ZIP ----------------------------------------------------------------------------------

PACKED = {
    "deep/er/plot.png": samples.picture("PNG"),
    "paper.pdf": samples.pdf(),
    "table.csv": b"a,b\n1,2\n" * 9000,
    "table.xlsx": samples.workbook([["a", "b"]]),
    "no suffix": b"text\n",
}
ZIP = packed(PACKED)


def preview_packed(data: bytes, number: int, *, left_s: float = 60) -> Preview | None:
    entry = entries(data)[number]
    chunks = (data[at : at + 2**10] for at in range(entry.offset, len(data), 2**10))
    return preview_of_packed(entry, chunks, until_s=time.monotonic() + left_s)


@pytest.mark.parametrize("number", range(len(PACKED)))
def test_a_file_in_a_zip_has_its_own_preview(number: int) -> None:
    name, data = list(PACKED.items())[number]

    made = preview_packed(ZIP, number)

    assert made
    assert made == preview(name, data)


def test_of_a_file_in_a_zip_no_more_is_read_than_its_name_can_need() -> None:
    data = packed({"run.log": b"".join(b"%d\n" % (n * n) for n in range(10**5))})
    entry = entries(data)[0]

    def chunks() -> Iterator[bytes]:
        yield data[:70_000]
        raise AssertionError("enough")

    made = preview_of_packed(entry, chunks(), until_s=time.monotonic() + 60)

    assert made
    assert made.facts == {"cut": 1}


def test_what_is_packed_in_another_way_is_not_even_read() -> None:
    data = changed(ZIP, b"PK\1\2", 8, lambda flags: flags | 1)
    entry = entries(data)[2]

    def chunks() -> Iterator[bytes]:
        raise AssertionError("nothing of it")
        yield b""

    assert preview_of_packed(entry, chunks(), until_s=time.monotonic() + 60) is None


def test_a_file_in_a_zip_has_as_little_time_as_others() -> None:
    assert preview_packed(ZIP, 2, left_s=-1) is None
    assert preview_packed(ZIP, 2, left_s=0.01) is None
