"""What ends the unpacking of a file."""

from __future__ import annotations

import pytest

from scanning.limits import Limits, Meter

SMALL = Limits(ratio=10, free_bytes=1000, total_bytes=10_000, members=3)


def test_what_is_within_the_limits_goes_on() -> None:
    meter = Meter(SMALL, stored_bytes=1000)

    assert [meter.enter(), meter.unpack(5000), meter.unpack(5000), meter.enter()] == [""] * 4


@pytest.mark.parametrize(
    ("stored_bytes", "pieces", "reason"),
    [
        (1000, [5000, 5001], "ARCHIVE_TOO_LARGE"),
        (None, [5000, 5001], "ARCHIVE_TOO_LARGE"),
        (100, [1000, 1001], "ARCHIVE_RATIO"),
        (0, [1000, 1], "ARCHIVE_RATIO"),
    ],
)
def test_bytes_of_all_archives_within_are_counted_together(
    stored_bytes: int | None, pieces: list[int], reason: str
) -> None:
    meter = Meter(SMALL, stored_bytes)

    assert [meter.unpack(piece) for piece in pieces] == ["", reason]
    assert meter.stopped_by == reason


def test_ratio_of_an_unknown_size_is_not_asked_for() -> None:
    assert Meter(SMALL).unpack(9000) == ""


def test_members_of_all_archives_within_are_counted_together() -> None:
    meter = Meter(SMALL, stored_bytes=1000)

    assert [meter.enter() for _ in range(4)] == ["", "", "", "ARCHIVE_TOO_MANY_MEMBERS"]


def test_without_time_nothing_is_unpacked() -> None:
    assert Meter(Limits(cpu_s=0)).enter() == "TIMED_OUT"


def test_large_file_may_take_longer() -> None:
    assert Meter(Limits(cpu_s=0), stored_bytes=10**9).enter() == ""


def test_first_limit_that_is_met_is_the_one_that_is_told() -> None:
    meter = Meter(SMALL, stored_bytes=1000)
    meter.unpack(20_000)

    assert meter.enter() == "ARCHIVE_TOO_LARGE"


def test_what_follows_a_stream_that_was_cut_off_may_be_damaged() -> None:
    meter = Meter(SMALL)
    meter.cut(depth=3)
    assert (meter.is_cut(2), meter.is_cut(3), meter.is_cut(4)) == (False, True, True)

    meter.leave(4)
    assert meter.is_cut(3)
    meter.leave(2)

    assert not meter.is_cut(3)
