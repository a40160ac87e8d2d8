"""How a file is cut: by its size and the store's limits alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from backends.base import PartLimits
from uploads.parts import LEAST_PART_BYTES, MIB, plan

GIB = 2**30
TB = 10**12
SWIFT = PartLimits()  # a thousand parts of at most 5 GiB: what Swift has by default


@given(some.integers(0, 5 * TB))
def test_the_parts_of_any_file_make_up_the_file_and_keep_to_the_stores_limits(size: int) -> None:
    cut = plan(size, SWIFT)
    assert 1 <= cut.count <= SWIFT.max_parts
    assert (cut.count - 1) * cut.part_bytes + cut.size_of(cut.count) == size
    assert cut.count == 1 or SWIFT.min_part_bytes <= cut.part_bytes <= SWIFT.max_part_bytes
    assert 0 <= cut.size_of(cut.count) <= cut.part_bytes


@pytest.mark.parametrize(
    ("size", "part_bytes", "count"),
    [
        (0, LEAST_PART_BYTES, 1),
        (LEAST_PART_BYTES, LEAST_PART_BYTES, 1),
        (LEAST_PART_BYTES + 1, LEAST_PART_BYTES, 2),
        (GIB, 16 * MIB, 64),
        (2 * GIB, 32 * MIB, 64),
        (60 * GIB, 64 * MIB, 960),
        (200 * GIB, 205 * MIB, 1000),
        (5 * TB, 4769 * MIB, 1000),
    ],
)
def test_small_files_have_small_parts_and_large_ones_as_few_as_must_be(
    size: int, part_bytes: int, count: int
) -> None:
    cut = plan(size, SWIFT)
    assert (cut.part_bytes, cut.count) == (part_bytes, count)


def test_a_file_that_no_store_can_hold_is_refused() -> None:
    with pytest.raises(Exception, match="larger than the object store"):
        plan(6 * TB, SWIFT)
