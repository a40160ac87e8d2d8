"""Do the scanners see what they have to see? They are given samples, never a visitor's file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from backends.base import Scanner
from backends.clamav import CLEAN, Clamd, database_date, require_fresh, silent_lines
from jobs.doctor.diagnosis import Answer, Check, Checks, Health, fault, warn, well
from jobs.doctor.samples import EICAR, PERSONAL, sample_file
from pipelines.models import Pipeline
from scanning.personal import PersonalDataScanner
from scanning.recognizers import read_recognizers

TIMEOUT_S = 40.0
VERSION_TIMEOUT_S = 10.0  # it answers at once, or hangs
CLAMD = "Look whether clamd runs (systemctl status clamav-daemon), and at FREELOADER_CLAMD."
CONF = "Set in clamd.conf what docs/operations.md lists under clamd, and restart it."
MODEL = (
    "Look at FREELOADER_PII_MODEL, and whether requirements/run.txt is installed; the scanner "
    "needs about 0.5 GB of memory."
)
RECOGNIZERS = "Mend the file of FREELOADER_PII_RECOGNIZERS; docs/scanning.md has its form."
STREAM_BYTES = 128 * 2**20  # more than clamd takes with StreamMaxLength as it comes, 100M


def checks() -> Checks:
    """Viruses, then personal data."""
    yield from _virus_checks()
    if settings.PII_RECOGNIZERS and (
        (yield Check("own recognisers", _recognizers, RECOGNIZERS)) is Health.FAULT
    ):
        return
    yield Check("personal data", _personal_data, MODEL)


def _virus_checks() -> Checks:
    if not settings.CLAMD:
        yield Check("clamd", without_clamd)
        return
    clamd = Clamd(settings.CLAMD, timeout_s=TIMEOUT_S)
    if (yield Check("clamd", _version, CLAMD)) is Health.FAULT:
        return
    yield Check("clamd finds EICAR", lambda: _eicar(clamd), CLAMD)
    yield Check("clamd's limits", lambda: _limits(clamd), CONF)
    yield Check("clamd's largest file", lambda: _stream(clamd), CONF)


def without_clamd() -> Answer:
    """No scanner is a choice as long as no page asks for one."""
    waiting = Pipeline.objects.filter(is_open=True).exclude(virus_policy="off")
    if names := ", ".join(str(pipeline) for pipeline in waiting[:3]):
        return fault(
            f"No virus scanner is set up, but {names} ask for it: their jobs wait.",
            "Set FREELOADER_CLAMD, or switch viruses off in these pipelines.",
        )
    return warn("No virus scanner is set up.", "Set FREELOADER_CLAMD to clamd's socket.")


def _version() -> Answer:
    version = Clamd(settings.CLAMD, timeout_s=VERSION_TIMEOUT_S).version()
    most = settings.CLAMD_MAX_DATABASE_AGE_DAYS
    if not most:
        return warn(
            f"{version}; any age of its signatures is accepted.",
            "Set FREELOADER_CLAMD_MAX_DATABASE_AGE_DAYS=7, unless the signatures are your own.",
        )
    require_fresh(version, max_age_days=most, now=datetime.now(UTC))
    made_at = database_date(version)
    return well(f"{version.split('/')[0]}, signatures of {made_at:%Y-%m-%d}")


def _eicar(clamd: Clamd) -> Answer:
    verdict = clamd.instream(iter([EICAR]))
    if not verdict.endswith("FOUND"):
        return fault(
            f"It does not know the harmless test virus that every scanner knows: {verdict}",
            "Look whether freshclam has fetched the official signatures.",
        )
    return well("the test virus is found")


def _limits(clamd: Clamd) -> Answer:
    """With settings as they come, clamd says OK to what it did not look into."""
    if missing := silent_lines(clamd):
        return fault(
            "It says OK to files that it could not look into, and is not believed: "
            f"{' and '.join(missing)} not set.",
            CONF,
        )
    return well("it tells what it could not look into")


def _stream(clamd: Clamd) -> Answer:
    verdict = clamd.instream(_zeros(STREAM_BYTES))
    if verdict != CLEAN:
        return fault(
            f"It does not look at a file of {STREAM_BYTES // 2**20} MiB: {verdict}",
            CONF,
        )
    return well(f"a file of {STREAM_BYTES // 2**20} MiB is looked at")


def _zeros(size_bytes: int) -> Iterator[bytes]:
    chunk = bytes(2**20)
    for _ in range(size_bytes // len(chunk)):
        yield chunk


def _recognizers() -> Answer:
    """Whether the gate understands them; whether Presidio does comes out when it is loaded."""
    own = read_recognizers(Path(settings.PII_RECOGNIZERS))
    return well("of the site: " + ", ".join(f"{one.name} ({one.entity})" for one in own))


def _personal_data() -> Answer:
    scanner = PersonalDataScanner(
        model=settings.PII_MODEL, recognizers=settings.PII_RECOGNIZERS, stall_s=TIMEOUT_S
    )
    try:
        return finds_personal_data(scanner)
    finally:
        scanner.close()


def finds_personal_data(scanner: Scanner) -> Answer:
    """Whether the model loads and sees a made-up person's address."""
    report = scanner.scan(sample_file(PERSONAL))
    if not report.findings:
        reasons = ", ".join(report.reasons) or "nothing found"
        return fault(f"It does not see the e-mail address in a sample: {reasons}.", MODEL)
    return well(", ".join(f"{name} {version}" for name, version in report.versions.items()))
