from __future__ import annotations

import itertools
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from pytest_django import Settings

from backends.memory import MemoryStore
from jobs.models import Job, ResultFile
from jobs.results import previews as previews_module
from jobs.results.previews import make_previews, preview_name
from previews.kinds import Kind, Preview

Made = list[str]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Made:
    """The names of the files of which previews were asked for; each gets one, here and now."""
    names: Made = []

    def preview_of(
        name: str, size_bytes: int, chunks: Iterator[bytes], *, until_s: float
    ) -> Preview | None:
        names.append(name)
        if b"bug" in (head := next(chunks)):
            raise RuntimeError("a bug")
        return Preview(Kind.TEXT, head, {"cut": 1}) if b"none" not in head else None

    monkeypatch.setattr(previews_module, "preview_of", preview_of)
    settings.PREVIEWS = 3
    return names


def files_of(job: Job, store: MemoryStore, **contents: bytes) -> list[ResultFile]:
    rows = []
    for number, (name, content) in enumerate(contents.items(), start=1):
        object_name = f"results/{job.pk}/0/{number}"
        store.write(object_name, content)
        name = name.replace("_", ".")
        row = ResultFile(number=number, name=name, size_bytes=len(content), object_name=object_name)
        rows.append(row)
    return rows


def test_a_preview_is_stored_with_the_result_and_described(
    job: Job, store: MemoryStore, made: Made
) -> None:
    rows = files_of(job, store, a_txt=b"text", b_txt=b"none")

    make_previews(job, rows, store)

    assert [row.preview for row in rows] == [{"kind": "text", "size_bytes": 4, "cut": 1}, {}]
    assert preview_name(job, 1) == f"results/{job.pk}/preview/1"
    assert store.read(preview_name(job, 1), max_bytes=9) == b"text"


def test_so_many_of_the_most_promising_are_looked_at(
    job: Job, store: MemoryStore, made: Made
) -> None:
    rows = files_of(job, store, a_log=b"1", b_gz=b"2", c_log=b"3", d_log=b"4", e_png=b"5")

    make_previews(job, rows, store)

    assert made == ["e.png", "a.log", "c.log"]


def test_neither_a_bug_nor_the_store_keeps_a_result_from_being_delivered(
    job: Job, store: MemoryStore, made: Made, caplog: pytest.LogCaptureFixture
) -> None:
    rows = files_of(job, store, a_txt=b"a bug", b_txt=b"text")

    make_previews(job, rows, store)
    assert "has not all its previews" in caplog.text
    store.is_stopped = True
    make_previews(job, rows[1:], store)

    assert [row.preview for row in rows] == [{}, {}]


def test_what_takes_too_long_is_left(
    job: Job, store: MemoryStore, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = files_of(job, store, a_txt=b"text", b_txt=b"text", c_txt=b"text")
    clock = itertools.count(0, 9)
    # Of this module alone: other threads look at the clock, too.
    monkeypatch.setattr(previews_module, "time", SimpleNamespace(monotonic=lambda: next(clock)))

    make_previews(job, rows, store)

    assert made == ["a.txt", "b.txt"]


def test_many_pictures_leave_a_place_to_others(job: Job, store: MemoryStore, made: Made) -> None:
    pictures = {f"cell{number}_png": b"1" for number in (10, 9, 8)}
    rows = files_of(job, store, **pictures, run_log=b"2", README=b"3")

    make_previews(job, rows, store)
    assert made == ["README", "cell8.png", "cell9.png"]
    made.clear()
    make_previews(job, rows[:3], store)
    assert made == ["cell8.png", "cell9.png", "cell10.png"]
