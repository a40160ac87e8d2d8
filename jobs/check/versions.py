"""What is in force when files are looked at: versions of programs, model, rules, signatures."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.conf import settings

from backends.base import BackendError
from backends.clamav import Clamd, versions
from scanning.orders import Settings
from scanning.zygote import LazyExaminer

Versions = Mapping[str, str]
TIMEOUT_S = 10.0


def versions_in_force() -> dict[str, Versions]:
    """By scanner, as they stand in each report of it; or {"error": …} where it cannot tell."""
    found: dict[str, Versions] = {"presidio": _told(_personal_data)}
    if settings.CLAMD:
        found["clamav"] = _told(_viruses)
    return found


def _personal_data() -> Versions:
    examiner = LazyExaminer(
        Settings(model=settings.PII_MODEL, recognizers=settings.PII_RECOGNIZERS)
    )
    entities = ", ".join(examiner.entities)  # reads the site's recognisers first: it may not do
    return {**examiner.versions, "entities": entities}


def _viruses() -> Versions:
    return versions(Clamd(settings.CLAMD, timeout_s=TIMEOUT_S).version())


def _told(ask: Callable[[], Versions]) -> Versions:
    try:
        return ask()
    except BackendError as error:
        return {"error": error.message}
