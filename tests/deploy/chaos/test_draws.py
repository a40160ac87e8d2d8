from __future__ import annotations

from collections import Counter
from itertools import islice

from deploy.chaos.faults import KINDS, chosen_kinds, draw_faults
from deploy.chaos.harm import HARMS
from deploy.chaos.orders import PACE_S, Kind, draw_orders
from deploy.testbed.clamd import EICAR


def test_the_same_seed_draws_the_same_jobs_and_faults() -> None:
    kinds = chosen_kinds([], "postgres")
    assert draw_orders(50, 7) == draw_orders(50, 7) != draw_orders(50, 8)
    first, again, other = (list(islice(draw_faults(s, kinds), 50)) for s in (7, 7, 8))
    assert first == again != other


def test_most_jobs_are_healthy_and_every_kind_is_there() -> None:
    orders = draw_orders(100, 1, shares={Kind.HOLLOW: 0.02})
    counts = Counter(order.kind for order in orders)
    assert set(counts) == set(Kind)
    assert counts[Kind.HEALTHY] > 60
    assert len({order.email for order in orders}) == 100
    assert [order.at_s for order in orders] == sorted(order.at_s for order in orders)
    assert orders[-1].at_s <= 100 * PACE_S


def test_the_right_answer_follows_from_the_file_alone() -> None:
    one, other = draw_orders(2, 1)
    assert one.data == one.data != other.data
    assert one.answer_sha256 != other.answer_sha256


def test_only_infected_files_hold_the_virus() -> None:
    for order in draw_orders(60, 3):
        assert (EICAR in order.data) == (order.kind is Kind.INFECTED)


def test_only_those_who_cancel_have_somebody_who_does() -> None:
    for order in draw_orders(60, 3):
        assert bool(order.cancelled_by) == (order.kind is Kind.CANCELLED)


def test_every_kind_of_fault_can_be_done() -> None:
    assert set(HARMS) == set(KINDS)


def test_faults_last_as_long_as_their_kind_says() -> None:
    for fault in islice(draw_faults(5, chosen_kinds([], "postgres")), 300):
        assert fault.kind.shortest_s <= fault.seconds <= fault.kind.longest_s
        assert 0 <= fault.pick < 1


def test_a_database_that_is_a_file_is_left_alone() -> None:
    named = {kind.name for kind in chosen_kinds([], "sqlite")}
    assert not any(name.startswith("database") for name in named)
    assert "task-killed" in named


def test_without_kinds_there_are_no_faults() -> None:
    assert list(draw_faults(1, [])) == []
