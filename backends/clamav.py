"""The door to clamd: its INSTREAM protocol, and a Scanner that takes nothing but "OK" for clean.

Verdicts and limits as measured with ClamAV 1.4. clamd never looks at more than 2 GiB of one
object, and says OK to a larger one unless `AlertExceedsMax yes` stands in clamd.conf: so files
beyond that go to it in overlapping windows, and clamd.conf must hold that line.
"""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from backends.base import Coverage, FindingReport, ScanError, ScanFile, Scanner, ScanReport

CLEAN = "stream: OK"
CHUNK_BYTES = 2**20  # 1 KiB writes run at a tenth of the speed
MAX_REPLY_BYTES = 64 * 2**10
MAX_OBJECT_BYTES = 2000 * 2**20  # clamd resets any MaxFileSize above 2**31 - 3 bytes to that
WINDOW_BYTES = 2**30
OVERLAP_BYTES = 2**20

_SIGNATURE = re.compile(r"stream: (\S+?)(?:\([0-9a-f]+:\d+\))? FOUND")  # (hash:size) is optional
# the reasons that a report gives where clamd could not look, by the beginning of its "signature"
_UNSCANNABLE = {
    "Heuristics.Limits.": "LIMITS_EXCEEDED",
    "Heuristics.Encrypted.": "ENCRYPTED",
}


class Clamd:
    """One clamd, at "host:port" or at the path of its socket; a new connection for each command.

    Every method raises `ScanError(transient=True)` if clamd cannot be reached or breaks off.
    """

    def __init__(self, address: str, *, timeout_s: float) -> None:
        self.address = address
        self.timeout_s = timeout_s

    def version(self) -> str:
        """clamd's own line, "ClamAV 1.4.6/27300/Tue Jun 10 08:30:00 2025" with a database."""
        try:
            with self._connected() as connection:
                connection.sendall(b"zVERSION\0")
                return _reply(connection)
        except OSError as error:
            raise self._unreachable(error) from error

    def instream(self, chunks: Iterator[bytes]) -> str:
        """Send the chunks and return the verdict, e.g. "stream: OK".

        Errors of the chunks' own source pass through unchanged.
        """
        try:
            connection = self._connected()
        except OSError as error:
            raise self._unreachable(error) from error
        with connection:
            return self._send_and_ask(connection, chunks)

    def _send_and_ask(self, connection: socket.socket, chunks: Iterator[bytes]) -> str:
        is_whole = all(self._sent(connection, frame) for frame in _frames(chunks))
        try:
            reply = _reply(connection)
        except OSError as error:
            raise self._unreachable(error) from error
        if reply == CLEAN and not is_whole:
            raise ScanError("The virus scanner said OK before it had read it all.", transient=True)
        return reply

    def _sent(self, connection: socket.socket, data: bytes) -> bool:
        """Whether clamd took the data; one that has hung up may have left its verdict to read."""
        try:
            connection.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        except OSError as error:
            raise self._unreachable(error) from error
        return True

    def _connected(self) -> socket.socket:
        host, _, port = self.address.rpartition(":")
        if host and port.isdigit():
            return socket.create_connection((host.strip("[]"), int(port)), self.timeout_s)
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(self.timeout_s)
        try:
            connection.connect(self.address)
        except OSError:
            connection.close()
            raise
        return connection

    def _unreachable(self, error: OSError) -> ScanError:
        why = error.strerror or type(error).__name__
        return ScanError(
            f"The virus scanner at {self.address} does not answer: {why}.", transient=True
        )


def _frames(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """What INSTREAM takes (clamd(8)): each chunk after its length, a length of zero at the end."""
    yield b"zINSTREAM\0"
    for chunk in chunks:
        if chunk:
            yield struct.pack("!L", len(chunk)) + chunk
    yield struct.pack("!L", 0)


def _reply(connection: socket.socket) -> str:
    reply = b""
    while not reply.endswith(b"\0") and len(reply) < MAX_REPLY_BYTES:
        data = connection.recv(4096)
        if not data:
            break
        reply += data
    return reply.rstrip(b"\0").decode(errors="replace")


def require_fresh(version: str, *, max_age_days: int, now: datetime) -> None:
    """Raise `ScanError` unless clamd's version line names signatures of the last days."""
    made_at = database_date(version)
    if made_at is None:
        raise ScanError(
            "The virus scanner has no dated signatures: the operator should run freshclam.",
            transient=True,
        )
    if now - made_at > timedelta(days=max_age_days):
        raise ScanError(
            f"The virus scanner's signatures are of {made_at:%Y-%m-%d}, older than "
            f"{max_age_days} days: the operator should see why freshclam does not run.",
            transient=True,
        )


def database_date(version: str) -> datetime | None:
    """The day of the signatures in "ClamAV 1.4.6/27300/Tue Jun 10 08:30:00 2025", or None.

    clamd gives its local time without a zone; taken for UTC, it is right to the day.
    """
    try:
        _, _, date = version.split("/", 2)
        return datetime.strptime(date, "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    except ValueError:
        return None


class _Windows:
    """A stream cut into windows, each beginning with the last bytes of the one before."""

    def __init__(self, stream: Iterator[bytes], *, window_bytes: int, overlap_bytes: int) -> None:
        self.read_bytes = 0  # of the stream; what is handed out twice counts once
        self._stream = stream
        self._window_bytes = window_bytes
        self._overlap_bytes = overlap_bytes
        self._tail = b""
        self._ahead = next(stream, b"")

    def __iter__(self) -> Iterator[Iterator[bytes]]:
        """One window at least: an empty file is looked at, too."""
        yield self._window()
        while self._ahead:
            yield self._window()

    def _window(self) -> Iterator[bytes]:
        room = self._window_bytes - len(self._tail)
        if self._tail:
            yield self._tail
        while self._ahead and room > 0:
            chunk = self._take(min(room, CHUNK_BYTES))
            room -= len(chunk)
            yield chunk

    def _take(self, at_most: int) -> bytes:
        chunk, self._ahead = self._ahead[:at_most], self._ahead[at_most:]
        self._ahead = self._ahead or next(self._stream, b"")
        self.read_bytes += len(chunk)
        if self._overlap_bytes:
            self._tail = (self._tail + chunk)[-self._overlap_bytes :]
        return chunk


@dataclass
class _Tally:
    """What clamd has said of one file so far."""

    reasons: list[str] = field(default_factory=list)
    signature: str = ""
    scanned_bytes: int = 0
    read_bytes: int = 0

    def note(self, verdict: str, read_bytes: int) -> None:
        """Add the verdict on what has been read since the last one."""
        new_bytes, self.read_bytes = read_bytes - self.read_bytes, read_bytes
        signature = "" if verdict == CLEAN else _signature(verdict)
        reason = _why_unscannable(signature)
        if not reason:
            self.signature = signature
            self.scanned_bytes += new_bytes
        elif reason not in self.reasons:
            self.reasons.append(reason)

    def report(self, file: ScanFile, version: str) -> ScanReport:
        is_all = self.scanned_bytes == file.size_bytes
        reasons = [*self.reasons]
        if self.signature and not is_all:
            reasons.append("STOPPED_AT_FINDING")
        partly = Coverage.PARTIAL if self.scanned_bytes else Coverage.SKIPPED
        return ScanReport(
            scanner=ClamavScanner.name,
            coverage=partly if reasons else Coverage.COMPLETE,
            size_bytes=file.size_bytes,
            scanned_bytes=self.scanned_bytes,
            reasons=tuple(reasons),
            findings=(FindingReport(self.signature, 1, 1.0),) if self.signature else (),
            method="windows" if "WINDOWED" in reasons else "whole",
            versions={"clamav": version},
        )


def _signature(verdict: str) -> str:
    match = _SIGNATURE.fullmatch(verdict)
    if not match:
        said = verdict or "nothing"
        raise ScanError(f"The virus scanner gave no verdict; it said: {said}.", transient=True)
    return match[1]


def _why_unscannable(signature: str) -> str:
    return next((why for start, why in _UNSCANNABLE.items() if signature.startswith(start)), "")


class ClamavScanner(Scanner):
    """Looks for viruses with clamd. Only "OK" within the limits counts as clean.

    `max_object_bytes` must not exceed MaxFileSize, MaxScanSize and StreamMaxLength of clamd.conf;
    larger files go in windows, and their coverage is PARTIAL. With `max_database_age_days` clamd
    must name signatures no older than that; None is for private ones, which carry no date.
    """

    name = "clamav"

    def __init__(
        self,
        address: str,
        *,
        timeout_s: float = 600,
        max_database_age_days: int | None = 7,
        max_object_bytes: int = MAX_OBJECT_BYTES,
        window_bytes: int = WINDOW_BYTES,
        overlap_bytes: int = OVERLAP_BYTES,
    ) -> None:
        self._clamd = Clamd(address, timeout_s=timeout_s)
        self._max_age_days = max_database_age_days
        self._max_object_bytes = max_object_bytes
        self._window_bytes = window_bytes
        self._overlap_bytes = overlap_bytes

    def scan(self, file: ScanFile) -> ScanReport:
        """Look at one file; `ScanError(transient=True)` for whatever is not a verdict."""
        version = self._clamd.version()
        if self._max_age_days is not None:
            require_fresh(version, max_age_days=self._max_age_days, now=datetime.now(UTC))
        with file.open() as stream:
            tally = self._verdicts(file, stream)
        if tally.scanned_bytes == tally.read_bytes != file.size_bytes and not tally.signature:
            raise ScanError(
                f"File {file.number} has {file.size_bytes} bytes, but {tally.read_bytes} came.",
                transient=True,
            )
        return tally.report(file, version)

    def _verdicts(self, file: ScanFile, stream: Iterator[bytes]) -> _Tally:
        is_windowed = file.size_bytes > self._max_object_bytes
        windows = _Windows(
            stream,
            window_bytes=self._window_bytes if is_windowed else self._max_object_bytes,
            overlap_bytes=self._overlap_bytes if is_windowed else 0,
        )
        tally = _Tally(reasons=["WINDOWED"] if is_windowed else [])
        for window in windows:
            tally.note(self._clamd.instream(window), windows.read_bytes)
            if tally.signature or (tally.reasons and not is_windowed):
                break
        return tally
