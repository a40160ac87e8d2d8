"""Scanners on a clamd that says what a test wants."""

from __future__ import annotations

from backends.base import Unpack
from backends.clamav import ClamavScanner
from tests.backends.fake_clamd import FakeClamd

FOUND = "stream: Win.Test.EICAR_HDB-1 FOUND"


def scanner_of(clamd: FakeClamd, *, timeout_s: float = 120) -> ClamavScanner:
    return ClamavScanner(clamd.address, timeout_s=timeout_s, max_database_age_days=None)


def windowed(clamd: FakeClamd, unpack: Unpack | None = None) -> ClamavScanner:
    return ClamavScanner(
        clamd.address,
        max_database_age_days=None,
        max_object_bytes=40,
        overlap_bytes=10,
        unpack=unpack,
    )
