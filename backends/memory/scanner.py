"""An in-memory Scanner: finds the marker bytes that a test names, and can be down or partial."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from backends.base import (
    MAX_LOCATIONS,
    Coverage,
    FindingReport,
    ScanError,
    ScanFile,
    Scanner,
    ScanReport,
)


class MemoryScanner(Scanner):
    """Finds `markers` (bytes → entity), e.g. {b"EICAR": "Eicar-Test"}, across chunk edges, too.

    `partial_reasons`, if any, are given as reasons why it saw only a part of every file.
    """

    def __init__(
        self,
        markers: Mapping[bytes, str] | None = None,
        *,
        name: str = "memory",
        partial_reasons: Iterable[str] = (),
    ) -> None:
        self.name = name
        self.partial_reasons = tuple(partial_reasons)
        self._markers = dict(markers or {})
        self._is_down = False

    def go_down(self) -> None:
        """From now on every scan raises `ScanError(transient=True)`."""
        self._is_down = True

    def come_back(self) -> None:
        """Undo `go_down`."""
        self._is_down = False

    def scan(self, file: ScanFile) -> ScanReport:
        """Look at one file for the markers; locations are lines."""
        if self._is_down:
            raise ScanError(f"The {self.name} scanner is down.", transient=True)
        lines: dict[str, list[int]] = {}
        scanned_bytes = 0
        with file.open() as chunks:
            for new_bytes, entity, line in self._looks(chunks):
                scanned_bytes += new_bytes
                if entity:
                    lines.setdefault(entity, []).append(line)
        return ScanReport(
            scanner=self.name,
            coverage=Coverage.PARTIAL if self.partial_reasons else Coverage.COMPLETE,
            size_bytes=file.size_bytes,
            scanned_bytes=scanned_bytes,
            reasons=self.partial_reasons,
            findings=tuple(_finding(entity, at) for entity, at in sorted(lines.items())),
            versions={"memory": "1"},
        )

    def _looks(self, chunks: Iterator[bytes]) -> Iterator[tuple[int, str, int]]:
        """(bytes read, "", 0) for each chunk and (0, entity, line) for each marker in it."""
        longest = max(map(len, self._markers), default=1)
        tail, line = b"", 1
        for chunk in chunks:
            text = tail + chunk
            yield len(chunk), "", 0
            for marker, entity in self._markers.items():
                for at in _new_places(text, marker, len(tail)):
                    yield 0, entity, line + text.count(b"\n", 0, at)
            tail = text[max(0, len(text) - longest + 1) :]
            line += text.count(b"\n", 0, len(text) - len(tail))


def _new_places(text: bytes, marker: bytes, seen_bytes: int) -> Iterator[int]:
    """Where the marker stands, but not where it already stood in the first `seen_bytes`."""
    at = text.find(marker)
    while at >= 0:
        if at + len(marker) > seen_bytes:
            yield at
        at = text.find(marker, at + 1)


def _finding(entity: str, lines: list[int]) -> FindingReport:
    places = tuple((("line", line),) for line in lines[:MAX_LOCATIONS])
    return FindingReport(entity, len(lines), 1.0, places)
