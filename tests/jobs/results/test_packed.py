"""What is in a ZIP of the node's: told, and the first of it shown, without reading all of it."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest
from django.test import Client
from pytest_django import Settings

from backends.memory import MemoryStore
from jobs.models import Job, ResultFile
from jobs.results import previews as previews_module
from jobs.results.packed import LISTED, Inside
from jobs.results.previews import make_previews, preview_name
from pipelines.models import Pipeline
from previews.kinds import Kind, Preview
from previews.zip_directory import Entry
from tests.jobs import scenes
from tests.jobs.pages import Page, read
from tests.jobs.scenes import link_of
from tests.previews.zips import packed
from uploads.rules import size_text

MIB = 2**20
MANY = {f"cells/cell_{number}.csv": b"1,2\n" for number in range(1, 1001)}
HOSTILE = "..\u202ea\x1b[2J<script>alert(1)<b>.csv"


class Ranges(MemoryStore):
    """Counts the bytes that are taken of what is streamed."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = 0

    @contextmanager
    def stream(self, name: str, *, start: int = 0) -> Iterator[Iterator[bytes]]:
        with super().stream(name, start=start) as chunks:
            yield self._counted(chunks)

    def _counted(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.taken += len(chunk)
            yield chunk


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> list[str]:
    """The names of the files of which previews were asked for; each gets one, without a child."""
    names: list[str] = []

    def preview_of_packed(
        entry: Entry, chunks: Iterator[bytes], *, until_s: float
    ) -> Preview | None:
        names.append(entry.name)
        assert next(chunks).startswith(b"PK\3\4")
        return Preview(Kind.TEXT, entry.name.encode("utf-8", "replace"))

    monkeypatch.setattr(previews_module, "preview_of_packed", preview_of_packed)
    settings.PREVIEWS = 3
    return names


def zipped(job: Job, store: MemoryStore, files: Mapping[str, bytes], **change: int) -> ResultFile:
    """The one row of a job whose results the node has packed."""
    data, name = packed(files), f"results/{job.pk}/0/0"
    store.write(name, data)
    told = {"number": 1, "name": "results.zip", "size_bytes": len(data), "object_name": name}
    preview = {"packed_files": len(files)} | change
    return ResultFile(**told, sha256=hashlib.sha256(data).hexdigest(), preview=preview)


def test_of_thousands_the_first_are_told_and_the_most_promising_shown(
    job: Job, store: MemoryStore, shown: list[str]
) -> None:
    row = zipped(job, store, MANY | {"README.md": b"# Notes", "zoo.png": b"1", "x.bam": b"2"})

    make_previews(job, [row], store)

    assert shown == ["README.md", "cells/cell_1.csv", "zoo.png"]
    told = Inside.of(row)
    assert [one.name for one in told[:4]] == ["README.md", "x.bam", "zoo.png", "cells/cell_1.csv"]
    assert [one.name for one in told if one.preview] == ["README.md", "zoo.png", "cells/cell_1.csv"]
    assert len(told) == LISTED + 3
    readme = next(one for one in told if one.name == "README.md")
    assert store.read(preview_name(job, 1, readme.number), max_bytes=99) == b"README.md"
    assert row.preview["packed_files"] == 1003


def test_no_folder_hides_another(job: Job, store: MemoryStore, shown: list[str]) -> None:
    pictures = {f"pictures/{number:02}.png": b"1" for number in range(78)}
    texts = {f"texts/{number:02}.txt": b"2" for number in range(73)}
    row = zipped(job, store, pictures | texts | {"deep/er/one.bin": b"3"})

    make_previews(job, [row], store)

    folders = Counter(one.name.rpartition("/")[0] for one in Inside.of(row) if not one.preview)
    assert folders == {"pictures": 25, "texts": 24, "deep/er": 1}


def test_of_more_folders_than_have_room_the_first_are_told(
    job: Job, store: MemoryStore, shown: list[str]
) -> None:
    names = [f"{folder}/{name}.bin" for folder in range(1, 61) for name in "ab"]
    row = zipped(job, store, dict.fromkeys(names, b"1"))

    make_previews(job, [row], store)

    assert [one.name for one in Inside.of(row)] == [f"{at}/a.bin" for at in range(1, 51)]


def test_no_more_is_read_than_is_shown(job: Job, shown: list[str]) -> None:
    store = Ranges()
    noise = random.Random(7).randbytes(4 * MIB)  # noqa: S311 - nothing can be packed smaller
    row = zipped(job, store, {"a.csv": b"a,b\n", "large.bin": noise, "b.csv": b"1,2\n"})
    store.taken = 0

    make_previews(job, [row], store)

    assert shown == ["a.csv", "b.csv"]
    assert row.size_bytes > 4 * MIB
    assert store.taken < 2 * MIB


def test_a_zip_that_is_not_as_nodes_pack_them_is_a_file_like_others(
    job: Job, store: MemoryStore, shown: list[str]
) -> None:
    row = zipped(job, store, {"a.csv": b"a,b\n"}, packed_files=2)
    make_previews(job, [row], store)
    assert row.preview == {"packed_files": 2}
    store.write("other", b"PK" * 500)
    row = ResultFile(number=1, name="results.zip", size_bytes=1000, object_name="other")
    row.preview = {"packed_files": 2}
    make_previews(job, [row], store)
    assert row.preview == {"packed_files": 2}
    assert shown == []


def test_where_time_or_store_fails_it_is_still_told_what_is_in_it(
    job: Job, store: MemoryStore, shown: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = zipped(job, store, {"a.csv": b"a,b\n", "b.csv": b"1,2\n"})

    def stops(entry: Entry, chunks: Iterator[bytes], *, until_s: float) -> None:
        store.is_stopped = True

    monkeypatch.setattr(previews_module, "preview_of_packed", stops)
    make_previews(job, [row], store)

    assert [(one.name, one.preview) for one in Inside.of(row)] == [("a.csv", {}), ("b.csv", {})]


# --- the page ----------------------------------------------------------------------------------


@pytest.fixture
def delivered(pipeline: Pipeline, store: MemoryStore, shown: list[str]) -> Job:
    """Of a thousand files three are shown; one has a hostile name."""
    job = scenes.delivered(pipeline)
    job.results.all().delete()
    files = MANY | {HOSTILE: b"1", "fig.png": b"2"}
    row = zipped(job, store, files)
    row.job = job
    make_previews(job, [row], store)
    row.save()
    return job


def page_of(client: Client, job: Job) -> Page:
    return read(client.get(f"/r/{link_of(job).token}/"))


def test_the_page_shows_what_is_in_it_and_how_much_more(client: Client, delivered: Job) -> None:
    page = page_of(client, delivered)

    assert (
        f"1,002 files in one ZIP, {size_text(delivered.results.get().size_bytes)} As there are more"
        in page.text
    )
    assert "Below the ZIP you see what is in it." in page.text
    assert "cell_7.csv" in page.text
    assert "And 949 more in the ZIP." in page.text
    assert "cells/" in page.texts["h3"]
    token = link_of(delivered).token
    places = [place["data-part"] for place in page.all("div") if "data-part" in place]
    assert f"/r/{token}/1/1/preview" in places
    assert client.get(str(places[0])).status_code == 200
    # Only the ZIP can be fetched.
    actions = [str(form["action"]) for form in page.all("form")]
    assert [one for one in actions if one.rpartition("/")[2].isdecimal()] == [f"/r/{token}/1"]


def test_a_hostile_name_in_it_is_a_name(client: Client, delivered: Job) -> None:
    content = client.get(f"/r/{link_of(delivered).token}/").content.decode()
    assert "&lt;script&gt;alert(1)" in content
    for bad in ("<script>alert", "\u202e", "\x1b"):
        assert bad not in content
    number = next(one.number for one in Inside.of(delivered.results.get()) if "alert" in one.name)
    answer = client.get(
        f"/r/{link_of(delivered).token}/1/{number}/preview",
        headers={"Sec-Fetch-Dest": "document"},
    )
    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode()


@pytest.mark.parametrize("door", ["1/900/preview", "1/99999999/preview", "2/1/preview"])
def test_what_is_not_shown_has_no_door(client: Client, delivered: Job, door: str) -> None:
    assert client.get(f"/r/{link_of(delivered).token}/{door}").status_code == 404
