"""Everything in one ZIP, as a browser and as curl ask for it."""

from __future__ import annotations

import hashlib
import io
import json
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections
from django.http import StreamingHttpResponse
from django.test import Client
from django.utils import timezone

from backends.memory import MemoryStore
from freeloader_site.logs import without_secrets
from jobs.models import Job, LinkAct, ResultFile, ResultLink
from jobs.results.acts import revoke
from jobs.results.archive import sending
from tests.jobs.scenes import link_of

pytestmark = pytest.mark.django_db
FILES = {"plots/a.txt": b"hello", "../../b.bin": bytes(300_000), "SHA256SUMS": b"mine"}


@pytest.fixture
def job(delivered: Job, store: MemoryStore) -> Job:
    """Olga's result has three files, and they are in the store."""
    delivered.results.all().delete()
    for number, (name, data) in enumerate(FILES.items(), 1):
        keep(delivered, store, number, name, data)
    return delivered


def keep(job: Job, store: MemoryStore, number: int, name: str, data: bytes) -> None:
    file = ResultFile.objects.create(
        job=job, number=number, name=name, size_bytes=len(data), crc32=zlib.crc32(data),
        sha256=hashlib.sha256(data).hexdigest(), object_name=f"results/{job.pk}/0/{number}",
    )  # fmt: skip
    store.write(file.object_name, data)


@pytest.fixture
def link(job: Job) -> ResultLink:
    return link_of(job)


@pytest.fixture
def door(link: ResultLink) -> str:
    return f"/r/{link.token}/all"


@pytest.fixture
def address(client: Client, door: str) -> str:
    """Where the button led."""
    return str(client.post(door)["Location"])


@pytest.fixture(autouse=True)
def _every_place_is_given_back() -> Iterator[None]:
    yield
    assert sending._taken == 0


def body(response: Any) -> bytes:
    """All of it; Django's client then closes what was streamed, as a server does."""
    return b"".join(response) if response.streaming else bytes(response.content)


def leave(response: Any) -> None:
    """Close it as a server does when the client has gone, but keep the test's own database."""
    request_finished.disconnect(close_old_connections)
    response.close()
    request_finished.connect(close_old_connections)


def fetched(client: Client, address: str, **headers: str) -> tuple[int, bytes]:
    response = client.get(address, headers=headers)
    return response.status_code, body(response)


def test_the_button_leads_to_a_zip_of_all_with_its_checksums_and_record(
    client: Client, job: Job, door: str
) -> None:
    response = client.post(door)
    assert response.status_code == 303
    folder = f"word-count-{job.short_id}"
    assert response["Location"].startswith(f"{door}/")
    assert response["Location"].endswith(f"/{folder}.zip")
    status, data = fetched(client, response["Location"])
    assert status == 200
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        found = {name.removeprefix(f"{folder}/"): archive.read(name) for name in archive.namelist()}
    sums, record = found.pop("SHA256SUMS"), found.pop("ro-crate-metadata.json")
    assert found == {"plots/a.txt": b"hello", "b.bin": bytes(300_000), "SHA256SUMS-2": b"mine"}
    lines = {line[66:]: line[:64] for line in sums.decode().splitlines()}
    everything = found | {"ro-crate-metadata.json": record}
    assert lines == {name: hashlib.sha256(data).hexdigest() for name, data in everything.items()}
    assert record == client.get(door.removesuffix("all") + "ro-crate-metadata.json").content
    named = {one["@id"] for one in json.loads(record)["@graph"]}
    assert set(found) <= named


def test_the_headers_say_what_a_download_needs_to_go_on(client: Client, address: str) -> None:
    asked, got = client.head(address), client.get(address)
    for name in ("ETag", "Content-Length", "Accept-Ranges", "Content-Type", "Content-Disposition"):
        assert asked[name] == got[name]
    assert asked.content == b""
    assert got["Accept-Ranges"] == "bytes"
    assert got["X-Accel-Buffering"] == "no"
    assert "no-transform" in got["Cache-Control"]
    assert len(body(got)) == int(got["Content-Length"])


def test_a_post_counts_and_nothing_else_does(client: Client, link: ResultLink, door: str) -> None:
    assert client.get(door).status_code == client.head(door).status_code == 303
    assert not link.acts.filter(kind=LinkAct.Kind.DOWNLOADED).exists()
    address = client.post(door)["Location"]
    client.head(address)
    fetched(client, address)
    fetched(client, address, Range="bytes=5-")
    client.post(door, headers={"Content-Range": "bytes 7-6/7"})  # curl -C - --data ''
    act = link.acts.get(kind=LinkAct.Kind.DOWNLOADED)
    assert (act.file_number, act.actor) == (None, "collaborator")


def test_a_cut_download_goes_on_where_it_was(client: Client, address: str) -> None:
    _, whole = fetched(client, address)
    response = client.get(address, headers={"Range": "bytes=1000-"})
    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes 1000-{len(whole) - 1}/{len(whole)}"
    assert int(response["Content-Length"]) == len(whole) - 1000
    assert body(response) == whole[1000:]


def test_it_goes_on_only_with_the_bytes_that_it_began_with(client: Client, address: str) -> None:
    etag = client.head(address)["ETag"]
    _, whole = fetched(client, address)
    same = fetched(client, address, Range="bytes=9-19", If_Range=etag)
    assert same == (206, whole[9:20])
    assert fetched(client, address, Range="bytes=9-19", If_Range='"another"') == (200, whole)
    assert fetched(client, address, Range="bytes=9-19", If_Match='"another"')[0] == 412
    assert fetched(client, address, If_None_Match=etag)[0] == 304


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=-10", -10, None),
        ("bytes=-99999999", 0, None),
        ("bytes=5-99999999", 5, None),
    ],
)
def test_ranges_are_read_as_the_rfc_says(
    client: Client, address: str, asked: str, start: int, stop: int | None
) -> None:
    _, whole = fetched(client, address)
    assert fetched(client, address, Range=asked) == (206, whole[start:stop])


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=5-4",
        "bytes=-",
        "bytes=0-1,5-6",
        "lines=1-2",
        "bytes=a-b",
        "bytes=٣-",
        f"bytes={'9' * 5000}-",  # more than Python makes a number of
    ],
)
def test_what_is_no_single_range_gets_the_whole(client: Client, address: str, asked: str) -> None:
    status, data = fetched(client, address, Range=asked)
    assert (status, len(data)) == (200, int(client.head(address)["Content-Length"]))


@pytest.mark.parametrize("asked", ["bytes={}-", "bytes=99999999-", "bytes=-0"])
def test_of_what_is_complete_there_is_no_more(client: Client, address: str, asked: str) -> None:
    size = client.head(address)["Content-Length"]
    response = client.get(address, headers={"Range": asked.format(size)})
    assert (response.status_code, response["Content-Range"]) == (416, f"bytes */{size}")


def test_a_revoked_link_ends_its_addresses_too(
    client: Client, link: ResultLink, door: str, address: str
) -> None:
    revoke(link, actor="sam")
    assert client.get(address).status_code == client.post(door).status_code == 410


def test_an_address_of_yesterday_leads_back_to_the_page(
    client: Client, link: ResultLink, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = (timezone.now() + timedelta(days=1)).timestamp()
    monkeypatch.setattr("jobs.results.archive.pages.time.time", lambda: later)
    response = client.get(address)
    assert response.status_code == 410
    assert f"/r/{link.token}/" in response.content.decode()


def test_eve_finds_nothing_with_a_signature_for_another_link(
    client: Client, link: ResultLink, address: str
) -> None:
    signature = address.split("/")[4]
    assert client.get(address.replace(link.token, "x" * 43)).status_code == 404
    assert (
        client.get(address.replace(signature, f"{link.pk + 1}{signature[1:]}")).status_code == 410
    )
    other = ResultLink.objects.create(
        job=link.job, token_sha256=hashlib.sha256(b"eve").hexdigest(), expires_at=link.expires_at
    )
    assert other.is_live
    assert client.get(address.replace(link.token, "eve")).status_code == 410


def test_neither_token_nor_signature_is_written_down(address: str) -> None:
    line = without_secrets(f"Not Found: {address}")
    assert line == f"Not Found: /r/…/all/…/{address.rsplit('/', 1)[1]}"


def test_of_one_file_there_is_no_archive(client: Client, job: Job, door: str) -> None:
    assert "Download everything" in client.get(door.removesuffix("all")).content.decode()
    job.results.exclude(number=1).delete()
    assert client.post(door).status_code == 404
    assert "Download everything" not in client.get(door.removesuffix("all")).content.decode()


def test_of_results_from_before_crcs_were_noted_there_is_none(
    client: Client, job: Job, door: str
) -> None:
    job.results.filter(number=1).update(crc32=None)
    assert client.post(door).status_code == 404


def test_who_comes_when_all_places_are_taken_is_asked_to_wait(
    client: Client, link: ResultLink, door: str, address: str, settings: Any
) -> None:
    settings.ARCHIVES_AT_ONCE = 1
    first = client.get(address)
    before = link.acts.count()
    for response in (client.get(address), client.post(door)):
        assert (response.status_code, response["Retry-After"]) == (503, "60")
        assert f'action="{door}"' in response.content.decode()
    assert link.acts.count() == before
    assert client.head(address).status_code == 200
    leave(first)
    assert fetched(client, address)[0] == 200


def test_a_client_that_leaves_gives_its_place_back(client: Client, address: str) -> None:
    response = client.get(address)
    assert isinstance(response, StreamingHttpResponse)
    assert next(iter(response))
    assert sending._taken == 1
    leave(response)
    leave(response)
    assert sending._taken == 0


def test_a_store_that_is_away_from_the_start_gets_a_page(
    client: Client, store: MemoryStore, door: str, address: str
) -> None:
    store.is_stopped = True
    response = client.get(address)
    assert response.status_code == 503
    assert f'action="{door}"' in response.content.decode()
    store.is_stopped = False


def test_a_store_that_loses_a_file_midway_breaks_the_connection(
    client: Client, job: Job, store: MemoryStore, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    response = client.get(address)
    store.delete(job.results.get(number=3).object_name)
    blocks: list[bytes] = []
    with pytest.raises(ConnectionResetError):
        blocks.extend(response)
    leave(response)
    assert sum(map(len, blocks)) < int(response["Content-Length"])
    assert "An archive was broken off: The store has no object" in caplog.text


def test_as_many_files_as_there_may_be_take_few_queries(
    client: Client, job: Job, address: str, django_assert_max_num_queries: Any
) -> None:
    ResultFile.objects.bulk_create(
        ResultFile(
            job=job, number=number, name=f"{number}", size_bytes=0, crc32=0, object_name="none",
            sha256=hashlib.sha256().hexdigest(),
        )
        for number in range(4, 100)
    )  # fmt: skip
    with django_assert_max_num_queries(30):
        client.head(address)


@pytest.mark.live
def test_ten_thousand_small_files_go_through_the_door(
    client: Client, job: Job, store: MemoryStore, address: str
) -> None:
    ResultFile.objects.bulk_create(
        ResultFile(
            job=job, number=number, name=f"part {number % 100}/{number}", size_bytes=200,
            crc32=zlib.crc32(b"x" * 200), sha256=hashlib.sha256(b"x" * 200).hexdigest(),
            object_name=f"results/{job.pk}/0/same",
        )
        for number in range(4, 10_001)
    )  # fmt: skip
    store.write(f"results/{job.pk}/0/same", b"x" * 200)
    tracemalloc.start()
    try:
        status, data = fetched(client, address)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert status == 200
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert len(archive.namelist()) == 10_002
    assert peak < 64 * 2**20  # with the archive itself, 8 MB, twice
