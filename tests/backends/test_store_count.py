"""The contract of counting: what is stored below a prefix, each byte once, and nothing else."""

import pytest

from backends.base import Footprint
from backends.memory import MemoryStore
from backends.s3_client import parts_count
from backends.swift_segments import segment
from tests.backends.store_bench import StoreBench, parts_of


def test_an_object_counts_with_the_parts_that_it_was_made_of(bench: StoreBench, name: str) -> None:
    contents = parts_of(bench)
    bench.make(f"{name}/large", contents)
    bench.store.write(f"{name}/small", b"hello")
    bench.store.write(f"{name}/empty", b"")
    size_bytes = len(b"".join(contents)) + 5
    assert bench.store.count(f"{name}/") == Footprint(3, len(contents), size_bytes)


def test_what_lies_beside_the_prefix_does_not_count(bench: StoreBench, name: str) -> None:
    bench.make(f"{name}0/large", [b"x"])
    assert bench.store.count(f"{name}/") == Footprint()
    assert not bench.store.count(f"{name}/")


def test_parts_of_an_open_upload_count_until_it_is_aborted(bench: StoreBench, name: str) -> None:
    contents = parts_of(bench)
    key = bench.upload(name, contents)
    assert bench.store.count(name) == Footprint(0, len(contents), len(b"".join(contents)))
    bench.store.abort_parts(name, key)
    assert not bench.store.count(name)


def test_of_a_deleted_object_nothing_counts(bench: StoreBench, name: str) -> None:
    bench.make(name, parts_of(bench))
    bench.store.delete(name)
    assert not bench.store.count(name)


def test_what_is_joined_counts_every_stored_byte_once(bench: StoreBench, name: str) -> None:
    pieces = {f"{name}/{n}": b"piece %d;" % n for n in (1, 2, 3)}
    for piece, data in pieces.items():
        bench.store.write(piece, data)
    bench.store.join(f"{name}/all", list(pieces))
    found = bench.store.count(f"{name}/")
    size_bytes = len(b"".join(pieces.values()))
    assert found.objects == 4
    assert found.size_bytes == size_bytes * (1 if bench.joins_by_name else 2)


@pytest.mark.live
def test_swift_shows_segments_whose_manifest_is_gone(
    name: str, request: pytest.FixtureRequest
) -> None:
    store = request.getfixturevalue("swift_store")
    key = "0" * 32
    for number in (1, 2):
        store.write(segment(name, key, number), b"x" * 10)
    assert store.count(name) == Footprint(0, 2, 20)
    assert [(upload.name, upload.key) for upload in store.open_uploads(name)] == [(name, key)]
    store.abort_parts(name, key)
    assert not store.count(name)


@pytest.mark.parametrize(
    ("etag", "count"),
    [('"d41d8cd98f00b204e9800998ecf8427e"', 0), ('"9b2cf535f27731c9-12"', 12), ('"a-b"', 0)],
)
def test_an_etag_tells_of_how_many_parts_an_object_was_made(etag: str, count: int) -> None:
    assert parts_count(etag) == count


def test_a_late_listing_in_memory_shows_what_is_deleted_until_it_has_caught_up() -> None:
    store = MemoryStore()
    store.write("results/1/a", b"four")
    store.is_late = True
    store.delete("results/1/a")
    assert store.count("results/1/") == Footprint(1, 0, 4)
    assert not store.exists("results/1/a")
    store.catch_up()
    assert not store.count("results/1/")
