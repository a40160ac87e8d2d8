"""The arithmetic of joining in S3."""

from hypothesis import given
from hypothesis import strategies as st

from backends.base import PartLimits, StoredObject
from backends.s3_join import COPY_BYTES, GATHER_BYTES, Span, plan_join, split

MIB = 2**20
LIMITS = PartLimits()
SIZES = st.one_of(st.integers(0, 12 * MIB), st.integers(0, 3 * 2**30))


def pieces(*sizes: int) -> list[StoredObject]:
    return [StoredObject(f"p{number}", size) for number, size in enumerate(sizes)]


def test_large_pieces_are_copied_whole() -> None:
    plan = plan_join(pieces(5 * MIB, 6 * MIB), LIMITS)
    assert [(part.is_copy, part.spans[0].size_bytes) for part in plan] == [
        (True, 5 * MIB),
        (True, 6 * MIB),
    ]


def test_small_pieces_are_read_together() -> None:
    (part,) = plan_join(pieces(1, 2, 3), LIMITS)
    assert not part.is_copy
    assert part.spans == (Span("p0", 0, 1), Span("p1", 0, 2), Span("p2", 0, 3))


def test_a_small_piece_before_a_large_one_is_filled_from_its_head() -> None:
    first, second = plan_join(pieces(MIB, 20 * MIB), LIMITS)
    assert first.spans == (Span("p0", 0, MIB), Span("p1", 0, 4 * MIB))
    assert second.is_copy
    assert second.spans == (Span("p1", 4 * MIB, 20 * MIB),)


def test_nothing_is_planned_for_nothing() -> None:
    assert plan_join(pieces(0, 0), LIMITS) == []


def test_a_span_is_split_evenly() -> None:
    assert [span.size_bytes for span in split(Span("p", 10, 21), 5)] == [4, 4, 3]


@given(st.lists(SIZES, max_size=12))
def test_every_plan_keeps_the_bytes_their_order_and_the_limits(sizes: list[int]) -> None:
    plan = plan_join(pieces(*sizes), LIMITS)
    at: dict[str, int] = {}
    for span in (span for part in plan for span in part.spans):
        assert span.start == at.get(span.name, 0)
        at[span.name] = span.end
    assert at == {piece.name: piece.size_bytes for piece in pieces(*sizes) if piece.size_bytes}
    assert list(at) == sorted(at, key=lambda name: int(name[1:]))
    part_sizes = [sum(span.size_bytes for span in part.spans) for part in plan]
    assert all(size >= LIMITS.min_part_bytes for size in part_sizes[:-1])
    for part, size in zip(plan, part_sizes, strict=True):
        assert size <= (COPY_BYTES if part.is_copy else GATHER_BYTES + 2 * LIMITS.min_part_bytes)
