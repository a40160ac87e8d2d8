"""What the parent says comes out as it went in."""

from __future__ import annotations

from scanning.limits import Budget
from scanning.orders import MAX_ORDER_BYTES, Order, Settings


def test_order_survives_the_pipe() -> None:
    order = Order(12, seed=2**32 - 1, work="examine")

    assert Order.from_json(order.to_json()) == order
    assert len(order.to_json()) < MAX_ORDER_BYTES


def test_settings_survive_the_command_line() -> None:
    settings = Settings(["PERSON"], "a_model", "own.yaml", Budget(1, 2, 3.5), memory_bytes=7)

    assert Settings.from_json(settings.to_json()) == settings
