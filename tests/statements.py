"""Which statements the tests put to the database, so that PostgreSQL need not see all tests again.

With `--statements FOLDER` the tests on SQLite leave there what each of them asked. On PostgreSQL
the same option chooses as few tests as together ask all of it, besides those that say that they
are for it and those of which the folder tells nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

Notes = dict[str, Set[str]]

# How many rows or values there are makes no other statement of it.
_AGAIN = re.compile(r"(%s|\((?:%s, )*%s\))(?:, \1)+")


class Statements:
    """Notes what each test asks; one file for each process of the tests."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._notes: Notes = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Of the connection of the tests' own thread: the others belong to tests of races."""
        with noted() as statements:
            answer = yield
        if statements:
            self._notes[item.nodeid] = statements
        return answer

    def pytest_sessionfinish(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        notes = {test: sorted(statements) for test, statements in self._notes.items()}
        (self._folder / f"{os.getpid()}.json").write_text(json.dumps(notes))


@contextmanager
def noted() -> Iterator[Set[str]]:
    """The statements that are put to the database meanwhile, each with the kinds of its values."""
    statements = set[str]()

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        outcome = ""
        try:
            return execute(sql, params, many, context)
        except Exception as error:
            outcome = type(error).__name__
            raise
        finally:
            if "SAVEPOINT" not in sql:
                rows = params if many else [params or ()]
                kinds = sorted({kind_of(value) for row in rows for value in row})
                statements.add(_short(_AGAIN.sub(r"\1", sql), *kinds, outcome))

    with connection.execute_wrapper(note):
        yield statements


def _short(*parts: str) -> str:
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()


def kind_of(value: object) -> str:
    """What PostgreSQL minds and SQLite does not: the type, how long a text is, how large a number.

    NUL is no character of its texts, and an integer has 32 bits or 64.
    """
    if isinstance(value, str):
        return f"str {(len(value).bit_length() + 1) // 2}{' NUL' * (chr(0) in value)}"
    if isinstance(value, int):
        return f"{type(value).__name__} {value.bit_length() // 32}"
    return type(value).__name__


def read_notes(folder: Path) -> Notes:
    """What all processes noted; nothing if none did."""
    files = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    return {test: frozenset(asked) for notes in files for test, asked in notes.items()}


def covering(notes: Mapping[str, Set[str]], sure: Sequence[str] = ()) -> Set[str]:
    """Tests that ask all that is noted: those that are sure to run, and as few more as possible.

    The same for the same notes, for all processes choose for themselves.
    """
    left = set[str]().union(*notes.values()).difference(*(notes.get(test, ()) for test in sure))
    chosen = set(sure)
    while left:
        best = max(sorted(notes), key=lambda test: len(left & notes[test]))
        chosen.add(best)
        left -= notes[best]
    return chosen


def begin(config: pytest.Config) -> None:
    """Note from now on; what an earlier run noted is forgotten."""
    folder = config.getoption("statements")
    if folder is None or connection.vendor != "sqlite":
        return
    if not hasattr(config, "workerinput"):  # the first process, before its workers
        shutil.rmtree(folder, ignore_errors=True)
    config.pluginmanager.register(Statements(folder))
