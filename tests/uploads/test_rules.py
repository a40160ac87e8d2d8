"""What a page takes, checked before a byte is sent, and said in words."""

from dataclasses import replace

import pytest

from uploads.rules import DeclaredFile, FileRules, problems, size_text

RULES = FileRules(max_files=2, max_file_bytes=1000, max_total_bytes=1500, patterns=("*.csv",))


LONGEST = "n" * 1020 + ".csv"


def messages(*files: DeclaredFile) -> list[tuple[int | None, str]]:
    return [(problem.file, problem.message) for problem in problems(files, RULES)]


def test_good_files_have_no_problem() -> None:
    assert messages(DeclaredFile("A.CSV", 1000), DeclaredFile("dir/b.csv", 500)) == []
    assert messages(DeclaredFile(LONGEST, 1), DeclaredFile("c:\\dir\\b.csv", 1)) == []


def test_an_empty_file_is_taken_where_it_may_be() -> None:
    assert problems([DeclaredFile("a.csv", 0)], replace(RULES, accept_empty=True)) == []


def test_any_name_is_taken_where_there_is_no_pattern() -> None:
    assert problems([DeclaredFile("a", 1)], replace(RULES, patterns=())) == []


@pytest.mark.parametrize(
    ("files", "at", "words"),
    [
        ([], None, "at least one file"),
        ([DeclaredFile("a.csv", 0)], 0, "is empty (0 bytes)"),
        ([DeclaredFile("a.csv", 1001)], 0, "takes files up to 1 kB"),
        ([DeclaredFile("a.exe", 1)], 0, "not a file that this page takes: *.csv"),
        ([DeclaredFile("a.csv.exe", 1)], 0, "not a file that this page takes"),
        ([DeclaredFile("a.csv/b", 1)], 0, "not a file that this page takes"),
        ([DeclaredFile("a.csv\n", 1)], 0, "not a file that this page takes"),
        ([DeclaredFile("a.csv\0", 1)], 0, "not a file that this page takes"),
        ([DeclaredFile(f"n{LONGEST}", 1)], 0, "name is empty or too long"),
        ([DeclaredFile("a.csv", 1000), DeclaredFile("b.csv", 501)], None, "All files together"),
        ([DeclaredFile("  ", 1)], 0, "name is empty or too long"),
        ([DeclaredFile("a.csv", 900), DeclaredFile("b.csv", 900)], None, "All files together"),
        ([DeclaredFile(f"{n}.csv", 1) for n in range(3)], None, "at most 2 files; you chose 3"),
    ],
)
def test_each_problem_is_said_at_its_place(
    files: list[DeclaredFile], at: int | None, words: str
) -> None:
    found = messages(*files)
    assert len(found) == 1
    assert found[0][0] == at
    assert words in found[0][1]


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (2 * 10**9, "2 GB")],
)
def test_sizes_are_said_as_file_managers_say_them(size: int, text: str) -> None:
    assert size_text(size) == text
