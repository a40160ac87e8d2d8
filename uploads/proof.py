"""The proof of a file: what is stored is held against what the sender's computer made of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import Enum

from uploads.parts import MIB, Plan

PIECE_BYTES = 64 * MIB


class Proof(Enum):
    """What comes of comparing."""

    PROVED = "every part is what the sender's computer read"
    OPEN = "nothing differs, but the sender told no sum of some parts"
    DAMAGED = "what is stored is not what was sent"


class Sums:
    """The SHA-256 of a file and of each of its parts, made while its bytes pass once.

    Of a part with more than one piece of `piece_bytes` it is the SHA-256 of the pieces' sums, so
    that a browser, which cannot sum up as it reads, has to hold one piece at a time only.
    """

    def __init__(self, part_bytes: int, *, piece_bytes: int = PIECE_BYTES) -> None:
        self.size_bytes = 0
        self._part_bytes, self._piece_bytes = part_bytes, piece_bytes
        self._whole = hashlib.sha256()
        self._parts: list[str] = []
        self._begin_part()

    def add(self, chunk: bytes) -> None:
        """The next bytes, cut anywhere."""
        self._whole.update(chunk)
        self.size_bytes += len(chunk)
        left = memoryview(chunk)
        while left:
            taken = left[: min(self._room_in_piece, self._room_in_part)]
            self._take(taken)
            left = left[len(taken) :]

    @property
    def sha256(self) -> str:
        """Of all that has passed."""
        return self._whole.hexdigest()

    def parts(self) -> dict[int, str]:
        """By number, from 1, as if the file ended here; an empty file is one empty part."""
        is_in_part = self._room_in_part < self._part_bytes or not self._parts
        return dict(enumerate([*self._parts, *([self._of_part()] if is_in_part else [])], 1))

    def _begin_part(self) -> None:
        self._room_in_part = self._part_bytes
        self._pieces: list[bytes] = []
        self._begin_piece()

    def _begin_piece(self) -> None:
        self._room_in_piece = self._piece_bytes
        self._piece = hashlib.sha256()

    def _take(self, data: memoryview) -> None:
        self._piece.update(data)
        self._room_in_piece -= len(data)
        self._room_in_part -= len(data)
        if not self._room_in_part:
            self._parts.append(self._of_part())
            self._begin_part()
        elif not self._room_in_piece:
            self._pieces.append(self._piece.digest())
            self._begin_piece()

    def _of_part(self) -> str:
        is_in_piece = self._room_in_piece < self._piece_bytes
        pieces = [*self._pieces, *([self._piece.digest()] if is_in_piece else [])]
        return (pieces[0] if len(pieces) == 1 else hashlib.sha256(b"".join(pieces)).digest()).hex()


def compare(cut: Plan, told: Mapping[int, str], found: Sums) -> Proof:
    """Hold what was read against the file's size and the sums that the sender told, by part."""
    parts = found.parts()
    differs = any(parts.get(number) != sha256 for number, sha256 in told.items())
    if differs or found.size_bytes != cut.size_bytes:
        return Proof.DAMAGED
    return Proof.PROVED if len(told) == cut.count else Proof.OPEN
