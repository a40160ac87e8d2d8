"""The scanners that this site has set up, made when they are first needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.conf import settings

from backends.base import Scanner
from backends.clamav import ClamavScanner
from scanning.personal import PersonalDataScanner


@contextmanager
def site_scanners() -> Iterator[Mapping[str, Scanner]]:
    """By name; what they hold (a child process with its model) ends with the block."""
    personal = PersonalDataScanner(model=settings.PII_MODEL)
    scanners: dict[str, Scanner] = {personal.name: personal}
    if settings.CLAMD:
        scanners["clamav"] = ClamavScanner(
            settings.CLAMD, max_database_age_days=settings.CLAMD_MAX_DATABASE_AGE_DAYS or None
        )
    try:
        yield scanners
    finally:
        personal.close()
