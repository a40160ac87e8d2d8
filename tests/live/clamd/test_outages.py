"""A real clamd that is stale, careless, or killed in the middle: uploads wait, and pass later."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backends.base import Coverage, ScanError
from backends.clamav import ClamavScanner, Clamd, silent_lines
from deploy.testbed.clamd import EICAR
from deploy.testbed.processes import end, running, send
from tests.backends.scan_bench import Stream, file_of
from tests.live.clamd.conftest import MIB, address_of, scanner, start
from tests.live.clamd.dated import write_dated

pytestmark = pytest.mark.live


def test_clamd_killed_in_the_middle_of_a_file_passes_nothing_until_it_is_back(
    tmp_path: Path,
) -> None:
    with ExitStack() as stack:
        part = start(stack, tmp_path)
        stream = Stream(bytes(4 * MIB), chunk_bytes=MIB)
        ours = scanner(address_of(part))

        def kill(number: int) -> None:
            found = running(part.bed.pid_file("clamd"))
            if number == 2 and found:
                send(found, signal.SIGKILL)
                end(found, within_s=10)

        stream.before_chunk = kill
        with pytest.raises(ScanError) as caught:
            ours.scan(stream.as_file())
        assert caught.value.transient
        with pytest.raises(ScanError, match="does not answer"):
            ours.scan(file_of(b"hello"))
        part.up()
        assert ours.scan(file_of(stream.data)).coverage is Coverage.COMPLETE


@pytest.mark.parametrize(("days", "is_fresh"), [(1, True), (8, False)])
def test_signatures_count_for_a_week(tmp_path: Path, days: int, is_fresh: bool) -> None:
    made_at = datetime.now(UTC) - timedelta(days=days)
    write_dated(tmp_path, made_at)
    with ExitStack() as stack:
        ours = ClamavScanner(address_of(start(stack, tmp_path)))
        if is_fresh:
            report = ours.scan(file_of(EICAR))
            assert report.findings
            assert report.versions["signatures"] == f"27300 of {made_at:%Y-%m-%d}"
        else:
            with pytest.raises(ScanError, match="older than 7 days") as caught:
                ours.scan(file_of(b"hello"))
            assert caught.value.transient


@pytest.mark.parametrize(
    ("lines", "silent"),
    [
        ({}, []),
        ({"AlertExceedsMax": "no"}, ["AlertExceedsMax yes"]),
        ({"MaxRecursion": "100"}, []),
        ({"MaxRecursion": "100", "AlertExceedsMax": "no"}, ["AlertExceedsMax yes"]),
        ({"AlertEncrypted": "no"}, ["AlertEncryptedArchive yes", "AlertEncryptedDoc yes"]),
        (
            {"AlertEncrypted": "no", "AlertEncryptedArchive": "yes"},
            ["AlertEncryptedDoc yes"],
        ),
    ],
)
def test_missing_lines_of_clamd_conf_are_told_by_name(
    tmp_path: Path, lines: dict[str, str], silent: list[str]
) -> None:
    with ExitStack() as stack:
        address = address_of(start(stack, tmp_path, **lines))
        clamd = Clamd(address, timeout_s=300)

        assert silent_lines(clamd) == silent
        assert silent_lines(clamd) == silent
