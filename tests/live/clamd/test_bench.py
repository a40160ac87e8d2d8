"""The bench of clamd's chunks, on a little."""

from __future__ import annotations

import pytest

from deploy.bench.scan.clamav import clamd_figures
from tests.parts import need

pytestmark = pytest.mark.live


def test_both_ways_of_feeding_clamd_are_measured() -> None:
    need("clamd")
    figures = clamd_figures(size_bytes=2**20, rounds=1)

    assert figures.keys() == {"clamd_mb_per_s", "clamd_naive_mb_per_s", "speedup_clamd"}
    assert all(value > 0 for value in figures.values())
