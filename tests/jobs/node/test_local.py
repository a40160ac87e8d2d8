"""The folder in the store's place, when a PI tries her file at home."""

from __future__ import annotations

import io
import multiprocessing
from pathlib import Path

from jobs.node import local, store


def write_often(url: str) -> None:
    for number in range(200):
        store.put(url, b"%d" % number, 3)


def test_what_is_put_is_what_is_got(tmp_path: Path) -> None:
    url = (tmp_path / "deep" / "a b.txt").as_uri()

    store.put(url, io.BytesIO(b"one two"), 7)

    assert b"".join(store.get(url, 0)) == b"one two"
    assert b"".join(store.get(url, 4)) == b"two"


def test_workers_may_put_the_same_side_by_side(tmp_path: Path) -> None:
    url = (tmp_path / "progress.json").as_uri()
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=write_often, args=(url,)) for _ in range(3)]

    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert [path.name for path in tmp_path.iterdir()] == ["progress.json"]


def test_only_urls_of_files_are_taken_for_files() -> None:
    assert local.is_local("file:///tmp/a")
    assert not local.is_local("https://store.example/file:a")
