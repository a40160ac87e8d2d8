"""Bytes that are read once: what may be peeked at."""

from __future__ import annotations

import pytest

from scanning.sources import Source


@pytest.mark.parametrize("chunk_bytes", [1, 7, 100])
def test_head_does_not_depend_on_how_the_bytes_come(chunk_bytes: int) -> None:
    data = bytes(range(50))
    source = Source(data[at : at + chunk_bytes] for at in range(0, 50, chunk_bytes))

    assert source.head(10) == data[:10]
    assert source.head(20) == data[:20]
    assert b"".join(source) == data
