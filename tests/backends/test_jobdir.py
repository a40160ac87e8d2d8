from __future__ import annotations

import pytest

from backends.base import Phase
from backends.jobdir import checked_files, parse_end, plain_name

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
    ],
)
def test_what_is_no_end_file_is_not_believed(text: bytes) -> None:
    assert parse_end("end.0.json", text) is None


@pytest.mark.parametrize("name", ["end.json", "end.x.json", "end.-1.json", "end.1.json.tmp", "x"])
def test_only_its_own_name_makes_an_end_file(name: str) -> None:
    assert parse_end(name, END) is None


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/a", ".hidden", "-rf", "a b", "a\n", "ä"])
def test_a_path_is_no_plain_name(name: str) -> None:
    with pytest.raises(ValueError, match="plain"):
        plain_name(name)


def test_a_submission_needs_its_script() -> None:
    with pytest.raises(ValueError, match=r"job\.sh"):
        checked_files({"run.py": b""})
