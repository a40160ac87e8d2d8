from __future__ import annotations

from jobs.results.cells import cells_of


def test_a_column_of_nothing_but_numbers_is_one_of_numbers_up_to_its_name() -> None:
    rows = [["S1", "4.03", "1e-5", "", ""], ["17", "-1,5", "NA", ""]]

    header, shown = cells_of(["sample", "signal", "p", "empty"], rows)

    assert [cell.is_number for cell in header] == [False, True, True, False]
    assert [[cell.is_number for cell in row] for row in shown] == [
        [False, True, True, False, False],
        [False, True, True, False],
    ]
    assert [cell.text for cell in shown[0]] == rows[0]


def test_a_long_cell_is_known_as_one() -> None:
    _, [[short, long]] = cells_of([], [["x" * 40, "x" * 41]])

    assert (short.is_long, long.is_long) == (False, True)
