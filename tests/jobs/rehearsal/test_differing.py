"""How a rehearsal's results differ, as a PI is told; names and the node's notes are data."""

from __future__ import annotations

from jobs.rehearsal.differing import Difference, told_differences


def test_a_name_that_would_turn_a_line_around_is_shown_without_that() -> None:
    told = told_differences([Difference("a\x1b[2J\u202eb" + "c" * 900, 1, None)], {})
    assert told == f"“a\ufffd[2J\ufffdb{'c' * 93}” is missing (size in bytes before: 1)"


def test_a_name_with_blanks_in_it_is_told_as_it_is() -> None:
    assert "“100%(line)d.csv” differs in line 3" in told_differences(
        [Difference("100%(line)d.csv", 1, 2)],
        {"differences": [{"name": "100%(line)d.csv", "line": 3, "byte": 4}]},
    )


def test_of_many_the_first_are_told_and_how_many_more_there_are() -> None:
    told = told_differences([Difference(f"{number}.csv", 1, None) for number in range(8)], {})
    assert told.count("is missing") == 5
    assert told.endswith(" (+3)")


def test_numbers_that_make_no_sense_are_not_told() -> None:
    for line in (0, -1, True, "3", 10**30, None, [3]):
        notes = {"differences": [{"name": "a", "line": line}]}
        assert told_differences([Difference("a", 1, 2)], notes) == (
            "“a” differs (size in bytes: 1, then 2)"
        )
