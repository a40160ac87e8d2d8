"""curl, sending what the page would send: the same parts, to URLs that the same site signed."""

from __future__ import annotations

import hashlib
import json
import subprocess
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin
from urllib.request import Request, urlopen

PIECE_BYTES = 64 * 2**20  # the store verifies no sum of a larger part
SIGNED_AT_ONCE = 100
OPENED_AT_ONCE = 500


class CurlFailed(Exception):
    """A part was not stored; curl's words are in the message."""


@dataclass(frozen=True)
class Put:
    """One file as it is, to one signed URL."""

    file: Path
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Upload:
    """One upload, announced; all calls of docs/uploads.md but the PUTs."""

    url: str
    files: list[int]

    @classmethod
    def announced(cls, page: str, email: str, files: Sequence[Path]) -> Upload:
        """Announce these files on this page."""
        listed = [{"name": file.name, "size": file.stat().st_size} for file in files]
        told = post(page, {"email": email, "files": listed})
        return cls(urljoin(page, told["upload"]), [file["number"] for file in told["files"]])

    def puts(self, parts: Sequence[Sequence[Part]]) -> list[Put]:
        """What to send, by file; everything is signed, and in order."""
        opened: dict[int, dict[str, Any]] = {}
        header = ""
        while absent := [number for number in self.files if number not in opened]:
            told = post(f"{self.url}open", {"files": absent[:OPENED_AT_ONCE]})
            header = told["sha256_header"]
            opened |= {int(number): one for number, one in told["files"].items()}
        urls = {number: self._urls(number, opened[number]) for number in self.files}
        return [
            Put(part.file, urls[number][index], part.headers(header))
            for number, cut in zip(self.files, parts, strict=True)
            for index, part in enumerate(cut, 1)
        ]

    def _urls(self, number: int, opened: Mapping[str, Any]) -> dict[int, str]:
        urls = {int(part): url for part, url in opened["urls"].items()}
        absent = [part for part in range(1, opened["parts"] + 1) if part not in urls]
        for start in range(0, len(absent), SIGNED_AT_ONCE):
            lot = absent[start : start + SIGNED_AT_ONCE]
            told = post(f"{self.url}sign", {"parts": {str(number): lot}})
            urls |= {int(part): url for part, url in told["urls"][str(number)].items()}
        return urls

    def part_bytes(self) -> int:
        """How the first file is cut."""
        told = post(f"{self.url}open", {"files": self.files[:1]})
        return int(told["files"][str(self.files[0])]["part_bytes"])

    def complete(self) -> None:
        """CurlFailed if anything is not stored."""
        told = post(f"{self.url}complete", {"files": self.files})
        if sorted(told["done"]) != sorted(self.files):
            raise CurlFailed(f"not complete: {told['missing']}")


@dataclass(frozen=True)
class Part:
    """A part in a file of its own, for curl cannot send a piece of one; its sum is known."""

    file: Path
    sha256: bytes

    def headers(self, name: str) -> dict[str, str]:
        """Of its PUT, as the page sends them; no sum without a name for it."""
        headers = {"Content-Type": "application/octet-stream"}
        if name and self.file.stat().st_size <= PIECE_BYTES:
            headers[name] = b64encode(self.sha256).decode()
        return headers


def cut(file: Path, part_bytes: int, folder: Path) -> list[Part]:
    """Its parts, written to the folder."""
    folder.mkdir(exist_ok=True)
    return [
        _written(folder / f"{file.name}.{number}", data)
        for number, data in enumerate(_pieces(file, part_bytes), 1)
    ]


def _pieces(file: Path, part_bytes: int) -> Iterator[bytes]:
    with file.open("rb") as whole:
        while data := whole.read(part_bytes):
            yield data


def _written(file: Path, data: bytes) -> Part:
    file.write_bytes(data)
    return Part(file, hashlib.sha256(data).digest())


def run(puts: Sequence[Put], *, connections: int, folder: Path) -> None:
    """Send them all, so many at once; CurlFailed if one was not stored."""
    config = folder / "curl.config"
    config.write_text(config_of(puts))
    command = ["curl", "--config", str(config), "--no-progress-meter"]
    at_once = ["--parallel", "--parallel-immediate", "--parallel-max", str(connections)]
    said = subprocess.run([*command, *at_once], capture_output=True, text=True)
    statuses = said.stdout.split()
    if len(statuses) != len(puts) or not all(one.startswith("2") for one in statuses):
        raise CurlFailed(f"{len(statuses)} of {len(puts)} answers: {said.stderr[-500:]}")


def config_of(puts: Sequence[Put]) -> str:
    """A file for curl's --config."""
    return "next\n".join(_block(put) for put in puts)


def _block(put: Put) -> str:
    # A browser does not wait for 100 Continue either: an empty Expect spares curl a round trip.
    headers = ["Expect:", *(f"{name}: {value}" for name, value in put.headers.items())]
    rows = [("url", put.url), ("upload-file", str(put.file)), ("output", "/dev/null")]
    rows += [("write-out", r"%{http_code}\n"), *(("header", header) for header in headers)]
    return "".join(f'{name} = "{value}"\n' for name, value in rows)


def post(url: str, data: object) -> dict[str, Any]:
    """The site's answer; an OSError if it is a refusal."""
    headers = {"Content-Type": "application/json"}
    with urlopen(Request(url, json.dumps(data).encode(), headers), timeout=300) as answer:
        return dict(json.load(answer))
