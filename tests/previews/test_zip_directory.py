"""The directory of a ZIP: read as nodes write it, and nothing else is."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jobs.node.results import Result, pack
from previews import zip_directory
from previews.zip_directory import Unreadable, read_directory
from tests.previews.zips import changed, entries, packed, reader

FILES = {"a.txt": b"text", "plots/Größe.png": bytes(5000), "empty": b""}
ZIP = packed(FILES)
CENTRAL, END = b"PK\1\2", b"PK\5\6"
FLAGS, METHOD, OFFSET = 8, 10, 42


def test_what_a_node_packs_is_told_in_its_order(tmp_path: Path) -> None:
    for name, data in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    results = [Result(name, tmp_path / name, [len(data)]) for name, data in FILES.items()]
    data = pack(results, tmp_path / "results.zip").read_bytes()

    found = read_directory(reader(data), len(data))

    assert found.count == 3
    assert {one.name: one.size_bytes for one in found.entries} == {
        name: len(data) for name, data in FILES.items()
    }
    assert [one.number for one in found.entries] == [1, 2, 3]
    assert all(one.is_plain for one in found.entries)
    assert all(data[one.offset :].startswith(b"PK\3\4") for one in found.entries)


def test_only_the_end_and_the_directory_are_read() -> None:
    data = packed({"large": bytes(range(256)) * 4000, "small": b"1"}, zipfile.ZIP_STORED)
    asked: list[tuple[int, int]] = []

    def read(start: int, most_bytes: int) -> bytes:
        asked.append((start, most_bytes))
        return reader(data)(start, most_bytes)

    read_directory(read, len(data))

    assert sum(most_bytes for _, most_bytes in asked) < 300
    assert min(start for start, _ in asked) > 1_000_000


def test_of_a_long_directory_the_beginning_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    data = packed({f"{number}.csv": b"1" for number in range(50)})
    monkeypatch.setattr(zip_directory, "MOST_BYTES", 500)

    found = read_directory(reader(data), len(data))

    assert found.count == 50
    assert [one.name for one in found.entries] == [f"{number}.csv" for number in range(9)]


@pytest.mark.live  # seconds
def test_a_million_files_are_counted_and_the_first_told() -> None:
    one = packed({"1.csv": b"1"})
    line, count, local = bytearray(one[one.index(CENTRAL) : one.index(END)]), 10**6, 60
    data = bytearray(local * count)
    for number in range(count):
        struct.pack_into("<L", line, OFFSET, number * local)
        data += line
    length = len(line) * count
    end64 = struct.pack(
        "<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, length, count * local
    )
    data += end64 + struct.pack("<4sLQL", b"PK\6\7", 0, len(data), 1)
    data += END + b"\0\0\0\0" + b"\xff" * 12 + b"\0\0"

    found = read_directory(reader(bytes(data)), len(data))

    assert found.count == count
    assert len(found.entries) == zip_directory.MOST_BYTES // len(line)


@pytest.mark.parametrize("size", [5 * 2**30, 3 * 2**30, 70_000])
def test_places_beyond_32_bits_are_read(tmp_path: Path, size: int) -> None:
    """As Python's zipfile writes them, with which nodes pack: they begin at 31 bits."""
    infos = [zipfile.ZipInfo("large.bin"), zipfile.ZipInfo("second.csv")]
    for info, offset, size_bytes in zip(infos, (0, size + 100), (size, 9), strict=True):
        info.compress_type, info.header_offset = zipfile.ZIP_DEFLATED, offset
        info.file_size = info.compress_size = size_bytes
        info.CRC = 0
    path = tmp_path / "sparse.zip"
    with path.open("w+b") as file, zipfile.ZipFile(file, "w") as archive:
        archive.filelist, archive.start_dir = infos, size + 1000

    def read(start: int, most_bytes: int) -> bytes:
        with path.open("rb") as file:
            file.seek(start)
            return file.read(most_bytes)

    first, last = read_directory(read, path.stat().st_size).entries

    assert (first.size_bytes, first.packed_bytes, first.offset) == (size, size, 0)
    assert (last.size_bytes, last.offset) == (9, size + 100)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(ZIP[:-1], id="cut off"),
        pytest.param(ZIP[: len(ZIP) // 2], id="half of it"),
        pytest.param(b"#!/bin/sh\n" + ZIP, id="something before it"),
        pytest.param(ZIP + b"\0", id="something after it"),
        pytest.param(ZIP[:-2] + b"\3\0abc", id="a comment"),
        pytest.param(changed(ZIP, END, 4, lambda _: 1), id="several disks"),
        pytest.param(changed(ZIP, END, 8, lambda n: n + 1), id="counted in two ways"),
        pytest.param(
            changed(changed(ZIP, END, 8, lambda _: 9), END, 10, lambda _: 9), id="more told"
        ),
        pytest.param(
            changed(changed(ZIP, END, 8, lambda _: 2), END, 10, lambda _: 2), id="fewer told"
        ),
        pytest.param(changed(ZIP, CENTRAL, OFFSET, lambda _: 0), id="overlapping"),
        pytest.param(changed(ZIP, CENTRAL, OFFSET, lambda n: n + 60), id="past the directory"),
        pytest.param(changed(ZIP, CENTRAL, 28, lambda n: n + 1), id="a longer name"),
        pytest.param(changed(ZIP, CENTRAL, 22, lambda _: 0xFFFF), id="too large"),
        pytest.param(changed(ZIP, END, 16, lambda n: n - 46), id="another beginning"),
    ],
)
def test_what_no_node_packs_is_unreadable(data: bytes) -> None:
    with pytest.raises(Unreadable):
        entries(data)


def test_an_empty_one_is_told_to_be_empty() -> None:
    assert entries(packed({})) == []


def test_what_is_encrypted_or_packed_in_another_way_is_told_but_not_plain() -> None:
    for data in (
        changed(ZIP, CENTRAL, FLAGS, lambda flags: flags | 1),
        changed(ZIP, CENTRAL, METHOD, lambda _: 14),
        packed(FILES, zipfile.ZIP_STORED),
    ):
        assert [one.is_plain for one in entries(data)] == [False] * 3


@pytest.mark.parametrize("name", ["../../etc/passwd", "/absolute", "a\x1b[2J\r\n", "x" * 9000])
def test_names_are_data(name: str) -> None:
    (entry,) = entries(packed({name: b"1"}))
    assert entry.name == name[:1024]


@given(st.integers(0, len(ZIP) - 1), st.integers(0, 255))
@example(len(ZIP) - 20, 0xFF)
def test_whatever_a_byte_is_it_is_read_or_unreadable(at: int, byte: int) -> None:
    data = ZIP[:at] + bytes([byte]) + ZIP[at + 1 :]
    try:
        found = entries(data)
    except Unreadable:
        return
    assert len(found) == 3
