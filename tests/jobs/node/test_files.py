"""Small files are whole or not there; what is removed is gone."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from jobs.node.files import discard, remove, replace_file

FILES = 500


def test_what_is_discarded_is_whole_until_it_is_gone(tmp_path: Path) -> None:
    """A start that is overtaken must never take half of its output for the whole."""
    work = tmp_path / "work"
    work.mkdir()
    for number in range(FILES):
        (work / str(number)).touch()
    counts: list[int] = []

    def look() -> None:
        while work.exists():
            with contextlib.suppress(FileNotFoundError):
                count = len(os.listdir(work))
                if work.exists():  # else it was renamed while it was being read
                    counts.append(count)

    watcher = threading.Thread(target=look)
    watcher.start()
    while not counts:
        pass
    discard(work)
    watcher.join()

    assert set(counts) == {FILES}
    assert os.listdir(tmp_path) == []


def test_what_a_kill_left_of_something_discarded_is_discarded_with_the_next(tmp_path: Path) -> None:
    (tmp_path / "gone.work" / "deep").mkdir(parents=True)
    (tmp_path / "work").mkdir()

    discard(tmp_path / "work")

    assert os.listdir(tmp_path) == []


def test_directories_that_research_code_made_read_only_are_removed() -> None:
    code = """
import os, sys, tempfile
from pathlib import Path
from jobs.node.files import remove
if os.getuid() == 0:
    os.setuid(65534)  # root may do anything
root = Path(tempfile.mkdtemp())
(root / "a" / "b").mkdir(parents=True)
(root / "a" / "b" / "file").touch()
(root / "a" / "b").chmod(0o555)
(root / "a").chmod(0)
remove(root)
sys.exit(root.exists())
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("kind", ["file", "link", "fifo", "nothing"])
def test_whatever_it_is_it_is_removed(tmp_path: Path, kind: str) -> None:
    (tmp_path / "kept").mkdir()
    path = tmp_path / "x"
    if kind == "file":
        path.touch()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "link":
        path.symlink_to(tmp_path / "kept")

    remove(path)

    assert os.listdir(tmp_path) == ["kept"]


def test_a_full_disk_keeps_no_half_of_a_file(tmp_path: Path) -> None:
    replace_file(tmp_path / "x", "the old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            replace_file(tmp_path / "x", "x" * 2000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert os.listdir(tmp_path) == ["x"]
    assert (tmp_path / "x").read_text() == "the old"
