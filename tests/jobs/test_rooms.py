"""The map of jobs/ shows all that is there, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import jobs

HERE = Path(jobs.__path__[0])
ENTRY = re.compile(r"    (\w+(?:, \w+)*) ")


def test_every_room_and_every_file_beside_them_is_on_the_map() -> None:
    about = str(jobs.__doc__)
    listed = {name for line in about.splitlines() for name in names(line)}
    there = {path.stem for path in HERE.glob("*.py")} | {
        path.parent.name for path in HERE.glob("*/__init__.py")
    }
    assert listed == there - {"__init__"}


def names(line: str) -> list[str]:
    """What a line of the map is about: the words at its begin, and those between backquotes."""
    entry = ENTRY.match(line)
    return [*entry[1].split(", "), *re.findall(r"`(\w+)`", line)] if entry else []
