"""The contract of uploads that are still open: what could be left behind is always found."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from tests.backends.store_bench import StoreBench, parts_of, read_all


def keys_open(bench: StoreBench, name: str) -> list[tuple[str, str]]:
    return sorted((found.name, found.key) for found in bench.store.open_uploads(name))


def test_open_uploads_are_listed_over_several_pages(bench: StoreBench, name: str) -> None:
    wanted = sorted((f"{name}/{n}", bench.upload(f"{name}/{n}", [b"x"] * 3)) for n in range(5))
    assert keys_open(bench, name) == wanted
    for found in wanted:
        bench.store.abort_parts(*found)
    assert keys_open(bench, name) == []
    assert bench.remains(name) == []


def test_an_open_upload_tells_when_it_was_last_known_to_change(
    bench: StoreBench, name: str
) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)  # stores may tell whole seconds
    key = bench.upload(name, [b"x"])
    (found,) = bench.store.open_uploads(name)
    assert before <= found.changed_at <= datetime.now(UTC) + timedelta(seconds=2)
    bench.store.abort_parts(name, key)


def test_a_completed_upload_is_not_open(bench: StoreBench, name: str) -> None:
    bench.make(name, parts_of(bench))
    assert keys_open(bench, name) == []


def test_two_open_uploads_of_one_object_are_told_apart(bench: StoreBench, name: str) -> None:
    bench.make(name, [b"kept"])
    lost = [bench.upload(name, [b"lost"]) for _ in range(2)]
    assert keys_open(bench, name) == sorted((name, key) for key in lost)
    for key in lost:
        bench.store.abort_parts(name, key)
    assert keys_open(bench, name) == []
    assert read_all(bench.store, name) == b"kept"


def test_a_part_that_comes_after_the_abort_stays_nowhere_unseen(
    bench: StoreBench, name: str
) -> None:
    key = bench.upload(name, [b"first"])
    late = bench.store.sign_parts(name, key, [2], expires_s=60)[2]
    bench.store.abort_parts(name, key)
    with suppress(FileNotFoundError):  # S3 refuses it; Swift stores what is signed
        bench.send(late, b"second")
    assert bool(keys_open(bench, name)) == bool(bench.remains(name))
    bench.store.abort_parts(name, key)
    assert bench.remains(name) == []
