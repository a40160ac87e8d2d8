"""The names of downloads."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.downloads import attachment, plain_filename


def test_a_plain_name_stays_as_it_is() -> None:
    assert attachment("word count.csv") == 'attachment; filename="word count.csv"'


def test_quotes_cannot_end_the_header_field() -> None:
    assert attachment('a"; b="c') == 'attachment; filename="a\\"; b=\\"c"'


@pytest.mark.parametrize("name", ["Ergebnisse für Zoë.txt", "結果 📈.csv", "نتائج.pdf"])
def test_letters_of_any_language_travel_encoded(name: str) -> None:
    kind, value = attachment(name).split("*=utf-8''")
    assert kind == "attachment; filename"
    assert value.isascii()
    assert unquote(value) == name


def test_control_characters_and_folders_are_taken_out() -> None:
    assert plain_filename("a\r\nSet-Cookie: b\x00\u2028.txt") == "aSet-Cookie: b.txt"
    assert plain_filename("../../etc\\passwd") == ".._.._etc_passwd"


def test_a_name_cannot_pose_as_another_kind_of_file() -> None:
    assert plain_filename("invoice\u202efdp.exe") == "invoicefdp.exe"


@pytest.mark.parametrize("name", ["", "\n", " \u202e "])
def test_a_name_is_never_empty(name: str) -> None:
    assert plain_filename(name) == "download"


@given(st.text())
def test_every_name_makes_a_header_of_one_ascii_line(name: str) -> None:
    header = attachment(name)
    assert header.isascii()
    assert header.isprintable()
