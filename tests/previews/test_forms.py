from __future__ import annotations

import pytest

from previews.forms import Form, MiB, form_of, promise, wanted_bytes


@pytest.mark.parametrize(
    ("name", "head", "form"),
    [
        ("plot.png", b"\x89PNG\r\n\x1a\n", Form.PICTURE),
        ("plot.html", b"\x89PNG\r\n\x1a\n", Form.PICTURE),
        ("plot.webp", b"RIFF\0\0\0\0WEBP", Form.PICTURE),
        ("noise.wav", b"RIFF\0\0\0\0WAVE", None),
        ("paper", b"%PDF-1.7", Form.PDF),
        ("table.xlsx", b"PK\x03\x04", Form.WORKBOOK),
        ("table.zip", b"PK\x03\x04", None),
        ("table.CSV", b"a,b\n", Form.DELIMITED),
        ("table.csv", b"\0\1\2", None),
        ("report.html", b"\xef\xbb\xbf\n <!doctype html>", Form.HTML),
        ("report.html", b"not a tag", Form.TEXT),
        ("plot.svg", b"<svg", Form.SVG),
        ("plot.png", b"<svg", Form.TEXT),
        ("notes.md", b"# Notes", Form.MARKDOWN),
        ("wide.txt", b"\xff\xfea\0", Form.TEXT),
        ("analysis.R", b"x <- 1", Form.TEXT),
        ("no name at all", b"text", Form.TEXT),
        ("core", b"\x7fELF\x02\x01\x01\0", None),
    ],
)
def test_form_is_told_by_content_and_name_together(
    name: str, head: bytes, form: Form | None
) -> None:
    assert form_of(name, head) is form


def test_no_more_is_read_than_a_preview_needs() -> None:
    assert wanted_bytes(Form.TEXT, 10**12) == 65_536
    assert wanted_bytes(Form.DELIMITED, 100) == 100
    assert wanted_bytes(Form.PICTURE, 64 * MiB) == 64 * MiB
    assert wanted_bytes(Form.PICTURE, 64 * MiB + 1) == 0
    assert wanted_bytes(Form.HTML, MiB + 1) == 0


def test_what_is_made_to_be_looked_at_comes_first() -> None:
    assert promise("plots/a.PNG", 5) > promise("notes", 5) > promise("reads.fastq.gz", 5)
    assert not promise("empty.png", 0)


def test_notes_are_looked_at_before_other_texts() -> None:
    assert promise("out/ReadMe.txt", 5) == promise("README", 5) > promise("read.txt", 5)
    assert not promise("readme.zip", 5)
