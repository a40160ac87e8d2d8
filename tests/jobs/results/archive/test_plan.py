"""One ZIP of many stored files: every byte in its place, whoever asks for which of them."""

from __future__ import annotations

import io
import shutil
import subprocess
import tracemalloc
import zipfile
import zlib
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.base import StoreError
from backends.memory import MemoryStore
from jobs.results.archive.plan import Archive, File
from jobs.results.archive.zip_format import Entry
from tests.jobs.results.archive.archives import AT, MIB, Remote, Zeros, stored, whole, zeros
from tests.parts import need_program

FILES = {
    "r/a.txt": b"hello",
    "r/empty": b"",
    "r/plots/Größe 🧬.bin": bytes(range(256)) * 4200,  # more than one chunk of the store
    "r/inner.zip": b"PK\3\4 looks like a header, PK\7\10 too",
}
STORE = Zeros()
PLAN = stored(STORE, FILES)
WHOLE = whole(PLAN, STORE)
GIB = 2**30
LARGE = {"r/5 GiB": 5 * GIB, "r/just small": 2**32 - 2, "r/just large": 2**32 - 1}


def test_pythons_zipfile_reads_all_of_it() -> None:
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == FILES
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
        assert {info.date_time for info in archive.infolist()} == {(2026, 11, 26, 12, 30, 44)}
        assert {info.external_attr >> 16 for info in archive.infolist()} == {0o100644}


def test_its_length_is_known_and_its_bytes_are_always_the_same() -> None:
    again = stored(store := MemoryStore(), FILES)
    assert len(WHOLE) == PLAN.size_bytes
    assert whole(again, store) == WHOLE
    assert again.digest == PLAN.digest


def test_another_file_makes_another_digest() -> None:
    digests = {stored(MemoryStore(), FILES | {"r/a.txt": data}).digest for data in (b"a", b"b")}
    assert len(digests | {PLAN.digest}) == 3


@given(st.data())
@settings(max_examples=60)
def test_any_range_is_that_slice_of_the_whole(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, PLAN.size_bytes - 1))
    stop = data.draw(st.integers(start + 1, PLAN.size_bytes))
    assert b"".join(PLAN.read(STORE, start, stop)) == WHOLE[start:stop]


def test_it_goes_on_at_every_boundary() -> None:
    marks = [at for at in range(len(WHOLE)) if WHOLE[at : at + 2] == b"PK"]
    marks += [WHOLE.index(data) + offset for data in FILES.values() if data for offset in (0, MIB)]
    near = {at + step for at in [*marks, 0, len(WHOLE) - 1] for step in (-1, 0, 1)}
    for start in near & set(range(len(WHOLE))):
        assert b"".join(PLAN.read(STORE, start, len(WHOLE))) == WHOLE[start:]


def test_what_was_sent_already_is_not_read_again() -> None:
    store = Zeros()
    plan = stored(store, FILES)
    start = WHOLE.index(FILES["r/plots/Größe 🧬.bin"]) + MIB
    b"".join(plan.read(store, start, plan.size_bytes))
    assert store.reads == [("results/r/plots/Größe 🧬.bin", MIB), ("results/r/inner.zip", 0)]
    b"".join(plan.read(store, plan.size_bytes - 100, plan.size_bytes))
    assert len(store.reads) == 2


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(lambda data: data[:-1], id="shorter"),
        pytest.param(lambda data: data + b"x", id="longer"),
        pytest.param(lambda data: data[:-1] + b"x", id="changed in its last byte"),
        pytest.param(lambda data: b"x" + data[1:], id="changed in its first byte"),
        pytest.param(lambda data: b"", id="empty"),
    ],
)
@pytest.mark.parametrize("name", ["r/a.txt", "r/plots/Größe 🧬.bin"])
def test_what_is_not_what_was_stored_breaks_it_off(bad: object, name: str) -> None:
    store = MemoryStore()
    plan = stored(store, FILES)
    store.write(f"results/{name}", bad(FILES[name]))  # type: ignore[operator]
    got = bytearray()
    with pytest.raises(StoreError, match="is not what was stored"):
        got.extend(chain.from_iterable(plan.read(store, 0, plan.size_bytes)))
    assert len(got) < WHOLE.index(FILES[name]) + len(FILES[name])


def test_an_object_that_is_lost_midway_breaks_it_off() -> None:
    store = MemoryStore()
    plan = stored(store, FILES)
    blocks = plan.read(store, 0, plan.size_bytes)
    next(blocks)
    store.delete("results/r/inner.zip")
    with pytest.raises(StoreError):
        b"".join(blocks)


def test_a_wrong_crc_is_noticed_before_anybody_unpacks_it() -> None:
    store = MemoryStore()
    right = stored(store, {"a": b"hello"})._files[0]
    entry = Entry("a", 5, zlib.crc32(b"hello") ^ 1, AT)
    plan = Archive([File(entry, right.sha256, right.object_name)])
    with pytest.raises(StoreError):
        whole(plan, store)


def test_beyond_4_gib_zipfile_finds_every_file() -> None:
    store = Zeros(LARGE)
    last = stored(store, {"r/last": b"the end"})._files
    plan = Archive([*(zeros(*item) for item in LARGE.items()), *last])
    with zipfile.ZipFile(Remote(plan, store)) as archive:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
        assert sizes == LARGE | {"r/last": 7}
        assert archive.getinfo("r/last").header_offset > 13 * GIB
        assert archive.read("r/last") == b"the end"
        for name in LARGE:
            with archive.open(name) as file:
                assert file.read(1000) == bytes(1000)
    start = plan.size_bytes - 3 * GIB
    assert next(plan.read(store, start, start + 10)) == bytes(10)


@pytest.mark.parametrize("count", [65_534, 65_535, 65_536])
@pytest.mark.live
def test_of_more_files_than_16_bits_count_none_is_lost(count: int) -> None:
    plan = Archive([File(Entry(f"{number}", 0, 0, AT)) for number in range(count)])
    with zipfile.ZipFile(io.BytesIO(whole(plan, MemoryStore()))) as archive:
        assert len(archive.namelist()) == count


@pytest.mark.live
def test_ten_thousand_small_files_take_little_memory() -> None:
    store = MemoryStore()
    plan = stored(store, {f"r/{number % 100}/{number}": b"x" * 200 for number in range(10_000)})
    tracemalloc.start()
    try:
        size = sum(map(len, plan.read(store, 0, plan.size_bytes)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size == plan.size_bytes
    assert peak < 2 * MIB


@pytest.mark.live
@pytest.mark.parametrize(
    "command",
    [["unzip", "-tq"], ["bsdtar", "-tf"], ["7zz", "t"], ["python3", "-m", "zipfile", "-t"]],
)
def test_other_programs_find_no_fault_in_it(command: list[str], tmp_path: Path) -> None:
    program = need_program(command[0])
    path = tmp_path / "all.zip"
    path.write_bytes(WHOLE)
    done = subprocess.run(
        [program, *command[1:], path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.live
def test_unzip_unpacks_names_and_times_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "all.zip").write_bytes(WHOLE)
    subprocess.run([need_program("unzip"), "-q", "all.zip"], cwd=tmp_path, check=True)
    for name, data in FILES.items():
        assert (tmp_path / name).read_bytes() == data
        assert (tmp_path / name).stat().st_mtime == AT.timestamp()


@pytest.mark.live
def test_unzip_reads_files_larger_than_4_gib(tmp_path: Path) -> None:
    """Zeros: neither the archive nor what comes of it takes room on a disk."""
    size, crc32 = 4 * GIB + 5, 0xB1C2A1A3
    sha256 = "709fc0b74f7c916cedccb212d681c035f36ffbb31ebfe806eb40c31592744eb5"
    entry = Entry("large", size, crc32, AT)
    store = Zeros({"large": size})
    last = stored(store, {"last": b"the end"})._files
    plan = Archive([File(entry, sha256=sha256, object_name="large"), *last])
    with (tmp_path / "all.zip").open("wb") as file:
        for block in plan.read(store, 0, plan.size_bytes):
            if block.count(0) == len(block):
                file.seek(len(block), io.SEEK_CUR)
            else:
                file.write(block)
    done = subprocess.run(
        [need_program("unzip"), "-t", tmp_path / "all.zip"], capture_output=True, text=True
    )
    shutil.rmtree(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
