from __future__ import annotations

import pytest

from jobs.wording import breakable, first_sentences


@pytest.mark.parametrize(
    ("name", "html"),
    [
        ("cooling_curve.csv.png", "cooling_<wbr>curve.<wbr>csv.<wbr>png"),
        ("a/b-c", "a/<wbr>b-<wbr>c"),
        ("plain", "plain"),
        ("", ""),
        ("__x__.", "__<wbr>x__."),
        ("<b>_&amp;.\"'", "&lt;b&gt;_<wbr>&amp;amp;.<wbr>&quot;&#x27;"),
    ],
)
def test_a_name_breaks_after_its_signs_and_stays_data(name: str, html: str) -> None:
    assert breakable(name) == html


def test_a_long_text_ends_with_a_sentence() -> None:
    long = "Send tables (CSV). " + "For each, e.g. yours, you get\na picture. " * 20
    shown = first_sentences(long)
    assert shown.startswith("Send tables (CSV). For each, e.g. yours, you get a picture.")
    assert shown.endswith("a picture.")
    assert 30 < len(shown.split()) <= 40


def test_a_first_sentence_is_shown_however_long_it_is() -> None:
    sentence = "word " * 60 + "end."
    assert first_sentences(f"{sentence} More.") == sentence


def test_a_short_text_is_shown_as_a_whole() -> None:
    assert first_sentences("One.\n\nTwo! Three? Four") == "One. Two! Three? Four"
