"""The cluster-side half of sending files, by a shell on this machine."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from backends.ssh import _PUT, _tar_of

OLD, NEW = {"one": b"old", "two": b"old"}, {"one": b"1" * 2000, "two": b""}
BLOCK = 512  # of a tar: a header, or a part of a file


def put(directory: Path, archive: bytes, names: list[str]) -> subprocess.CompletedProcess[bytes]:
    argv = ["/bin/sh", "-c", _PUT, "sh", str(directory), ".place", *names]
    return subprocess.run(argv, input=archive, capture_output=True, check=False)


def archive_of(files: dict[str, bytes]) -> bytes:
    return _tar_of({**files, ".whole": b""})


def files_in(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A job directory with older files in it."""
    assert put(tmp_path / "a" / "job", archive_of(OLD), list(OLD)).returncode == 0
    return tmp_path / "a" / "job"


def test_new_files_take_the_place_of_old_ones(directory: Path) -> None:
    assert put(directory, archive_of(NEW), list(NEW)).returncode == 0
    assert files_in(directory) == NEW
    assert directory.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in directory.iterdir()} == {0o600}


@pytest.mark.parametrize(
    "arrived", [0, 100, BLOCK, 3 * BLOCK, 5 * BLOCK, 6 * BLOCK], ids=lambda n: f"{n} bytes"
)
def test_of_an_archive_that_was_cut_nothing_is_taken(directory: Path, arrived: int) -> None:
    done = put(directory, archive_of(NEW)[:arrived], list(NEW))
    assert done.returncode != 0
    assert files_in(directory) == OLD


def test_what_cannot_be_replaced_is_told(directory: Path) -> None:
    (directory / "three").mkdir()
    done = put(directory, archive_of({"three": b"3"}), ["three"])
    assert done.returncode != 0
    assert b"three" in done.stderr
    assert not (directory / ".place").exists()


def test_a_place_where_nothing_can_be_made_is_told(directory: Path) -> None:
    done = put(directory / "one", archive_of(NEW), list(NEW))
    assert done.returncode != 0
    assert done.stderr
