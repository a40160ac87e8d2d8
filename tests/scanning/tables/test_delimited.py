"""Tables known by their first lines, and cut into blocks."""

from __future__ import annotations

import pytest

from scanning.tables.delimited import (
    BLOCK_CHARS,
    MAX_ROW_CHARS,
    Dialect,
    blocks,
    dialect_of,
    parsed,
)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_known_by_rows_of_one_width(delimiter: str) -> None:
    rows = [["id", "age", "group"], ["1", "37", "a, b; c"], ["2", "45", "b"], ["3", "9", "a"]]
    lines = [delimiter.join(f'"{cell}"' for cell in row) for row in rows]

    assert dialect_of("\n".join(lines)) == Dialect(delimiter, 3)


@pytest.mark.parametrize(
    "head",
    [
        'id,text\n1,"two\nlines, and a comma"\n2,x\n3,y\n',
        "# made by a program, in a hurry\nid,text\n1,x\n2,y\n",
        "id,text\r\n1,x\r\n2,y\r\n",
        "id,text\r1,x\r2,y\r",
        "a,b\n" + "1,2\n" * 20 + "broken\n",
        "ada:x:1000:1000:/home\nolga:x:1001:1001:/home\n",
    ],
    ids=["quoted", "comment", "windows", "old mac", "a little broken", "colons"],
)
def test_tables_of_all_sorts_are_known(head: str) -> None:
    assert dialect_of(head) is not None


@pytest.mark.parametrize(
    "head",
    [
        "",
        "one line, no more",
        "Dear Olga, I am\nwell, thanks\n",
        "Dear Olga,\nI am well, thanks, and you?\nYours\n",
        '{"a": 1,\n"b": 2,\n"c": 3}\n',
        "<a>1,2</a>\n<a>3,4</a>\n",
        "name: Ada\nborn: 1815\ntime: 12\n",
        "12:30:05\n12:30:06\n12:30:07\n",
        "0.1 0.2\n0.3 0.4\n",
        'a,"' + "x" * 200_000 + "\nb,c\n",
    ],
)
def test_other_texts_are_no_tables(head: str) -> None:
    assert dialect_of(head) is None


def test_rows_have_the_numbers_of_the_lines_where_they_begin() -> None:
    rows = parsed('a,b\n1,"x\ny"\n\n2,z\n', ",")

    assert list(rows) == [(1, ["a", "b"]), (2, ["1", "x\ny"]), (4, []), (5, ["2", "z"])]


def texts(text: str, piece_chars: int = 7_000) -> list[str]:
    pieces = (text[at : at + piece_chars] for at in range(0, len(text), piece_chars))
    return [block.text for block in blocks(pieces, ",")]


def test_blocks_are_of_whole_rows_and_lose_nothing() -> None:
    text = "".join(f"{n},{n * n}\n" for n in range(20_000))

    cut = texts(text)

    assert "".join(cut) == text
    assert all(block.endswith("\n") and len(block) <= BLOCK_CHARS for block in cut)


def test_block_does_not_end_in_a_quoted_cell() -> None:
    text = ('1,"' + "line\n" * 10_000 + '"\n2,x\n') * 2

    cut = texts(text)

    assert "".join(cut) == text
    assert all(block.count('"') % 2 == 0 for block in cut)


def test_row_without_end_is_cut_between_cells() -> None:
    text = "12345," * 400_000

    cut = texts(text)

    assert "".join(cut) == text
    assert all(block.endswith(",") and len(block) <= MAX_ROW_CHARS for block in cut)


def test_quotation_mark_that_is_never_closed_holds_up_one_block_only() -> None:
    cut = texts('1,"x\n' + "2,3\n" * 500_000)

    assert max(map(len, cut)) <= MAX_ROW_CHARS
    assert len(cut) > 1


def test_block_numbers_its_rows_in_the_file() -> None:
    second = list(blocks(["1,2\n" * 10_000], ","))[1]

    assert second.rows()[0] == (BLOCK_CHARS // 4 + 1, ["1", "2"])


def test_cell_that_is_too_long_to_be_parsed_makes_lines_of_the_block() -> None:
    cut = blocks([f'1,"{"x" * 200_000}"\n2,y\n'], ",")

    assert [len(cells) for _, cells in next(cut).rows()] == [1, 1]
