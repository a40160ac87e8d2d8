"""The contract of the object store: the same for the one in memory, for Swift's API and for S3."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import Storage

from backends.base import ObjectNotFound, Part, SignedRequest, StoreError
from tests.backends.store_bench import (
    MemoryBench,
    StoreBench,
    eventually,
    numbers,
    parts_of,
    read_all,
)

MIB = 2**20


# --- an upload by parts ---


def test_parts_sent_in_any_order_make_the_object_in_theirs(bench: StoreBench, name: str) -> None:
    contents = parts_of(bench)
    key = bench.upload(name, contents)
    stored = bench.store.stored_parts(name, key)
    assert [part.size_bytes for part in stored] == [len(content) for content in contents]
    made = bench.store.complete_parts(name, key, list(reversed(stored)))
    assert (made.name, made.size_bytes) == (name, len(b"".join(contents)))
    assert read_all(bench.store, name) == b"".join(contents)


def test_parts_are_listed_over_several_pages(bench: StoreBench, name: str) -> None:
    key = bench.upload(name, [b"x"] * 5)
    assert numbers(bench.store.stored_parts(name, key)) == [1, 2, 3, 4, 5]
    bench.store.abort_parts(name, key)


def test_a_part_sent_twice_counts_once_as_it_was_last(bench: StoreBench, name: str) -> None:
    key = bench.upload(name, [b"first"])
    bench.send(bench.store.sign_parts(name, key, [1], expires_s=60)[1], b"second")
    bench.store.complete_parts(name, key, bench.store.stored_parts(name, key))
    assert read_all(bench.store, name) == b"second"


def test_an_upload_that_lacks_a_part_is_refused(bench: StoreBench, name: str) -> None:
    key = bench.upload(name, parts_of(bench, 2))
    stored = bench.store.stored_parts(name, key)
    with pytest.raises(StoreError) as refused:
        bench.store.complete_parts(name, key, [*stored, Part(3, 7, "0" * 32)])
    assert not refused.value.transient
    with pytest.raises(ObjectNotFound):
        bench.store.stat(name)
    bench.store.abort_parts(name, key)


def test_to_complete_twice_gives_the_same_answer(bench: StoreBench, name: str) -> None:
    contents = parts_of(bench)
    key = bench.upload(name, contents)
    stored = bench.store.stored_parts(name, key)
    first = bench.store.complete_parts(name, key, stored)
    assert bench.store.complete_parts(name, key, stored) == first
    assert read_all(bench.store, name) == b"".join(contents)


def test_to_complete_again_without_parts_keeps_the_object(bench: StoreBench, name: str) -> None:
    made = bench.make(name, [b"kept"])
    key = bench.store.begin_parts(name)
    assert bench.store.complete_parts(name, key, []) == made
    assert read_all(bench.store, name) == b"kept"


def test_to_complete_the_same_upload_without_parts_keeps_it(bench: StoreBench, name: str) -> None:
    key = bench.upload(name, [b"kept"])
    bench.store.complete_parts(name, key, bench.store.stored_parts(name, key))
    bench.store.complete_parts(name, key, [])
    assert read_all(bench.store, name) == b"kept"


def test_an_upload_without_parts_makes_an_empty_object(bench: StoreBench, name: str) -> None:
    key = bench.store.begin_parts(name)
    assert bench.store.complete_parts(name, key, []).size_bytes == 0
    assert bench.store.complete_parts(name, key, []).size_bytes == 0
    assert read_all(bench.store, name) == b""


def test_an_upload_of_one_empty_part_makes_an_empty_object(bench: StoreBench, name: str) -> None:
    assert bench.make(name, [b""]).size_bytes == 0
    assert bench.remains(name) == [name]


def test_an_empty_part_among_others_is_left_out(bench: StoreBench, name: str) -> None:
    contents = [*parts_of(bench), b""]
    assert bench.make(name, contents).size_bytes == len(b"".join(contents))
    assert read_all(bench.store, name) == b"".join(contents)


def test_an_aborted_upload_leaves_nothing(bench: StoreBench, name: str) -> None:
    key = bench.upload(name, parts_of(bench))
    assert bench.remains(name)
    bench.store.abort_parts(name, key)
    bench.store.abort_parts(name, key)
    assert bench.remains(name) == []
    assert bench.store.stored_parts(name, key) == []


def test_to_abort_after_completion_keeps_the_object(bench: StoreBench, name: str) -> None:
    key = bench.upload(name, [b"kept"])
    bench.store.complete_parts(name, key, bench.store.stored_parts(name, key))
    bench.store.abort_parts(name, key)
    assert read_all(bench.store, name) == b"kept"


def test_parts_that_are_not_named_are_left_out(bench: StoreBench, name: str) -> None:
    contents = parts_of(bench)
    key = bench.upload(name, contents)
    bench.store.complete_parts(name, key, bench.store.stored_parts(name, key)[:2])
    assert read_all(bench.store, name) == b"".join(contents[:2])


# --- whole objects ---


def test_a_deleted_object_leaves_no_segments(bench: StoreBench, name: str) -> None:
    bench.make(name, parts_of(bench))
    bench.store.delete(name)
    with pytest.raises(ObjectNotFound):
        bench.store.stat(name)
    # through S3, Swift leaves the segments to its object-expirer
    assert eventually(lambda: bench.remains(name) == [])
    bench.store.delete(name)


def test_to_delete_an_object_spares_those_whose_names_begin_so(
    bench: StoreBench, name: str
) -> None:
    bench.make(name, [b"gone"])
    bench.make(f"{name}/more", [b"stays"])
    bench.make(f"{name}2", [b"stays too"])
    bench.store.delete(name)
    assert read_all(bench.store, f"{name}/more") == b"stays"
    assert read_all(bench.store, f"{name}2") == b"stays too"


def test_objects_are_listed_by_name_over_several_pages(bench: StoreBench, name: str) -> None:
    for number in (4, 2, 5, 1, 3):
        bench.store.write(f"{name}/{number}", b"x" * number)
    bench.store.write(f"{name}-other", b"x")
    found = [(o.name, o.size_bytes) for o in bench.store.list_objects(f"{name}/")]
    assert found == [(f"{name}/{number}", number) for number in (1, 2, 3, 4, 5)]


def test_a_listing_tells_since_when_an_object_is_there(bench: StoreBench, name: str) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    bench.store.write(name, b"x")
    (found,) = bench.store.list_objects(name)
    assert found.changed_at
    assert before <= found.changed_at <= datetime.now(UTC) + timedelta(seconds=2)


def test_an_object_of_parts_is_listed_with_its_whole_size(bench: StoreBench, name: str) -> None:
    made = bench.make(name, parts_of(bench))
    assert list(bench.store.list_objects(name)) == [made]


def test_nothing_is_listed_below_a_prefix_that_nobody_used(bench: StoreBench, name: str) -> None:
    assert list(bench.store.list_objects(name)) == []


def test_a_stream_comes_in_chunks_of_at_most_a_mebibyte(bench: StoreBench, name: str) -> None:
    data = bytes(range(256)) * 4096 * 2 + b"tail"
    bench.store.write(name, data)
    with bench.store.stream(name) as chunks:
        received = list(chunks)
    assert max(map(len, received)) <= MIB
    assert b"".join(received) == data


def test_a_stream_starts_where_it_is_asked_to(bench: StoreBench, name: str) -> None:
    contents = parts_of(bench)
    bench.make(name, contents)
    start = len(contents[0]) - 2
    assert read_all(bench.store, name, start=start) == b"".join(contents)[start:]


def test_a_stream_from_the_end_or_beyond_is_empty(bench: StoreBench, name: str) -> None:
    bench.store.write(name, b"four")
    assert read_all(bench.store, name, start=4) == b""
    assert read_all(bench.store, name, start=40) == b""


def test_a_stream_may_be_left_early_and_the_store_still_works(bench: StoreBench, name: str) -> None:
    bench.store.write(name, b"x" * 3 * MIB)
    with bench.store.stream(name) as chunks:
        next(chunks)
        assert bench.store.stat(name).size_bytes == 3 * MIB
    assert bench.store.stat(name).size_bytes == 3 * MIB


def test_a_missing_object_is_told_apart_from_a_fault(bench: StoreBench, name: str) -> None:
    with pytest.raises(ObjectNotFound, match=name):
        bench.store.stat(name)
    with pytest.raises(ObjectNotFound, match=name), bench.store.stream(name) as chunks:
        list(chunks)
    bench.store.delete(name)


def test_a_small_object_is_read_whole_and_a_larger_one_refused(
    bench: StoreBench, name: str
) -> None:
    bench.store.write(name, b"receipt")
    assert bench.store.read(name, max_bytes=7) == b"receipt"
    with pytest.raises(StoreError, match="larger than 6 bytes"):
        bench.store.read(name, max_bytes=6)


def test_names_may_hold_spaces_and_letters_of_any_language(bench: StoreBench, name: str) -> None:
    odd = f"{name} größe & 100% #1?.txt"
    bench.make(odd, [b"odd"])
    assert [found.name for found in bench.store.list_objects(name)] == [odd]
    assert bench.send(bench.store.sign_get(odd, expires_s=60)) == b"odd"
    bench.store.delete(odd)
    assert eventually(lambda: bench.remains(name) == [])


def test_threads_may_share_the_store(bench: StoreBench, name: str) -> None:
    def there_and_back(number: int) -> bytes:
        bench.store.write(f"{name}/{number}", b"%d" % number)
        return read_all(bench.store, f"{name}/{number}")

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(there_and_back, range(12)))
    assert found == [b"%d" % number for number in range(12)]


# --- joined objects ---


def test_small_pieces_are_joined_in_order(bench: StoreBench, name: str) -> None:
    contents = {f"{name}/{n}": b"piece %d;" % n for n in (1, 2, 3)}
    for piece, data in contents.items():
        bench.store.write(piece, data)
    wanted = b"".join(reversed(contents.values()))
    joined = bench.store.join(f"{name}/all", list(reversed(contents)))
    assert joined.size_bytes == len(wanted)
    assert read_all(bench.store, f"{name}/all") == wanted
    assert bench.store.join(f"{name}/all", list(reversed(contents))) == joined


def test_pieces_of_every_size_are_joined(bench: StoreBench, name: str) -> None:
    large = [bytes([97 + n]) * (5 * MIB + n) for n in range(2)]
    contents = [b"head", large[0], b"", b"small", *large, b"tail"]
    pieces = [f"{name}/{n}" for n in range(len(contents))]
    for piece, data in zip(pieces, contents, strict=True):
        bench.make(piece, [data[: 5 * MIB], data[5 * MIB :]])
    assert bench.store.join(f"{name}/all", pieces).size_bytes == len(b"".join(contents))
    assert read_all(bench.store, f"{name}/all") == b"".join(contents)
    cut = len(contents[0]) + 3
    assert read_all(bench.store, f"{name}/all", start=cut) == b"".join(contents)[cut:]


def test_empty_pieces_join_to_an_empty_object(bench: StoreBench, name: str) -> None:
    bench.store.write(f"{name}/1", b"")
    assert bench.store.join(f"{name}/all", [f"{name}/1"]).size_bytes == 0
    assert bench.store.join(f"{name}/none", []).size_bytes == 0


@pytest.mark.parametrize("contents", [[b"one", b"two"], [b"", b""]])
def test_what_is_joined_already_is_not_joined_again(
    bench: StoreBench, name: str, contents: list[bytes]
) -> None:
    pieces = [f"{name}/{number}" for number in range(len(contents))]
    for piece, data in zip(pieces, contents, strict=True):
        bench.store.write(piece, data)
    there = b"x" * len(b"".join(contents))  # other bytes, to know it by
    bench.store.write(f"{name}/all", there)
    assert bench.store.join(f"{name}/all", pieces).size_bytes == len(there)
    assert read_all(bench.store, f"{name}/all") == there


def test_what_was_joined_of_less_is_joined_anew(bench: StoreBench, name: str) -> None:
    bench.store.write(f"{name}/1", b"piece")
    bench.store.write(f"{name}/all", b"torn")
    bench.store.join(f"{name}/all", [f"{name}/1"])
    assert read_all(bench.store, f"{name}/all") == b"piece"


def test_what_was_joined_of_less_leaves_nothing_behind(bench: StoreBench, name: str) -> None:
    bench.make(f"{name}/all", parts_of(bench, 2))
    bench.store.write(f"{name}/1", b"piece")
    bench.store.join(f"{name}/all", [f"{name}/1"])
    bench.store.delete(f"{name}/all")
    bench.store.delete(f"{name}/1")
    assert eventually(lambda: bench.remains(name) == [])


def test_a_missing_piece_is_named(bench: StoreBench, name: str) -> None:
    bench.store.write(f"{name}/1", b"here")
    with pytest.raises(ObjectNotFound, match=f"{name}/2"):
        bench.store.join(f"{name}/all", [f"{name}/1", f"{name}/2"])


def test_a_joined_object_and_its_pieces_are_deleted_without_remains(
    bench: StoreBench, name: str
) -> None:
    pieces = [f"{name}/{n}" for n in (1, 2, 3)]
    for piece in pieces[:2]:
        bench.make(piece, parts_of(bench, 2))
    bench.store.write(pieces[2], b"")
    bench.store.join(f"{name}/all", pieces)
    for gone in [f"{name}/all", *pieces]:
        bench.store.delete(gone)
    assert eventually(lambda: bench.remains(name) == [])


# --- faults ---


def test_a_stopped_store_is_a_transient_fault(bench: StoreBench, name: str) -> None:
    store = bench.stopped()
    for ask in (lambda: store.stat(name), lambda: store.write(name, b"x"), store.limits):
        with pytest.raises(StoreError) as fault:
            ask()
        assert fault.value.transient
        assert "did not answer" in fault.value.message


# --- as a Django storage ---


def test_django_saves_reads_and_lists_through_it(bench: StoreBench, name: str) -> None:
    assert isinstance(bench.store, Storage)
    saved = bench.store.save(f"{name}/figures/a.txt", ContentFile(b"0123456789"))
    bench.store.write(f"{name}/b.txt", b"b")
    assert saved == f"{name}/figures/a.txt"
    assert bench.store.exists(saved)
    assert bench.store.size(saved) == 10
    assert bench.store.listdir(name) == (["figures"], ["b.txt"])
    with bench.store.open(saved) as file:
        assert file.read(4) == b"0123"
        file.seek(-2, 2)
        assert file.read() == b"89"
    assert bench.send(SignedRequest("GET", bench.store.url(saved))) == b"0123456789"
    bench.store.delete(saved)
    assert not bench.store.exists(saved)


def test_django_hears_of_a_missing_file_in_its_own_words(bench: StoreBench, name: str) -> None:
    assert isinstance(bench.store, Storage)
    with pytest.raises(FileNotFoundError):
        bench.store.open(name)
    with pytest.raises(FileNotFoundError):
        bench.store.size(name)


def test_the_fake_refuses_what_the_real_ones_refuse(name: str) -> None:
    from backends.base import PartLimits
    from backends.memory import MemoryStore

    bench = MemoryBench(MemoryStore(limits=PartLimits(min_part_bytes=5)))
    key = bench.upload(name, [b"tiny", b"end"])
    with pytest.raises(StoreError, match="too small"):
        bench.store.complete_parts(name, key, bench.store.stored_parts(name, key))


def test_parts_count_until_the_upload_is_dropped(bench: StoreBench, name: str) -> None:
    key = bench.store.begin_parts(name)
    assert bench.store.takes_parts(name, key)
    bench.send(bench.store.sign_parts(name, key, [1], expires_s=60)[1], b"x")
    assert bench.store.takes_parts(name, key)
    bench.store.abort_parts(name, key)
    if not bench.store.takes_parts(name, key):
        with pytest.raises(FileNotFoundError):
            bench.send(bench.store.sign_parts(name, key, [2], expires_s=60)[2], b"x")
