"""The parts of an Office file: a ZIP archive in memory, unpacked within limits."""

from __future__ import annotations

import io
import posixpath
import struct
import zipfile
from collections.abc import Iterator
from typing import IO

from scanning.limits import Meter
from scanning.readers.archives.members import visible
from scanning.readers.markup import Attributes, local, walk

_CHUNK_BYTES = 2**16
_END_BYTES = 22  # of the directory's end, without a comment (APPNOTE.TXT, 4.3.16)
_LONGEST_END_BYTES = _END_BYTES + 2**16
_HAS_SUMS_BEHIND = 8


class Package:
    """The parts in the archive's order; `stopped_by` is the code of a limit that was met."""

    def __init__(self, archive: IO[bytes], meter: Meter) -> None:
        self._archive = archive
        self._zip = zipfile.ZipFile(archive)
        self._meter = meter
        self.parts = self._zip.infolist()
        self.stopped_by = ""

    def unlisted_bytes(self) -> int:
        """How many bytes lie before, between and behind the parts, for other programs to see.

        The archive's own comment is one of these; Office writes none.
        """
        at, unlisted_bytes = 0, self._bytes_behind()
        for part in sorted(self.parts, key=lambda part: part.header_offset):
            unlisted_bytes += max(part.header_offset - at, 0)
            at = max(at, self._end(part))
        return unlisted_bytes + max(self._zip.start_dir - at, 0)

    def words(self) -> Iterator[str]:
        """What the archive says beside its parts: their names, comments and extra fields."""
        for part in self.parts:
            name_bytes, extra_bytes = self._lengths(part)
            self._archive.seek(name_bytes, io.SEEK_CUR)
            beside = visible(self._archive.read(extra_bytes), part.extra, part.comment)
            yield " ".join(filter(None, [beside, part.filename]))

    def _lengths(self, part: zipfile.ZipInfo) -> tuple[int, int]:
        """Of the name and the extra field in front of a part, which follow in the archive."""
        self._archive.seek(part.header_offset + 26)
        name_bytes, extra_bytes = struct.unpack("<HH", self._archive.read(4))
        return int(name_bytes), int(extra_bytes)

    def _end(self, part: zipfile.ZipInfo) -> int:
        """Where a part ends, with its sums behind it if it has some (APPNOTE.TXT, 4.3.7, 4.3.9)."""
        name_bytes, extra_bytes = self._lengths(part)
        sums_bytes = 24 if part.flag_bits & _HAS_SUMS_BEHIND else 0
        begin = part.header_offset + 30 + name_bytes + extra_bytes
        return begin + part.compress_size + sums_bytes

    def _bytes_behind(self) -> int:
        size_bytes = self._archive.seek(0, io.SEEK_END)
        self._archive.seek(max(size_bytes - _LONGEST_END_BYTES, 0))
        tail = self._archive.read()
        return len(tail) - tail.rindex(b"PK\5\6") - _END_BYTES

    def enter(self) -> None:
        """One more part is about to be read."""
        self.stopped_by = self.stopped_by or self._meter.enter()

    def chunks(self, part: zipfile.ZipInfo) -> Iterator[bytes]:
        """A part's content, to its end or to a limit; what sizes its header claims is ignored."""
        out_bytes = 0
        with self._zip.open(part) as stream:
            while not self.stopped_by and (chunk := stream.read(_CHUNK_BYTES)):
                out_bytes += len(chunk)
                self.stopped_by = self._meter.unpack(len(chunk))
                if self._meter.is_bomb(out_bytes, part.compress_size):
                    self.stopped_by = "ARCHIVE_RATIO"
                if not self.stopped_by:
                    yield chunk

    def has(self, name: str) -> bool:
        """Whether there is a part of this name."""
        return name in self._zip.NameToInfo

    def named(self, name: str) -> Iterator[bytes]:
        """The content of the part of this name; nothing if there is none."""
        return self.chunks(self._zip.NameToInfo[name]) if self.has(name) else iter(())

    def elements(self, name: str) -> Iterator[tuple[str, Attributes]]:
        """All elements of the part of this name, with attributes; none if there is no such part."""
        if not self.has(name):
            return
        found: list[tuple[str, Attributes]] = []
        for _ in walk(
            self.named(name),
            start=lambda element, attributes: found.append((element, attributes)),
            end=lambda _: None,
            chars=lambda _: None,
        ):
            yield from found
            found.clear()

    def targets(self, name: str) -> dict[str, str]:
        """The parts that a part refers to, by the ids that it gives them (ECMA-376-2, 9.3)."""
        folder, _, base = name.rpartition("/")
        return {
            attributes.get("Id", ""): _resolved(folder, attributes.get("Target", ""))
            for element, attributes in self.elements(f"{folder}/_rels/{base}.rels")
            if element == "Relationship" and attributes.get("TargetMode") != "External"
        }

    def ordered(self, name: str, element: str) -> list[str]:
        """The parts that a part lists in elements of this name: its sheets, or its slides."""
        targets = self.targets(name)
        ids = [_id(attributes) for found, attributes in self.elements(name) if found == element]
        return [targets.get(one, "") for one in ids]


def _id(attributes: Attributes) -> str:
    return next((v for key, v in attributes.items() if key != "id" and local(key) == "id"), "")


def _resolved(folder: str, target: str) -> str:
    return posixpath.normpath(posixpath.join("/" + folder, target)).lstrip("/")
