"""Archives taken apart by a real confined process: members, limits, and bad ends."""

from __future__ import annotations

import gzip
import os
import random
import signal
from collections.abc import Mapping

import pytest

from backends.base import Place, ScanError, ScanFile
from backends.clamav.health import encrypted_zip
from deploy.testbed.processes import children, identify, send
from deploy.testbed.site import until
from scanning.archive_members import unpack
from scanning.limits import Limits
from scanning.orders import Settings
from tests.backends.scan_bench import Stream, file_of
from tests.scanning.readers.archives.packing import tar_of, zip_of

pytestmark = pytest.mark.live

MIB = 2**20


def opened(
    file: ScanFile, settings: Settings | None = None
) -> tuple[dict[Place, bytes], tuple[str, ...]]:
    """All members by their place, and why others did not come."""
    with unpack(file, settings) as unpacked:
        members = {place: b"".join(chunks) for place, chunks in unpacked}
        return members, tuple(unpacked.reasons)


def at(*numbers: int) -> Place:
    return tuple(("member", number) for number in numbers)


NOISE = random.Random(7).randbytes(3 * MIB)  # noqa: S311 - the same in each run
ARCHIVES: Mapping[str, tuple[bytes, dict[Place, bytes]]] = {
    "zip": (zip_of({"a": b"one", "b": NOISE}), {at(1): b"one", at(2): NOISE}),
    "zip in zip": (
        zip_of({"a": b"one", "b": zip_of({"c": b"two"})}),
        {at(1): b"one", at(2, 1): b"two"},
    ),
    "gz": (gzip.compress(b"one"), {at(): b"one"}),
    "tar.gz": (gzip.compress(tar_of({"inner": b"one"})), {at(1): b"one"}),
    "no archive": (b"some text\n", {}),
    "nothing": (b"", {}),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_each_member_comes_with_its_place(name: str) -> None:
    data, members = ARCHIVES[name]

    assert opened(file_of(data)) == (members, ())


def test_member_that_was_not_read_to_its_end_does_not_disturb_the_next() -> None:
    with unpack(file_of(zip_of({"a": NOISE, "b": b"two"}))) as unpacked:
        members = [(place, next(chunks)) for place, chunks in unpacked]

    assert [place for place, _ in members] == [at(1), at(2)]
    assert members[1][1] == b"two"


def test_what_does_not_come_is_told() -> None:
    assert opened(file_of(encrypted_zip(b"secret")))[1] == ("ENCRYPTED",)
    assert "DAMAGED" in opened(file_of(zip_of({"a": NOISE})[: 2 * MIB]))[1]
    few = Settings(limits=Limits(members=2))
    members, reasons = opened(file_of(zip_of({"a": b"1", "b": b"2", "c": b"3"})), few)
    assert (len(members), reasons) == (2, ("ARCHIVE_TOO_MANY_MEMBERS",))


def test_file_is_read_to_its_end_whatever_is_behind_the_archive() -> None:
    stream = Stream(zip_of({"a": b"one"}) + bytes(MIB), chunk_bytes=1000)

    assert opened(stream.as_file())[0][at(1)] == b"one"
    assert stream.read_bytes == len(stream.data)


def test_stream_that_ends_too_early_is_an_error_to_try_again() -> None:
    data = zip_of({"a": b"one"})

    with pytest.raises(ScanError, match="came") as caught:
        opened(Stream(data).as_file(size_bytes=len(data) + 9))
    assert caught.value.transient


def test_process_that_is_killed_in_the_middle_is_told_and_leaves_no_other() -> None:
    before = children(os.getpid())
    with unpack(file_of(zip_of({"a": NOISE, "b": b"two"}))) as unpacked:
        (process,) = [child for child in children(os.getpid()) if child not in before]
        members = iter(unpacked)
        _, chunks = next(members)
        first = next(chunks)
        workers = children(process.pid)
        send(process, signal.SIGKILL)
        until(lambda: not any(identify(one.pid) == one for one in workers), what="their end")
        assert first + b"".join(chunks) != NOISE
        assert list(members) == []
    assert list(unpacked.reasons) == ["CRASHED"]
    assert children(os.getpid()) == before
