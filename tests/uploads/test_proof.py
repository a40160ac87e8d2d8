"""The proof: sums of parts however the bytes are cut, and what follows where they differ."""

from __future__ import annotations

import hashlib
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from uploads.parts import MIB, Plan
from uploads.proof import PIECE_BYTES, Proof, Sums, compare

CONTENT = st.binary(max_size=200)
SIZES = st.integers(1, 70)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)] or [b""]


def by_the_contract(part: bytes, piece_bytes: int) -> str:
    """As docs/uploads.md says it, on bytes that lie in memory."""
    pieces = cut(part, piece_bytes)
    if len(pieces) == 1:
        return sha256(part)
    return sha256(b"".join(hashlib.sha256(piece).digest() for piece in pieces))


def sums_of(data: bytes, part_bytes: int) -> Sums:
    sums = Sums(part_bytes)
    sums.add(data)
    return sums


@given(content=CONTENT, part_bytes=SIZES, piece_bytes=SIZES, places=st.lists(st.integers(0, 200)))
def test_sums_do_not_depend_on_how_the_bytes_are_cut_on_their_way(
    content: bytes, part_bytes: int, piece_bytes: int, places: list[int]
) -> None:
    sums = Sums(part_bytes, piece_bytes=piece_bytes)
    for start, end in pairwise([0, *sorted(places), len(content)]):
        sums.add(content[start : max(start, end)])
    parts = [by_the_contract(part, piece_bytes) for part in cut(content, part_bytes)]
    assert sums.parts() == dict(enumerate(parts, 1))
    assert sums.sha256 == sha256(content)
    assert sums.size_bytes == len(content)


def test_a_piece_has_64_mib() -> None:
    part = bytes(PIECE_BYTES + 1)
    assert PIECE_BYTES == 64 * MIB
    assert sums_of(part, len(part)).parts() == {1: by_the_contract(part, 64 * MIB)}
    assert sums_of(part[1:], len(part)).parts() == {1: sha256(part[1:])}


@given(content=CONTENT, part_bytes=SIZES)
def test_a_file_of_which_every_sum_was_told_is_proved(content: bytes, part_bytes: int) -> None:
    found = sums_of(content, part_bytes)
    assert compare(Plan(len(content), part_bytes), found.parts(), found) is Proof.PROVED


@given(data=st.data(), content=CONTENT, part_bytes=SIZES)
def test_a_file_is_not_proved_while_a_sum_is_unknown(
    data: st.DataObject, content: bytes, part_bytes: int
) -> None:
    found = sums_of(content, part_bytes)
    told = found.parts()
    del told[data.draw(st.sampled_from(sorted(told)))]
    assert compare(Plan(len(content), part_bytes), told, found) is Proof.OPEN


@given(data=st.data(), content=st.binary(min_size=1, max_size=200), part_bytes=SIZES)
def test_one_changed_byte_is_seen_where_its_parts_sum_was_told(
    data: st.DataObject, content: bytes, part_bytes: int
) -> None:
    place = data.draw(st.integers(0, len(content) - 1))
    changed = bytearray(content)
    changed[place] ^= 1
    number = place // part_bytes + 1
    told = {number: sums_of(content, part_bytes).parts()[number]}
    found = sums_of(bytes(changed), part_bytes)
    assert compare(Plan(len(content), part_bytes), told, found) is Proof.DAMAGED
    others = {n: sum_ for n, sum_ in sums_of(content, part_bytes).parts().items() if n != number}
    assert compare(Plan(len(content), part_bytes), others, found) is Proof.OPEN


@given(content=CONTENT, size_bytes=st.integers(0, 201), part_bytes=SIZES)
def test_another_size_is_damage_whatever_was_told(
    content: bytes, size_bytes: int, part_bytes: int
) -> None:
    proof = compare(Plan(size_bytes, part_bytes), {}, sums_of(content, part_bytes))
    assert (proof is Proof.DAMAGED) == (size_bytes != len(content))
