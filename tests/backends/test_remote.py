from __future__ import annotations

import subprocess
import sys

import pytest

from backends.remote import Answer, after_mark, command_line

HOSTILE = [
    "; touch hacked",
    "$(touch hacked)",
    "`touch hacked`",
    "a'b\"c",
    "'; exit 1; '",
    "\\",
    "a\nb",
    "",
    " ",
    "*",
    "~",
    "!!",
    "-n",
    "#x",
    "&",
    "ümläut ✓",
    "%s",
    "${HOME}",
]


@pytest.mark.parametrize("shell", ["/bin/sh", "/bin/bash"])
def test_hostile_words_reach_the_command_as_they_are(shell: str) -> None:
    argv = [sys.executable, "-c", "import sys; print(ascii(sys.argv[1:]))", *HOSTILE]
    line = command_line(argv, "begin-1")
    done = subprocess.run([shell, "-c", line], capture_output=True, text=True, check=True)
    assert done.stdout == f"begin-1\n{HOSTILE!a}\n"


def test_what_start_up_files_print_is_cut_off() -> None:
    answer = Answer(0, b"Welcome!\nno end of linebegin-1\n36\n", b"")
    assert after_mark(answer, "begin-1") == Answer(0, b"36\n", b"")


def test_a_shell_that_never_came_to_our_command_gives_no_answer() -> None:
    assert after_mark(Answer(1, b"This account is not available.\n", b""), "begin-1") is None


def test_the_words_of_an_answer_are_one_short_line() -> None:
    assert Answer(1, b"out", b"no\nsuch  file\xff\n").words == "no such file�"
    assert Answer(1, b"out", b"").words == "out"
    assert len(Answer(1, b"", b"x" * 10_000).words) == 300
