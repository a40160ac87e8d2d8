"""Where a rehearsal interrupts: by lot, but such that early and late points come."""

from __future__ import annotations

import itertools

import pytest

from jobs.node.laptop.interrupting import drawn


@pytest.mark.parametrize("seed", range(20))
def test_each_third_of_the_work_is_hit_once_and_each_kind_comes(seed: int) -> None:
    interruptions = drawn(30.0, 3, seed)

    points = list(itertools.accumulate(each.after_s for each in interruptions))
    assert [int(point // 10) for point in points] == [0, 1, 2]
    assert {each.kind for each in interruptions} == {"kill", "term", "save"}


def test_a_seed_draws_the_same_again() -> None:
    assert drawn(9.0, 5, 1) == drawn(9.0, 5, 1)
    assert drawn(9.0, 5, 1) != drawn(9.0, 5, 2)


def test_no_start_is_interrupted_before_it_began() -> None:
    assert all(each.after_s >= 0 for each in drawn(0.0, 4, 1))
