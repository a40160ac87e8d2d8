"""Archives with any bytes changed: the walk itself raises nothing, and ends."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanning.limits import Limits
from scanning.unpack import give_members
from tests.scanning.readers.archives.packing import (
    DATA,
    ENCRYPTED_ZIP,
    MAIL,
    bgzf_of,
    named_gzip_of,
    tar_of,
    zip_of,
)

LONG = {"x" * 120 + "/a": MAIL, "b": DATA}
ARCHIVES = (
    *(zip_of(method=method, is_stream=s) for method in (0, 8, 12, 14) for s in (False, True)),
    *(tar_of(LONG, form=form) for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT)),
    *(gzip.compress(tar_of(LONG)), bz2.compress(MAIL), lzma.compress(MAIL), ENCRYPTED_ZIP),
    *(bgzf_of(DATA), named_gzip_of(DATA, "a"), zip_of({"a": zip_of(is_stream=True)}, method=0)),
)
LIMITS = Limits(free_bytes=10**6, members=100)


@pytest.mark.live  # seconds
@settings(max_examples=400, deadline=None)
@given(st.data())
def test_changed_archive_is_walked_to_some_end(data: st.DataObject) -> None:
    archive = bytearray(data.draw(st.sampled_from(ARCHIVES)))
    at = st.integers(0, len(archive) - 1)
    edges = st.sampled_from([0, 1, 0x50, 0x7F, 0xFF])
    for position, value in data.draw(st.lists(st.tuples(at, edges | st.integers(0, 255)))):
        archive[position] = value
    end = data.draw(st.none() | at)
    answers: list[bytes] = []

    give_members(iter([bytes(archive[:end])]), answers.append, size_bytes=10, limits=LIMITS)

    assert b'"reasons"' in answers[-1]
