"""How results differ, as a PI reads it in her terminal."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from jobs.node.differing import Change
from jobs.node.laptop.telling import told_differences

ZIP = "results.zip"


def packed(path: Path, **members: str) -> dict[str, Path]:
    """A result of many files, as the node packs them."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return {ZIP: path}


def test_of_packed_results_the_files_in_the_packet_are_told(tmp_path: Path) -> None:
    before = packed(tmp_path / "1", same="x", gone="four", table="a\nb\n")
    after = packed(tmp_path / "2", same="x", new="", table="a\nc\n")

    assert told_differences({ZIP: Change(300, 301)}, before, after) == [
        "'gone' (4 bytes) is missing after the interruptions",
        "'new' (0 bytes) is there only after the interruptions",
        "'table' (4 bytes, then 4 bytes) differs in line 2: 'b', then 'c'",
    ]


def test_packets_of_the_same_files_are_told_as_what_they_are(tmp_path: Path) -> None:
    before, after = packed(tmp_path / "1", same="x"), packed(tmp_path / "2", same="x")
    (tmp_path / "2").write_bytes((tmp_path / "2").read_bytes() + b"!")

    (told,) = told_differences({ZIP: Change(100, 101)}, before, after)

    assert told.startswith("'results.zip' (100 bytes, then 101 bytes) differs in byte ")


def test_a_result_that_is_only_called_so_is_none_of_ours(tmp_path: Path) -> None:
    before, after = {ZIP: tmp_path / "1"}, {ZIP: tmp_path / "2"}
    for number, path in enumerate([before[ZIP], after[ZIP]]):
        path.write_text(f"{number}\n")

    assert told_differences({ZIP: Change(2, 2)}, before, after) == [
        "'results.zip' (2 bytes, then 2 bytes) differs in line 1: '0', then '1'"
    ]


def test_of_many_the_first_are_told_by_names_that_move_no_cursor(tmp_path: Path) -> None:
    found = {f"\x1b[2J{number}": Change(1234, None) for number in range(7)}

    told = told_differences(found, {}, {})

    assert told[0] == "'\\x1b[2J0' (1,234 bytes) is missing after the interruptions"
    assert told[5:] == ["and so with 2 more"]


@pytest.mark.parametrize("field", ["flags", "method", "content"])
def test_a_zip_of_the_codes_own_that_cannot_be_read_is_told_by_its_bytes(
    tmp_path: Path, field: str
) -> None:
    before, after = packed(tmp_path / "1", table="a" * 99), packed(tmp_path / "2", table="b" * 99)
    for path in (before[ZIP], after[ZIP]):
        data = bytearray(path.read_bytes())
        at = data.index(b"PK\x01\x02")  # the table of contents
        spoilt = {"flags": (at + 8, 1), "method": (at + 10, 77), "content": (40, 0)}
        where, value = spoilt[field]  # it has a password, no method that we know, other sums
        data[where] = value
        path.write_bytes(data)

    (told,) = told_differences({ZIP: Change(200, 200)}, before, after)

    assert told.startswith("'results.zip' (200 bytes, then 200 bytes) differs in byte ")
