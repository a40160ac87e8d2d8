"""A Scanner for viruses: whole files to clamd, larger ones in windows, archives by members."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain

from backends.base import ScanFile, Scanner, ScanReport, Unpack
from backends.clamav.client import Clamd
from backends.clamav.health import require_alerts, require_fresh, versions
from backends.clamav.looks import Look, Members, Summary
from backends.clamav.verdicts import read_verdict
from backends.clamav.windows import Windows

MAX_OBJECT_BYTES = 2000 * 2**20  # clamd resets any MaxFileSize above 2**31 - 3 bytes to that
OVERLAP_BYTES = 2**20
# ZIP and bzip2: clamd says OK to members that are packed by LZMA, or in another way than its
# directory says, and to all streams but the first.
_HALF_READ = (b"PK\3\4", b"BZh")
_OPENS = {"WINDOWED", "LIMITS_EXCEEDED"}  # what an archive is opened for


class ClamavScanner(Scanner):
    """Looks for viruses with clamd. Only "OK" within the limits counts as clean.

    `max_object_bytes` must not exceed MaxFileSize, MaxScanSize and StreamMaxLength of clamd.conf;
    larger files go in windows of that size. `unpack` takes those apart that are archives, and
    others in which clamd met a limit: if each member could be looked at, the coverage is COMPLETE.
    With `max_database_age_days` clamd must name signatures no older than that; None is for
    private ones, which carry no date. What clamd tells is tried before the first file of a
    scanner, and again when its version or its signatures are others.
    """

    name = "clamav"

    def __init__(
        self,
        address: str,
        *,
        timeout_s: float = 600,
        max_database_age_days: int | None = 7,
        max_object_bytes: int = MAX_OBJECT_BYTES,
        overlap_bytes: int = OVERLAP_BYTES,
        unpack: Unpack | None = None,
    ) -> None:
        self._clamd = Clamd(address, timeout_s=timeout_s)
        self._max_age_days = max_database_age_days
        self._max_object_bytes = max_object_bytes
        self._overlap_bytes = overlap_bytes
        self._unpack = unpack
        self._trusted = ""  # the version line of the clamd that was tried

    def scan(self, file: ScanFile) -> ScanReport:
        """Look at one file; `ScanError(transient=True)` for whatever is not a verdict."""
        version = self._trusted_version()
        with file.open() as stream:
            head = next(stream, b"")
            whole = self._look(chain([head], stream))
        if not whole.signature:
            file.require_whole(whole.read_bytes)
        is_unsure = head.startswith(_HALF_READ) or _OPENS.intersection(whole.reasons)
        is_opened = is_unsure and not whole.signature
        members = self._members(file) if is_opened else Members()
        return Summary(whole, members).report(file, versions(version))

    def _trusted_version(self) -> str:
        version = self._clamd.version()
        if self._max_age_days is not None:
            require_fresh(version, max_age_days=self._max_age_days, now=datetime.now(UTC))
        if version != self._trusted:
            require_alerts(self._clamd)
            self._trusted = version
        return version

    def _look(self, stream: Iterator[bytes]) -> Look:
        look = Look()
        windows = Windows(
            stream, window_bytes=self._max_object_bytes, overlap_bytes=self._overlap_bytes
        )
        for window in windows:
            look.note(read_verdict(self._clamd.instream(window)), windows.read_bytes)
            if look.signature:
                break
        if windows.count > 1:
            look.reasons.insert(0, "WINDOWED")
        return look

    def _members(self, file: ScanFile) -> Members:
        members = Members()
        if self._unpack is None:
            return members
        with self._unpack(file) as unpacked:
            for place, chunks in unpacked:
                members.note(self._look(chunks), place)
                if members.signature:
                    return members
            members.reasons += [why for why in unpacked.reasons if why not in members.reasons]
        return members
