"""A file in a ZIP gets the preview that it has by itself; made here in the test's own process."""

from __future__ import annotations

import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from previews.forms import Form, MiB, expected_bytes
from previews.kinds import Kind, Preview, Unshowable
from previews.make import make
from previews.packed import make_packed
from previews.zip_directory import Entry
from tests.previews import samples
from tests.previews.zips import entries, packed

CSV = b"a,b\n" + b"".join(b"%d,%d\n" % (n, n * n) for n in range(1000))


def preview(data: bytes, number: int = 0) -> Preview:
    entry = entries(data)[number]
    return make_packed(data[entry.offset :], entry)


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        ("plot.png", samples.picture("PNG"), Form.PICTURE),
        ("paper.pdf", samples.pdf(), Form.PDF),
        ("table.csv", CSV, Form.DELIMITED),
        ("notes.md", b"# Notes\n", Form.MARKDOWN),
        ("report.html", b"<p>", Form.HTML),
        ("run.log", b"text\n", Form.TEXT),
    ],
)
def test_it_has_the_preview_of_the_file_itself(name: str, content: bytes, form: Form) -> None:
    data = packed({"before.bin": bytes(range(256)), name: content, "after": b"x"})

    assert preview(data, 1) == make(form, content, is_cut=False)


def test_of_a_large_text_the_beginning_is_enough() -> None:
    data = packed({"run.log": b"line %d\n" * 100_000})
    entry = entries(data)[0]

    made = make_packed(data[:1500], replace(entry, packed_bytes=entry.packed_bytes))

    assert made.kind is Kind.TEXT
    assert made.facts["cut"] == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("bomb.png", samples.png_bomb(), id="a picture"),
        pytest.param("bomb.html", b"<p>" + bytes(2**21), id="more than is kept"),
        pytest.param("core", bytes(1000), id="no form"),
        pytest.param("nested.zip", packed({"a.csv": CSV}), id="another ZIP"),
    ],
)
def test_what_cannot_be_shown_has_none(name: str, content: bytes) -> None:
    with pytest.raises(Unshowable):
        preview(packed({name: content}))


def test_a_file_that_is_not_as_long_as_it_says_has_none() -> None:
    data = packed({"a.csv": CSV})
    entry = entries(data)[0]
    for size_bytes in (10, len(CSV) - 1, len(CSV) + 1, 10 * MiB):
        with pytest.raises(Unshowable):
            make_packed(data, replace(entry, size_bytes=size_bytes))


def test_no_more_is_unpacked_than_a_preview_needs() -> None:
    """64 GiB of zeros, as it says."""
    zeros = packed({"a.csv": bytes(32 * MiB)})
    entry = replace(entries(zeros)[0], size_bytes=2**36)
    with pytest.raises(Unshowable):
        make_packed(zeros, entry)


def test_what_begins_somewhere_else_has_none() -> None:
    data = packed({"a.csv": CSV})
    entry = entries(data)[0]
    for other in (data[1:], data[:20], b"", b"PK\3\4" + b"\xff" * 40):
        with pytest.raises(Unshowable):
            make_packed(other, entry)


@given(st.binary(max_size=200))
def test_whatever_was_packed_wrong_is_shown_or_not(noise: bytes) -> None:
    begin = packed({"a.csv": b""})[:30] + b"a.csv"
    entry = Entry(1, "a.csv", 100, len(noise), 0, 5, is_plain=True)
    try:
        make_packed(begin.ljust(55, b"\0") + noise, entry)
    except Unshowable:
        return


def test_a_name_tells_how_much_is_read() -> None:
    assert expected_bytes("a.PNG", 9 * MiB) == 9 * MiB
    assert expected_bytes("a.png", 65 * MiB) == 0
    assert expected_bytes("a.csv", 900 * MiB) == 16 * MiB
    assert expected_bytes("README", 900 * MiB) == 2**16
    assert expected_bytes("README", 7) == 7


def test_deflate_makes_nothing_longer_than_is_allowed_for() -> None:
    noise = samples.picture("PNG", (3, 3)) + bytes(
        zlib.adler32(b"%d" % n) & 255 for n in range(10**5)
    )
    data = packed({"a.bin": noise})
    assert entries(data)[0].packed_bytes <= len(noise) + len(noise) // 1000 + 1024
