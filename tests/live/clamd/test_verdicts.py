"""A real clamd's verdicts on what is packed: found, encrypted, beyond its limits."""

from __future__ import annotations

import pytest

from backends.base import Coverage
from backends.clamav.health import encrypted_zip
from deploy.testbed import ClamdEnv
from deploy.testbed.clamd import EICAR
from tests.backends.scan_bench import file_of
from tests.live.clamd.conftest import LIMIT_BYTES, MIB, TOO_MANY, said, scanner
from tests.live.clamd.packed import (
    PACKERS,
    SEALED_SEVEN_ZIPS,
    SEVEN_ZIP,
    fresh,
    nested,
    zipped,
)
from tests.parts import need

pytestmark = pytest.mark.live
SIGNATURE = "Freeloader.Test.EICAR.UNOFFICIAL"
HIDDEN = bytes(400) + EICAR + bytes(400)
SEALED = {"zip": encrypted_zip(b"nobody can read this"), **SEALED_SEVEN_ZIPS}


@pytest.mark.parametrize("packer", PACKERS)
def test_virus_in_an_archive_is_found(small: str, packer: str) -> None:
    report = scanner(small).scan(file_of(PACKERS[packer](HIDDEN)))

    assert [finding.entity for finding in report.findings] == [SIGNATURE]
    assert report.coverage is Coverage.COMPLETE


@pytest.mark.parametrize("data", [EICAR, SEVEN_ZIP, fresh(MIB) + EICAR])
def test_virus_by_itself_in_7z_and_behind_a_mebibyte_of_noise_is_found(
    small: str, data: bytes
) -> None:
    report = scanner(small).scan(file_of(data))

    assert [finding.entity.split("-")[0] for finding in report.findings] == [SIGNATURE]


def test_virus_is_found_over_the_socket_in_the_file_system(testbeds: str) -> None:
    clamd = need("clamd").clamd
    assert isinstance(clamd, ClamdEnv)
    report = scanner(str(clamd.socket)).scan(file_of(EICAR))

    assert report.findings


@pytest.mark.parametrize("name", SEALED)
def test_encrypted_archive_is_called_encrypted_not_infected(small: str, name: str) -> None:
    report = scanner(small).scan(file_of(SEALED[name]))

    assert (report.coverage, report.reasons) == (Coverage.SKIPPED, ("ENCRYPTED",))
    assert report.findings == ()


@pytest.mark.parametrize("depth", [21, 25])
def test_archive_nested_too_deep_is_unscannable_not_infected(small: str, depth: int) -> None:
    report = scanner(small).scan(file_of(nested(fresh(100), depth=depth)))

    assert (report.coverage, report.reasons) == (Coverage.SKIPPED, ("LIMITS_EXCEEDED",))
    assert report.findings == ()


def test_archive_with_too_many_members_is_unscannable_not_infected(small: str) -> None:
    report = scanner(small).scan(file_of(zipped(*(fresh(20) for _ in range(TOO_MANY)))))

    assert (report.coverage, report.reasons) == (Coverage.SKIPPED, ("LIMITS_EXCEEDED",))


PACKED_BEYOND = {
    "MaxRecursion": lambda: nested(fresh(100), depth=21),
    "MaxFiles": lambda: zipped(*(fresh(20) for _ in range(TOO_MANY))),
    "MaxScanSize": lambda: zipped(*(fresh(MIB // 4) + bytes(2 * MIB) for _ in range(4))),
}


@pytest.mark.parametrize("limit", PACKED_BEYOND)
def test_archive_beyond_a_limit_is_still_seen_from_outside(small: str, limit: str) -> None:
    """So its own bytes need not be sent once more when its members are (see `verdicts`)."""
    archive = PACKED_BEYOND[limit]()

    assert said(small, archive) == f"stream: Heuristics.Limits.Exceeded.{limit} FOUND"
    assert said(small, archive + EICAR) == f"stream: {SIGNATURE} FOUND"


def test_object_of_just_the_limit_is_looked_at_to_its_end(small: str) -> None:
    assert said(small, bytes(LIMIT_BYTES)) == "stream: OK"
    assert said(small, bytes(LIMIT_BYTES - len(EICAR)) + EICAR) == f"stream: {SIGNATURE} FOUND"
