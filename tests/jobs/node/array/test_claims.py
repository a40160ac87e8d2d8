"""Claims keep workers apart; what counts is settled by one rename."""

from __future__ import annotations

import os
import stat
import threading
import time
from pathlib import Path

import pytest

from jobs.node.array.claims import Claims, Owner
from jobs.node.array.settle import settle

PARTS = 60


def worker(kept: Path, task: int, attempt: int = 0, submission: str = "fl-1") -> Claims:
    return Claims(kept, PARTS, Owner(submission, task, attempt))


def all_that_come(claims: Claims) -> list[int]:
    return [number for number in iter(claims.take, None) if number is not None]


def age(kept: Path, number: int, seconds: float = 61) -> None:
    then = time.time() - seconds
    os.utime(kept / f"claim.{number}", (then, then))


def test_of_workers_that_claim_at_the_same_time_each_part_has_one(tmp_path: Path) -> None:
    taken: list[list[int]] = [[], [], [], []]
    start = threading.Barrier(len(taken))

    def work(task: int) -> None:
        claims = worker(tmp_path, task)
        start.wait()
        taken[task] = all_that_come(claims)

    threads = [threading.Thread(target=work, args=(task,)) for task in range(len(taken))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(number for numbers in taken for number in numbers) == list(range(PARTS))


def test_of_workers_that_take_over_a_stale_claim_at_the_same_time_one_keeps_it(
    tmp_path: Path,
) -> None:
    dead = worker(tmp_path, 0)
    assert all_that_come(dead) == list(range(PARTS))
    age(tmp_path, 7)
    others = [worker(tmp_path, task) for task in (1, 2)]
    stale = [claims.stale([7]) for claims in others]

    taken = [claims.took_over(number) for claims, [number] in zip(others, stale, strict=True)]

    assert taken == [True, True]
    assert [claims.hold(7) for claims in (dead, *others)] == [False, False, True]


def test_what_an_earlier_start_had_is_taken_first_and_at_once(tmp_path: Path) -> None:
    earlier = worker(tmp_path, 1)
    assert [earlier.take(), earlier.take()] == [0, 1]
    assert worker(tmp_path, 0).take() == 2

    later = worker(tmp_path, 1, attempt=1)
    assert [later.take() for _ in range(3)] == [1, 0, 3]


def test_the_claim_of_an_earlier_start_that_was_killed_after_settling_is_removed(
    tmp_path: Path,
) -> None:
    assert worker(tmp_path, 1).take() == 0
    (tmp_path / "part.0").mkdir()

    assert worker(tmp_path, 1, attempt=1).take() == 1

    assert not (tmp_path / "claim.0").exists()


@pytest.mark.parametrize(
    ("task", "attempt", "submission"), [(2, 1, "fl-1"), (1, 1, "fl-1-2"), (1, 0, "fl-1")]
)
def test_what_another_has_is_not_taken(
    tmp_path: Path, task: int, attempt: int, submission: str
) -> None:
    """Neither another task's nor another submission's, nor by an older start a newer one's."""
    assert worker(tmp_path, 1, attempt=1).take() == 0

    assert worker(tmp_path, task, attempt, submission).take() == 1


def test_a_claim_is_stale_by_the_clock_of_the_file_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = worker(tmp_path, 0)
    all_that_come(dead)
    age(tmp_path, 3)
    monkeypatch.setattr(time, "time", lambda: 0.0)

    assert all_that_come(worker(tmp_path, 1)) == [3]


def test_a_part_that_was_finished_before_it_was_claimed_is_left_alone(tmp_path: Path) -> None:
    claims = worker(tmp_path, 0)
    (tmp_path / "part.4").mkdir()

    assert claims.took(4) is False
    assert claims.took_over(4) is False

    assert os.listdir(tmp_path) == ["part.4"]
    assert 4 not in all_that_come(claims)
    assert claims.finished() == 1


def test_a_claim_that_is_another_s_is_not_released(tmp_path: Path) -> None:
    claims = worker(tmp_path, 0)
    claims.take()
    worker(tmp_path, 1).took_over(0)

    claims.release(0)

    assert worker(tmp_path, 1).hold(0)


def test_claims_of_another_submission_are_awaited(tmp_path: Path) -> None:
    claims = worker(tmp_path, 0)
    worker(tmp_path, 1).take()
    assert not claims.are_awaited()

    worker(tmp_path, 0, submission="fl-1-2").take()

    assert claims.are_awaited()


@pytest.mark.parametrize("name", ["x", "output"])
def test_of_two_that_settle_the_same_the_first_counts(tmp_path: Path, name: str) -> None:
    """Also if one, or both, have nothing but an empty directory inside."""
    first, second, target = (tmp_path / place for place in ("first", "second", "target"))
    for directory in (first, second):
        (directory / name).mkdir(parents=True)
    (first / name / "who").write_text("the first")

    assert settle(first, target) is True
    assert settle(second, target) is False

    assert (target / name / "who").read_text() == "the first"
    assert stat.S_IMODE((target / name / "who").stat().st_mode) == 0o444


def test_what_cannot_be_settled_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()

    with pytest.raises(OSError, match="No such file"):
        settle(tmp_path / "first", tmp_path / "missing" / "target")


def test_workers_of_two_submissions_ask_for_the_time_side_by_side(tmp_path: Path) -> None:
    dead = worker(tmp_path, 1)
    all_that_come(dead)
    age(tmp_path, 3)
    found: list[list[int]] = []

    def look(submission: str) -> None:
        claims = worker(tmp_path, 0, submission=submission)
        found.extend(claims.stale([3, 4]) for _ in range(300))

    threads = [threading.Thread(target=look, args=(name,)) for name in ("fl-1", "fl-1-2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [[3]] * 600


def test_a_claim_that_cannot_be_read_for_a_moment_is_not_given_up(tmp_path: Path) -> None:
    claims = worker(tmp_path, 0)
    assert claims.take() == 0
    (tmp_path / "claim.0").unlink()
    (tmp_path / "claim.0").mkdir()  # cannot be read, as when the file server is in trouble

    assert claims.hold(0)
