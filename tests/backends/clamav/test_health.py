"""Fresh signatures, and what they are called in a report."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

import pytest

from backends.base import ScanError
from backends.clamav import database_date, require_fresh, versions
from backends.clamav.health import encrypted_zip, nested_zip

DATED = "ClamAV 1.4.6/27300/Tue Jun 10 08:30:00 2025"
JUNE_20 = datetime(2025, 6, 20, tzinfo=UTC)


def test_date_of_the_signatures_is_read_from_the_version() -> None:
    assert database_date(DATED) == datetime(2025, 6, 10, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize("version", ["ClamAV 1.4.6", "", "ClamAV 1.4.6/27300/yesterday", "a/b"])
def test_version_without_a_date_has_none(version: str) -> None:
    assert database_date(version) is None


def test_fresh_signatures_are_fine() -> None:
    require_fresh(DATED, max_age_days=10, now=JUNE_20)


def test_old_signatures_are_an_error_for_the_operator() -> None:
    with pytest.raises(ScanError, match=r"2025-06-10.*operator.*freshclam") as caught:
        require_fresh(DATED, max_age_days=7, now=JUNE_20)

    assert caught.value.transient


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (DATED, {"clamav": "1.4.6", "signatures": "27300 of 2025-06-10"}),
        ("ClamAV 1.4.6", {"clamav": "1.4.6", "signatures": "undated"}),
        ("ClamAV 1.4.6/27300/yesterday", {"clamav": "1.4.6", "signatures": "undated"}),
    ],
)
def test_report_names_engine_and_signatures(line: str, told: dict[str, str]) -> None:
    assert versions(line) == told


def test_probes_are_what_they_are_said_to_be() -> None:
    with zipfile.ZipFile(io.BytesIO(nested_zip(b"hello", 2))) as outer:
        assert zipfile.is_zipfile(io.BytesIO(outer.read("inner")))
    with zipfile.ZipFile(io.BytesIO(encrypted_zip(b"hello"))) as sealed:
        assert sealed.infolist()[0].flag_bits & 1
