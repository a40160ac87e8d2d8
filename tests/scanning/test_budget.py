"""What is read closely of a file that is too long for it: its head, its tail, and a fair sample."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from scanning.budget import Purse
from scanning.gate import Hits
from scanning.limits import Budget

NAME, PATTERN, BOTH = Hits(name=True), Hits(pattern=True), Hits(pattern=True, name=True)
CHARS = 100
BUDGET = Budget(name_chars=4_000, pattern_chars=4_000)  # 40 windows: 20 first, 5 last, 15 drawn


class Reader:
    """Notes which windows were read, and how."""

    def __init__(self) -> None:
        self.read: list[tuple[int, bool]] = []

    def of(self, number: int) -> Callable[[bool], None]:
        return lambda by_model: self.read.append((number, by_model))

    @property
    def by_model(self) -> list[int]:
        return [number for number, by_model in self.read if by_model]

    @property
    def by_patterns(self) -> list[int]:
        return [number for number, by_model in self.read if not by_model]


def asked(count: int, hits: Hits = NAME, *, seed: int = 7) -> tuple[Reader, Purse]:
    """A file with so many windows of the same kind, numbered from 0, before it is settled."""
    reader, purse = Reader(), Purse(BUDGET, seed)
    for number in range(count):
        purse.ask(hits, CHARS, reader.of(number))
    return reader, purse


def settled(count: int, hits: Hits = NAME, *, seed: int = 7) -> tuple[Reader, Purse]:
    reader, purse = asked(count, hits, seed=seed)
    purse.settle()
    return reader, purse


def test_first_windows_are_read_at_once() -> None:
    reader, _ = asked(30)

    assert reader.by_model == list(range(20))


def test_file_within_the_budget_is_read_whole_and_in_order() -> None:
    reader, purse = settled(40)

    assert reader.by_model == list(range(40))
    assert purse.passed_over_chars == 0


def test_of_a_longer_file_the_head_the_tail_and_a_sample_are_read() -> None:
    reader, purse = settled(1_000)

    assert reader.by_model[:20] == list(range(20))
    assert reader.by_model[-5:] == list(range(995, 1_000))
    assert len(reader.by_model) == 40
    assert purse.passed_over_chars == 960 * CHARS


def test_same_seed_gives_the_same_sample_and_another_another() -> None:
    first, again, other = (settled(1_000, seed=seed)[0].read for seed in (7, 7, 8))

    assert first == again != other


def test_sample_favours_no_part_of_the_file() -> None:
    """Of 1,000 windows, 975 are drawn from, in ten parts; 200 seeds draw 300 of each, on average.

    The bounds are five standard deviations of the binomial distribution wide.
    """
    drawn = [0] * 10
    for seed in range(200):
        for number in settled(1_000, seed=seed)[0].by_model[20:-5]:
            drawn[(number - 20) * 10 // 975] += 1

    assert sum(drawn) == 3_000
    assert all(220 < count < 380 for count in drawn)


def test_windows_that_will_not_be_read_are_let_go() -> None:
    alive = weakref.WeakSet[Reader]()
    purse = Purse(BUDGET)
    for number in range(1_000):
        reader = Reader()
        alive.add(reader)
        purse.ask(BOTH, CHARS, reader.of(number))
    del reader
    gc.collect()

    assert len(alive) <= 2 * 20  # drawn and last ones, in each pot


def test_names_do_not_eat_what_patterns_need() -> None:
    reader, purse = Reader(), Purse(BUDGET)
    for number in range(1_000):
        purse.ask(NAME, CHARS, reader.of(number))
    purse.ask(PATTERN, CHARS, reader.of(1_000))

    assert reader.by_patterns == [1_000]


def test_window_with_both_is_read_by_patterns_where_no_model_can_be_had() -> None:
    reader, purse = settled(1_000, BOTH)

    assert set(range(20)) <= set(reader.by_model)
    assert set(range(20, 40)) <= set(reader.by_patterns)
    assert len(reader.by_model) == 40
    assert purse.passed_over_chars == 960 * CHARS  # the model should have seen them


def test_window_is_never_read_twice_in_the_same_way() -> None:
    reader, _ = settled(1_000, BOTH)

    assert len(reader.read) == len(set(reader.read))


def test_without_time_nothing_is_read_and_that_is_no_sample() -> None:
    reader, purse = Reader(), Purse(Budget(seconds=0))
    for number in range(3):
        purse.ask(BOTH, CHARS, reader.of(number))
    purse.settle()

    assert reader.read == []
    assert (purse.timed_out_chars, purse.passed_over_chars) == (3 * CHARS, 0)
    assert not purse.pays_for(NAME, CHARS)


def test_what_is_paid_for_at_once_is_part_of_the_head() -> None:
    purse = Purse(BUDGET)

    assert purse.pays_for(NAME, 2_000)
    assert not purse.pays_for(NAME, 1)
    assert purse.pays_for(PATTERN, 1)


wishes = st.lists(
    st.tuples(st.sampled_from([NAME, PATTERN, BOTH]), st.integers(1, 900)), max_size=60
)


@given(wishes, st.integers(0, 2**32))
def test_every_window_is_read_as_it_should_be_or_counted(
    asked_for: list[tuple[Hits, int]], seed: int
) -> None:
    reader, purse = Reader(), Purse(BUDGET, seed)
    for number, (hits, chars) in enumerate(asked_for):
        purse.ask(hits, chars, reader.of(number))
    purse.settle()

    by_model, at_all = set(reader.by_model), {number for number, _ in reader.read}
    unread = [
        chars
        for number, (hits, chars) in enumerate(asked_for)
        if number not in (by_model if hits.name else at_all)
    ]
    assert purse.passed_over_chars == sum(unread)
    assert sum(asked_for[number][1] for number in by_model) <= BUDGET.name_chars
