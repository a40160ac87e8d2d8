"""Escapes are undone, whatever writes them and wherever they stand."""

from __future__ import annotations

import pytest

from backends.base import Coverage
from scanning.plain import plain, spread, unescaped
from scanning.text import WINDOW_CHARS, windows
from tests.scanning.readers.looking import examine, places


@pytest.mark.parametrize(
    "written",
    [
        "ada&#64;example.org",
        "ada&#x40;example.org",
        "ada&commat;example&period;org",
        r"ada\u0040example.org",
        r"ada\x40example.org",
        "ada%40example%2Eorg",
        "ada=40example.org",
        "ada+AEA-example.org",
        "ada\uff20example\uff0eorg",
        "a\u00adda\u200b@\u2060example.org",
    ],
)
def test_address_in_another_spelling_is_the_same_address(written: str) -> None:
    assert plain(written) == "ada@example.org"
    assert places(examine(f"1,2\nwrite to {written} there\n".encode())) == {
        "EMAIL_ADDRESS": [(("line", 2),)]
    }


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("536\u201190\u20114399", "536-90-4399"),
        ("536\u201390\u22124399", "536-90-4399"),
        ("DE89\u00a03704\u202f0044", "DE89 3704 0044"),
        ("\uff15\uff13\uff16", "536"),
    ],
)
def test_number_with_other_dashes_and_blanks_is_the_same_number(written: str, number: str) -> None:
    assert plain(written) == number


def test_word_that_mail_cuts_at_a_line_end_is_whole() -> None:
    assert plain("to ada@exam=\r\nple.org, or\nso") == "to ada@example.org,\r\n or\nso"


@pytest.mark.parametrize(
    "text", ["&lt;&quot;", "%2C", r"\u0022\u000a\ud800", "&#44;&#1114112;&nothing;", "50% = 40"]
)
def test_what_a_format_needs_stays_as_it_is(text: str) -> None:
    assert plain(text) == text


def test_padding_of_base64_ends_its_line_in_a_table() -> None:
    assert unescaped("abc=\nabc=\n") == "abc=\nabc=\n"


@pytest.mark.parametrize("at", range(WINDOW_CHARS - 40, WINDOW_CHARS + 3))
def test_escape_at_the_edge_of_a_window_is_whole_in_one(at: int) -> None:
    text = "x" * at + " ada&#x0040;example.org " + "x" * WINDOW_CHARS

    owned = [
        window
        for window in windows([text])
        if (end := window.text.find("ada@example.org") + 15) >= 15 and window.owns(end)
    ]

    assert len(owned) == 1


def test_values_stand_apart_from_the_signs_around_them() -> None:
    assert spread('{"name":"Ada"}') == '{ "name": "Ada"}'
    assert spread("<name>Ada</name>") == "<name> Ada </name>"


def test_cell_of_a_table_is_unescaped() -> None:
    rows = "".join(f"{n},0.5\n" for n in range(50))

    examination = examine(f"{rows}51,ada&#64;example.org\n".encode())

    assert places(examination) == {"EMAIL_ADDRESS": [(("row", 51),)]}
    assert examination.coverage is Coverage.COMPLETE
