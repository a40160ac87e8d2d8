from __future__ import annotations

import pytest

from backends.base import Phase
from backends.jobdir import checked_files, credible, parse_end, plain_name

END = (
    b'{"exit_code": 3, "reason": "x", "attempt": 2, "started_at": 10, "ended_at": 14, "node": "n"}'
)


def test_an_end_file_becomes_a_run() -> None:
    end = parse_end("end.2.json", END)
    assert end
    run = end.as_run(cpus=4)
    assert (run.restart_count, run.phase, run.exit_code, run.node) == (2, Phase.FAILED, 3, "n")
    assert (run.core_seconds, run.slurm_state) == (16, "FAILED")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"{" * 100_000,
        b"[" * 100_000,
        END[:-5],
        END.replace(b"10", b"1e999"),
        END.replace(b"10", b"1e300"),
        END.replace(b"10", b"NaN"),
        END.replace(b"3", b'"three"'),
        END.replace(b"14", b"null"),
        END.replace(b"3", b"1e400"),
        END.replace(b"3", b'"3"'),
        END.replace(b"3", b"3.5"),
        END.replace(b"3", b"true"),
        END.replace(b"3", b"-1"),
        END.replace(b"3", b"256"),
        END.replace(b"3", b"1" * 5000),
        END.replace(b'"x"', b'"\\ud800"'),
        END.replace(b'"x"', b'"a\\u0000b"'),
        END.replace(b'"x"', b'"a\\nb"'),
        END.replace(b'"x"', b"[]"),
        END.replace(b'"n"', b'"\\udfff"'),
        END.replace(b'"n"', b"Infinity"),
        END.replace(b'"attempt": 2', b'"attempt": NaN'),
        END.replace(b'"x"', b"[" * 3000 + b"]" * 3000),
        b"[" + END + b"]",
    ],
)
def test_what_is_no_end_file_is_not_believed(text: bytes) -> None:
    assert parse_end("end.0.json", text) is None


@pytest.mark.parametrize(
    "name",
    [
        "end.json",
        "end.x.json",
        "end.-1.json",
        "end.1.json.tmp",
        "x",
        "end.01.json",
        "end.\u0663.json",
    ],
)
def test_only_its_own_name_makes_an_end_file(name: str) -> None:
    assert parse_end(name, END) is None


@pytest.mark.parametrize(("number", "is_one"), [(0, True), (10_000, True), (10_001, False)])
def test_a_number_that_no_run_ever_has_makes_no_end(number: int, is_one: bool) -> None:
    assert bool(parse_end(f"end.{number}.json", END)) is is_one
    assert parse_end(f"end.{number}999999.json", END) is None


def test_a_run_that_gave_way_to_another_is_no_end() -> None:
    assert parse_end("end.0.json", END.replace(b'"x"', b'"superseded"')) is None


@pytest.mark.parametrize(
    ("numbers", "newest", "kept"),
    [
        ([3, 0, 1], None, [0, 1, 3]),
        ([1, 1000, 1001], None, [1, 1000]),
        ([0, 1, 2], 1, [0, 1]),
        ([1001, 5], 1001, [5, 1001]),
        ([7], 0, []),
    ],
)
def test_no_end_is_believed_of_a_run_that_never_was(
    numbers: list[int], newest: int | None, kept: list[int]
) -> None:
    ends = [end for number in numbers if (end := parse_end(f"end.{number}.json", END))]
    assert [end.restart_count for end in credible(ends, newest)] == kept


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/a", ".hidden", "-rf", "a b", "a\n", "ä"])
def test_a_path_is_no_plain_name(name: str) -> None:
    with pytest.raises(ValueError, match="plain"):
        plain_name(name)


def test_a_submission_needs_its_script() -> None:
    with pytest.raises(ValueError, match=r"job\.sh"):
        checked_files({"run.py": b""})
