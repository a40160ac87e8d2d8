"""Places and kinds in words."""

from __future__ import annotations

from scanning.words import place_text, places_text


def test_places_are_told_from_the_outside_in() -> None:
    place = (("member", 3), ("sheet", 2), ("row", 7), ("column", 1))

    assert place_text(place) == "packed file 3, sheet 2, row 7, column 1"


def test_parts_of_a_document_have_words_of_their_own() -> None:
    words = {"the comments": "die Kommentare", "paragraph %(value)s": "Absatz %(value)s"}

    place = place_text((("part", "comments"), ("paragraph", 2)), lambda text: words[text])

    assert place == "die Kommentare, Absatz 2"


def test_what_several_places_have_in_common_is_told_once() -> None:
    in_csv = [(("member", 1), ("header", "email"), ("row", row)) for row in (2, 3)]
    in_sheet = [(("member", 2), ("sheet", 1), ("header", "email"), ("row", row)) for row in (2, 3)]

    assert places_text([(("line", 4),), (("line", 9),)]) == "line 4, line 9"
    assert places_text([*in_csv, *in_sheet]) == (
        "packed file 1, column “email”, row 2, row 3; "
        "packed file 2, sheet 1, column “email”, row 2, row 3"
    )
    assert places_text([]) == ""
