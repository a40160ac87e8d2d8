"""A real clamd: archives are opened, limits are told from viruses, windows see across edges."""

from __future__ import annotations

import io
import zipfile

import pytest

from backends.base import Coverage
from backends.clamav import ClamavScanner
from deploy.testbed import ClamdEnv
from deploy.testbed.clamd import EICAR
from tests.backends.scan_bench import Stream, file_of
from tests.parts import need

pytestmark = pytest.mark.live
SIGNATURE = "Freeloader.Test.EICAR.UNOFFICIAL"


@pytest.fixture
def clamd() -> ClamdEnv:
    clamd = need("clamd").clamd
    assert clamd
    return clamd


def zipped(data: bytes, *, depth: int = 1) -> bytes:
    for _ in range(depth):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("inner", data)
        data = out.getvalue()
    return data


def test_virus_in_an_archive_is_found_over_either_socket(clamd: ClamdEnv) -> None:
    for address in (str(clamd.socket), f"{clamd.host}:{clamd.port}"):
        report = ClamavScanner(address, max_database_age_days=None).scan(file_of(zipped(EICAR)))

        assert [finding.entity for finding in report.findings] == [SIGNATURE]


def test_archive_nested_too_deep_is_unscannable_not_infected(clamd: ClamdEnv) -> None:
    scanner = ClamavScanner(str(clamd.socket), max_database_age_days=None)

    report = scanner.scan(file_of(zipped(b"hello", depth=25)))

    assert (report.coverage, report.reasons) == (Coverage.SKIPPED, ("LIMITS_EXCEEDED",))
    assert report.findings == ()


def test_virus_across_the_edge_of_two_windows_is_found(clamd: ClamdEnv) -> None:
    scanner = ClamavScanner(
        str(clamd.socket),
        max_database_age_days=None,
        max_object_bytes=2**20,
        window_bytes=2**20,
        overlap_bytes=2**12,
    )
    data = b"x" * (2**20 - 30) + EICAR + b"x" * 2**20

    report = scanner.scan(Stream(data, chunk_bytes=2**16).as_file())

    assert [finding.entity for finding in report.findings] == [SIGNATURE]
    assert report.coverage is Coverage.PARTIAL
