"""What a child says of a file comes out as it went in."""

from __future__ import annotations

import pytest

from backends.base import Coverage, FindingReport
from scanning.examination import Examination


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
