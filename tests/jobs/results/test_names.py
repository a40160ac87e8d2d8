"""Paths in an archive: whatever research code called its files, they unpack everywhere."""

import unicodedata
from pathlib import PureWindowsPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.results.names import archive_paths, download_name, result_paths

LETTERS = '/\\.:*?"<>| -_aAäÄß\u0308\u0130\u0131\u202e\x00\n\r\x7f\u212a\u00a0\ufb01'
PIECES = ["con", "COM¹", "nul ", "../", "a/", "A/", "ae", "x" * 250]
AWKWARD = st.sampled_from([*LETTERS, *PIECES])
NAMES = st.lists(st.lists(AWKWARD | st.characters(), max_size=12).map("".join), max_size=8)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a.txt", "a.txt"),
        ("plots/2026/a b.png", "plots/2026/a b.png"),
        (".hidden", ".hidden"),
        ("-rf", "-rf"),
        ("Müller größe.csv", "Müller größe.csv"),
        ("Mu\u0308ller.csv", "Müller.csv"),
        ("🧬.fasta", "🧬.fasta"),
        ("y" * 255, "y" * 255),
        ("/etc/passwd", "etc/passwd"),
        ("../../etc/passwd", "etc/passwd"),
        ("a/./b//../c", "a/b/c"),
        ("..", "file"),
        ("C:\\Users\\olga\\a.txt", "C__Users_olga_a.txt"),
        ("\\\\server\\share", "__server_share"),
        ("12:30.csv", "12_30.csv"),
        ("a.txt:stream", "a.txt_stream"),
        ("what?.txt", "what_.txt"),
        ("nul", "_nul"),
        ("data/COM1 .txt", "data/_COM1 .txt"),
        ("com¹", "_com¹"),
        ("nul" + " " * 260 + "x.csv", "_nul" + " " * 247 + ".csv"),
        ("console.txt", "console.txt"),
        ("end. .", "end"),
        ("report\u202efdp.exe", "reportfdp.exe"),
        ("a\x00b\nc\x1b[2J.txt", "abc[2J.txt"),
        ("<b>.html", "_b_.html"),
        ("   ", "download"),
    ],
)
def test_a_name_becomes_a_path_that_unpacks_everywhere(name: str, path: str) -> None:
    assert archive_paths([name]) == [path]


def test_names_that_are_one_where_case_is_ignored_get_numbers() -> None:
    names = ["a.txt", "A.TXT", "Straße", "STRASSE", "plots/x", "Plots/X", "a-2.txt"]
    assert archive_paths(names) == [
        "a.txt", "A-2.TXT", "Straße", "STRASSE-2", "plots/x", "Plots/X-2", "a-2-2.txt",
    ]  # fmt: skip


def test_no_file_stands_where_others_have_their_folder() -> None:
    assert archive_paths(["a", "a/b", "A/b/c"]) == ["a-2", "a/b-2", "A/b/c"]


def test_a_long_name_is_cut_before_its_extension_and_never_within_a_letter() -> None:
    (path,) = archive_paths(["ü" * 200 + ".csv"])
    assert path == "ü" * 125 + ".csv"
    assert archive_paths(["z" * 300, "z" * 255]) == ["z" * 255, "z" * 253 + "-2"]


def test_what_we_add_keeps_its_name() -> None:
    assert result_paths(["sha256sums", "RO-Crate-Metadata.json", "b"]) == [
        "sha256sums-2", "RO-Crate-Metadata-2.json", "b",
    ]  # fmt: skip


def test_a_download_is_called_by_the_last_part() -> None:
    assert download_name("plots/a b.png") == "a b.png"
    assert download_name("../con") == "_con"


def test_ten_thousand_equal_names_take_no_long_time() -> None:
    assert len(set(archive_paths(["x.txt"] * 10_000))) == 10_000  # quadratic, it would be minutes


@given(NAMES)
@settings(max_examples=30)
def test_any_names_become_plain_distinct_paths(names: list[str]) -> None:
    paths = archive_paths(names)
    assert len(paths) == len(names)
    for path in paths:
        assert path == unicodedata.normalize("NFC", path)
        assert not set(path) & set('\\:*?"<>|\x7f')
        assert min(path) >= " "
        for part in path.split("/"):
            assert part not in {"", ".", ".."}
            assert part == part.rstrip(". ")
            assert len(part.encode()) <= 255
        assert not PureWindowsPath(path).is_reserved()
        assert not PureWindowsPath(path).drive
    for one in (str.lower, str.upper, str.casefold, lambda p: unicodedata.normalize("NFD", p)):
        assert len({one(path) for path in paths}) == len(paths)
    folders = {path[:at].casefold() for path in paths for at, c in enumerate(path) if c == "/"}
    assert not folders & {path.casefold() for path in paths}


@given(NAMES)
@settings(max_examples=30)
def test_what_is_plain_already_is_kept(names: list[str]) -> None:
    paths = archive_paths(names)
    assert archive_paths(paths) == paths
