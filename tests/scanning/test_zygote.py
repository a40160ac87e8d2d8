"""The confined process: what it may not do, and what it does not need."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scanning.processes import ROOT


def run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, *arguments], input=stdin, cwd=ROOT, capture_output=True, check=False
    )


def test_one_file_on_stdin_gives_one_report_on_stdout() -> None:
    done = run("-m", "scanning", stdin=b"0.1,0.2\n" * 100)

    report = json.loads(done.stdout)
    assert (report["coverage"], report["scanned_bytes"]) == ("complete", 800)
    assert "presidio-analyzer" in report["versions"]


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.create_connection(('127.0.0.1', 9))",
        "socket.socket().connect(('127.0.0.1', 9))",
        "socket.getaddrinfo('example.org', 80)",
    ],
)
def test_child_has_no_network(attempt: str) -> None:
    program = f"import socket; from backends.confinement import confine; confine(2**31); {attempt}"

    assert b"OSError: this process has no network" in run("-c", program).stderr


def test_child_cannot_take_more_memory_than_it_was_given() -> None:
    program = "from backends.confinement import confine; confine(2**30); bytearray(2**31)"

    assert b"MemoryError" in run("-c", program).stderr


@pytest.mark.live  # a second of processor
def test_child_is_ended_when_its_cpu_time_is_used_up() -> None:
    program = "from backends.confinement import allow_cpu; allow_cpu(0)\nwhile True: pass"

    assert run("-c", program).returncode == -24  # SIGXCPU


def test_child_writes_to_no_file(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"old")
    program = (
        "import os; from backends.confinement import confine_child\n"
        "confine_child(9, parent=os.getppid())\n"
        f"for name in ('old', 'new'):\n"
        f"    try: open('{tmp_path}/' + name, 'r+b' if name == 'old' else 'wb', 0).write(b'x')\n"
        "    except OSError as error: print(name, error.strerror)"
    )

    assert run("-c", program).stdout == b"old File too large\nnew File too large\n"
    assert (tmp_path / "old").read_bytes() == b"old"


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("scanning.zygote", ["django", "spacy", "presidio_analyzer"]),
        ("scanning.personal", ["django", "spacy", "presidio_analyzer", "re2"]),
        ("scanning.policy", ["django", "spacy", "presidio_analyzer", "re2"]),
    ],
)
def test_nothing_is_imported_that_is_not_needed(module: str, unwanted: list[str]) -> None:
    program = f"import sys, {module}; print([m for m in {unwanted} if m in sys.modules])"

    assert run("-c", program).stdout.strip() == b"[]"


def test_answers_that_are_no_json_are_kept_out_of_stdout() -> None:
    program = (
        "import scanning.__main__ as m; a = m._take_stdout(); print('noise');"
        " a.write(b'answer'); a.flush()"
    )

    assert run("-c", program).stdout == b"answer"
