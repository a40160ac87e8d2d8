"""Results out: stored in pieces, then the manifest, last."""

import hashlib
import json
import os
import platform
import shutil
import socket
import time
import traceback
import zipfile
import zlib
from functools import partial
from pathlib import Path
from typing import BinaryIO, Dict, List, NamedTuple, Optional

from .attempt import Attempt
from .comparing import comparison, told_differences
from .endings import Ending
from .files import CHUNK_BYTES, Json, is_printable
from .store import patiently, put


class Result(NamedTuple):
    """A file to store: in pieces of these sizes, for the store may limit one object."""

    name: str
    path: Path
    sizes: List[int]
    packed_files: Optional[int] = None  # that we have packed into it


def store_results(attempt: Attempt) -> List[Json]:
    """Store all results; returns what the manifest says of them."""
    stored: List[Json] = []
    slot = 0
    for result in planned(attempt):
        stored.append(store_result(attempt, result, slot))
        slot += len(result.sizes)
    return stored


def planned(attempt: Attempt) -> List[Result]:
    """The results as they are; or one ZIP, if they are more than may be stored singly."""
    rules = attempt.told()["results"]
    room = len(patiently("the results", attempt.slots)["pieces"])
    files = result_files(attempt.output)
    results = [
        Result(path.relative_to(attempt.output).as_posix(), path, piece_sizes(path, rules))
        for path in files
    ]
    if len(results) > rules["max_files"] or slots_for(results) > room:
        packed = pack(results, attempt.work / "results.zip")
        results = [Result(packed.name, packed, piece_sizes(packed, rules), len(results))]
    if slots_for(results) > room:
        gigabytes = room * rules["piece_bytes"] / 1e9
        raise Ending("code_failed", f"The results are larger than {gigabytes:.3g} GB.")
    return results


def slots_for(results: List[Result]) -> int:
    return sum(len(result.sizes) for result in results)


def result_files(output: Path) -> List[Path]:
    """Every file below `output`, sorted by name; `Ending` if there is none, or one is no result."""
    found = plain_files(output)
    if not found:
        raise Ending("no_results", "The code ended well but left no file in its output directory.")
    return found


def sizes_in(output: Path) -> Dict[str, int]:
    """The size of each file below `output`; `Ending` if one is no plain file."""
    return {
        path.relative_to(output).as_posix(): path.stat().st_size for path in plain_files(output)
    }


def plain_files(output: Path) -> List[Path]:
    """Every file below `output`, sorted by name; `Ending` if one leads out of it, or is none."""
    found = []
    for folder, subfolders, names in os.walk(str(output), onerror=raise_error):
        links = [name for name in subfolders if (Path(folder) / name).is_symlink()]
        found += [Path(folder) / name for name in names + links]
    for path in found:
        name = path.relative_to(output).as_posix()
        if not path.is_file() or output not in path.resolve().parents or not is_printable(name):
            message = "The result {!a} is not a plain file inside the output directory."
            raise Ending("code_failed", message.format(name))
    return sorted(found)


def raise_error(error: OSError) -> None:
    raise error


def piece_sizes(path: Path, rules: Json) -> List[int]:
    full, rest = divmod(path.stat().st_size, rules["piece_bytes"])
    return [rules["piece_bytes"]] * full + ([rest] if rest or not full else [])


def pack(results: List[Result], target: Path) -> Path:
    with zipfile.ZipFile(str(target), "w", zipfile.ZIP_DEFLATED) as archive:
        for result in results:
            # all dated 1980: the same results make the same file, whenever they are packed
            info = zipfile.ZipInfo(result.name)
            info.compress_type = zipfile.ZIP_DEFLATED
            with result.path.open("rb") as file:
                with archive.open(info, "w", force_zip64=True) as packed:
                    shutil.copyfileobj(file, packed, CHUNK_BYTES)
    return target


class Sums:
    """Of what was read so far: SHA-256, and CRC-32 for archives that are made of it later."""

    def __init__(self) -> None:
        self.sha256, self.crc32 = hashlib.sha256(), 0

    def update(self, data: bytes) -> None:
        self.sha256.update(data)
        self.crc32 = zlib.crc32(data, self.crc32)

    def copy(self) -> "Sums":
        twin = Sums()
        twin.sha256, twin.crc32 = self.sha256.copy(), self.crc32
        return twin


class Piece:
    """`size` bytes of an open file from `offset` on, read by urllib and summed on the way."""

    def __init__(self, file: BinaryIO, offset: int, size: int, sums: Sums) -> None:
        self.file, self.offset, self.size, self.before = file, offset, size, sums
        self.rewind()

    def rewind(self) -> None:
        self.file.seek(self.offset)
        self.left, self.sums = self.size, self.before.copy()

    def read(self, _size: int = -1) -> bytes:
        """The next chunk: larger than http.client asks for (8 KiB), it sends what it gets."""
        data = self.file.read(min(CHUNK_BYTES, self.left))
        self.left -= len(data)
        self.sums.update(data)
        return data


def store_result(attempt: Attempt, result: Result, slot: int) -> Json:
    """Store one file, each piece in a slot of its own; returns its entry for the manifest."""
    sums, offset = Sums(), 0
    pieces: List[Json] = []
    with result.path.open("rb") as file:
        for size in result.sizes:
            piece = Piece(file, offset, size, sums)
            store_piece(attempt, piece, slot + len(pieces), result.name)
            pieces.append({"slot": slot + len(pieces), "size_bytes": size})
            sums, offset = piece.sums, offset + size
    entry: Json = {"name": result.name, "size_bytes": offset, "sha256": sums.sha256.hexdigest()}
    if result.packed_files is not None:
        entry.update(packed_files=result.packed_files)
    return dict(entry, crc32=sums.crc32, pieces=pieces)


def store_piece(attempt: Attempt, piece: Piece, slot: int, name: str) -> None:
    def act() -> None:
        attempt.stand()
        piece.rewind()
        put(attempt.slots()["pieces"][slot], piece, piece.size)

    patiently(f"the result {name}", act)


def store_manifest(attempt: Attempt, results: List[Json]) -> None:
    """The last thing: with it the attempt is a success, without it nothing counts."""
    told = attempt.told()
    manifest = {"version": 1, "key": told["key"], "job": told["job"], "attempt": attempt.number}
    manifest.update(results=results, code_sha256=told["code"]["sha256"])
    manifest.update(started_at=attempt.started_at, ended_at=time.time())
    manifest.update(python=platform.python_version(), node=socket.gethostname())
    compared = comparison(attempt, results)
    if compared is not None:
        manifest.update(comparison=compared)
    if attempt.code_seconds is not None:
        manifest.update(code_seconds=attempt.code_seconds)
    if attempt.writes_outside is not None:
        manifest.update(writes_outside=attempt.writes_outside)
    patiently("the manifest", partial(put_manifest, attempt, manifest))
    attempt.note_manifest()
    add_hint(attempt, manifest)


def put_manifest(attempt: Attempt, manifest: Json) -> None:
    body = json.dumps(manifest).encode()
    attempt.stand()
    put(attempt.slots()["manifest"], body, len(body))


def add_hint(attempt: Attempt, manifest: Json) -> None:
    """Store the manifest once more, with where the results part from those of a reference run.

    The work is done by now: whatever goes wrong here, it stays so.
    """
    try:
        differing = told_differences(attempt, manifest["results"])
        if differing:
            put_manifest(attempt, dict(manifest, differences=differing))
    except Exception:
        traceback.print_exc()
