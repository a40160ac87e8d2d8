"""What child and parent say to one another comes out as it went in."""

from __future__ import annotations

import pytest

from backends.base import Coverage, FindingReport
from scanning.frames import MAX_ORDER_BYTES, Budget, Examination, Order, Settings


def test_order_survives_the_pipe() -> None:
    order = Order(12, seed=2**32 - 1, work="examine")

    assert Order.from_json(order.to_json()) == order
    assert len(order.to_json()) < MAX_ORDER_BYTES


def test_settings_survive_the_command_line() -> None:
    settings = Settings(["PERSON"], "a_model", "own.yaml", Budget(1, 2, 3.5), memory_bytes=7)

    assert Settings.from_json(settings.to_json()) == settings


def test_examination_survives_the_pipe() -> None:
    examination = Examination(
        Coverage.PARTIAL,
        12,
        reasons=("SAMPLED",),
        findings=(
            FindingReport("PERSON", 2, 0.85, ((("line", 1),), (("member", 2), ("line", 9)))),
        ),
        versions={"presidio-analyzer": "2.2"},
    )

    assert Examination.from_json(examination.to_json().encode()) == examination


@pytest.mark.parametrize("line", [b"", b"{}", b"[]", b'{"coverage": "all"}', b"\xff"])
def test_anything_else_is_no_examination(line: bytes) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        Examination.from_json(line)
