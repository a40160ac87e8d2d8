"""Archives that unpack to too much: what is told of them, and what they may cost."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from backends.base import Coverage
from scanning.limits import Limits
from scanning.processes import ROOT
from tests.scanning.readers.archives.packing import DATA, MAIL, bgzf_of, tar_of, zip_of
from tests.scanning.readers.looking import examine, places

pytestmark = pytest.mark.live

LINES = b"0,0,0\n" * 200_000
FREE_BYTES = 300_000
SMALL = Limits(free_bytes=FREE_BYTES, ratio=20)
BOMBS: Mapping[str, bytes] = {
    "gzip": gzip.compress(LINES),
    "bgzf": bgzf_of(LINES, 60_000),
    "bzip2": bz2.compress(LINES),
    "xz": lzma.compress(LINES),
    "zip": zip_of({"a": LINES}),
    "zip, bzip2": zip_of({"a": LINES}, method=12),
    "zip, LZMA": zip_of({"a": LINES}, method=14),
    "zip, as a stream": zip_of({"a": LINES}, is_stream=True),
    "tar.gz": gzip.compress(tar_of({"a": LINES})),
    "gzip in gzip": gzip.compress(gzip.compress(LINES)),
    "zip in tar.xz": lzma.compress(tar_of({"a": zip_of({"a": LINES})})),
    "many small ones": zip_of({str(n): LINES[:FREE_BYTES] for n in range(20)}),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_bomb_is_stopped_and_called_one(kind: str) -> None:
    examination = examine(BOMBS[kind], SMALL)

    assert (examination.coverage, examination.reasons) == (Coverage.PARTIAL, ("ARCHIVE_RATIO",))
    assert examination.scanned_bytes <= len(BOMBS[kind])


@pytest.mark.parametrize("kind", BOMBS)
def test_whatever_is_beyond_the_bytes_of_a_file_is_told(kind: str) -> None:
    examination = examine(BOMBS[kind], Limits(total_bytes=FREE_BYTES))

    assert (examination.coverage, examination.reasons) == (
        Coverage.PARTIAL,
        ("ARCHIVE_TOO_LARGE",),
    )


def test_member_that_is_a_bomb_does_not_hide_the_others() -> None:
    data = zip_of({"bomb": LINES[:900_000], "data": random_lines(), "letter": MAIL})

    examination = examine(data, SMALL)

    assert places(examination) == {"EMAIL_ADDRESS": [(("member", 3), ("line", 2))]}
    assert (examination.coverage, examination.reasons) == (Coverage.PARTIAL, ("ARCHIVE_RATIO",))


def random_lines() -> bytes:
    """Data that cannot be packed well: half a million bytes."""
    return b"".join(b"%d\n" % (n * 7_654_321_987 % 10**10) for n in range(45_000))


@pytest.mark.parametrize("depth", [5, 6, 21])
def test_archives_may_be_packed_five_deep(depth: int) -> None:
    data = MAIL
    for _ in range(depth):
        data = zip_of({"a": data})

    examination = examine(data)

    if depth == 5:
        assert places(examination) == {"EMAIL_ADDRESS": [(("member", 1),) * 5 + (("line", 2),)]}
        assert examination.coverage is Coverage.COMPLETE
    else:
        assert (examination.coverage, examination.reasons) == (
            Coverage.SKIPPED,
            ("ARCHIVE_TOO_DEEP",),
        )


def test_too_many_members_end_the_reading() -> None:
    files = {str(n): MAIL for n in range(5)}

    for data in (zip_of(files), tar_of(files)):
        examination = examine(data, Limits(members=3))

        assert len(places(examination)["EMAIL_ADDRESS"]) == 3
        assert examination.reasons == ("ARCHIVE_TOO_MANY_MEMBERS",)


def test_without_time_left_the_reading_ends() -> None:
    examination = examine(zip_of(), Limits(cpu_s=0, cpu_bytes_per_s=10**12))

    assert (examination.coverage, examination.reasons) == (Coverage.SKIPPED, ("TIMED_OUT",))


def test_names_that_are_too_much_are_told() -> None:
    examination = examine(zip_of({f"{'x' * 60_000}{n}": DATA for n in range(80)}))

    assert (examination.coverage, examination.reasons) == (Coverage.PARTIAL, ("TOO_LARGE",))


def test_xz_that_wants_much_memory_is_not_unpacked() -> None:
    wants = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 2**29}]

    examination = examine(lzma.compress(DATA, filters=wants))

    assert (examination.coverage, examination.reasons) == (Coverage.SKIPPED, ("TOO_LARGE",))


_PROGRAM = """
import resource, sys
from pathlib import Path
from tests.scanning.readers.looking import examine
data = Path(sys.argv[1]).read_bytes()
before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(examine(data).to_json())
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib)
"""


TABLE = b"0,0,0,0,0\n" * 2**20
NUMBERS = b"0.0000001\n" * 2**20  # no table: ten times as fast to read
LARGE_BOMBS: Mapping[str, Callable[[], bytes]] = {
    "gzip": lambda: gzip.compress(NUMBERS) * 30,
    "bzip2": lambda: bz2.compress(NUMBERS) * 30,
    "xz": lambda: lzma.compress(NUMBERS, preset=0) * 30,
    "zip": lambda: zip_of({"a": NUMBERS * 30}),
    "tar.gz": lambda: gzip.compress(tar_of({"a": NUMBERS * 30})),
    "table in gzip": lambda: gzip.compress(TABLE) * 30,
}


@pytest.mark.parametrize("kind", LARGE_BOMBS)
def test_bomb_of_300_mib_takes_little_memory(kind: str, tmp_path: Path) -> None:
    (tmp_path / "bomb").write_bytes(LARGE_BOMBS[kind]())

    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(tmp_path / "bomb")],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )

    report, more_kib = done.stdout.splitlines()
    assert json.loads(report)["reasons"] == ["ARCHIVE_RATIO"]
    assert int(more_kib) < 100 * 2**10
