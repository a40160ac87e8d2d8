"""Archives beyond a real clamd's limits, taken apart by a real confined process."""

from __future__ import annotations

import bz2
import gzip
from collections.abc import Callable, Mapping

import pytest

from backends.base import Coverage, ScanReport
from backends.clamav.health import encrypted_zip
from deploy.testbed.clamd import EICAR
from scanning.archive_members import unpack
from tests.backends.scan_bench import Stream
from tests.live.clamd.conftest import MIB, TOO_MANY, scanner
from tests.live.clamd.packed import SEVEN_ZIP, fresh, nested, tarred, zipped
from tests.scanning.readers.archives.packing import zip_of

pytestmark = pytest.mark.live
SIGNATURE = "Freeloader.Test.EICAR.UNOFFICIAL"
HIDDEN = bytes(400) + EICAR + bytes(400)
LARGE = [fresh(3 * MIB), fresh(2 * MIB)]  # not to be packed: more than clamd takes

Make = Callable[[], bytes]


def scan(small: str, data: bytes) -> ScanReport:
    return scanner(small, unpack=unpack).scan(Stream(data, chunk_bytes=MIB).as_file())


CLEAN: Mapping[str, Make] = {
    "large zip": lambda: zipped(*LARGE),
    "large zip in a zip": lambda: zipped(zipped(*LARGE), b"one"),
    "large tar.gz": lambda: gzip.compress(tarred(*LARGE)),
    "deep zip": lambda: nested(fresh(100), depth=21),
    "zip of many": lambda: zipped(*(fresh(20) for _ in range(TOO_MANY))),
    "zip that unpacks to much": lambda: zipped(*(fresh(MIB) + bytes(2 * MIB) for _ in range(3))),
}


@pytest.mark.parametrize("name", CLEAN)
def test_clean_archive_beyond_a_limit_is_complete_by_its_members(small: str, name: str) -> None:
    report = scan(small, CLEAN[name]())

    assert (report.coverage, report.reasons, report.method) == (Coverage.COMPLETE, (), "members")
    assert report.findings == ()


def _by_another_method(data: bytes) -> bytes:
    """The first header says so; the directory has the true one."""
    return data[:8] + b"\x63\0" + data[10:]


INFECTED: Mapping[str, tuple[Make, list[int]]] = {
    "large zip in a zip": (lambda: zipped(b"one", zipped(*LARGE, HIDDEN)), [2, 3]),
    "large tar.gz": (lambda: gzip.compress(tarred(*LARGE, HIDDEN)), [3]),
    "7z in a packed tar": (lambda: gzip.compress(tarred(*LARGE, SEVEN_ZIP)), [3]),
    "zip by LZMA": (lambda: zip_of({"a": HIDDEN}, method=14), [1]),
    "deep zip": (lambda: nested(HIDDEN, depth=21), [1] * 5),
    "zip of many": (lambda: zipped(*(fresh(20) for _ in range(TOO_MANY)), HIDDEN), [TOO_MANY + 1]),
}


@pytest.mark.parametrize("name", INFECTED)
def test_virus_beyond_a_limit_is_found_with_the_number_of_its_member(small: str, name: str) -> None:
    make, numbers = INFECTED[name]

    (finding,) = scan(small, make()).findings

    assert finding.entity == SIGNATURE
    assert finding.locations == (tuple(("member", number) for number in numbers),)


UNSEEN: Mapping[str, tuple[Make, str]] = {
    "an encrypted member": (lambda: zipped(*LARGE, encrypted_zip(b"secret")), "ENCRYPTED"),
    "a member beyond the limit": (lambda: zipped(fresh(5 * MIB)), "WINDOWED"),
    "too deep for both": (lambda: nested(fresh(100), depth=30), "LIMITS_EXCEEDED"),
    "whose header lies": (lambda: _by_another_method(zip_of({"a": HIDDEN})), "MEMBERS_UNSUPPORTED"),
    "damaged": (lambda: zipped(*LARGE)[: 4 * MIB + 999], "DAMAGED"),
    "zeros": (lambda: zipped(bytes(100 * MIB)), "ARCHIVE_RATIO"),
    "of a kind that only clamd opens": (lambda: SEVEN_ZIP[:32] + fresh(5 * MIB), "WINDOWED"),
}


@pytest.mark.parametrize("name", UNSEEN)
def test_what_could_not_be_looked_at_is_told_and_is_no_finding(small: str, name: str) -> None:
    make, reason = UNSEEN[name]

    report = scan(small, make())

    assert report.coverage is not Coverage.COMPLETE
    assert reason in report.reasons
    assert report.findings == ()


def test_second_stream_of_bzip2_is_seen(small: str) -> None:
    report = scan(small, bz2.compress(b"1,2,3\n") + bz2.compress(HIDDEN))

    assert [finding.entity for finding in report.findings] == [SIGNATURE]
