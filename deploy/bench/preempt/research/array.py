"""Works through so many units of a second each, in parts of two."""

import time
from pathlib import Path

UNITS_OF_A_PART = 2


def split(inputs: list[Path], output: Path) -> list[Path]:
    units, parts = int(inputs[0].read_text()), []
    for first in range(0, units, UNITS_OF_A_PART):
        part = output / f"units-{first}"
        part.write_text(f"{first} {min(first + UNITS_OF_A_PART, units)}")
        parts.append(part)
    return parts


def run(inputs: list[Path], output: Path) -> None:
    first, last = inputs[0].read_text().split()
    total = 0
    for unit in range(int(first), int(last)):
        time.sleep(1)
        total += unit * unit
    (output / "total.txt").write_text(str(total))


def merge(outputs: list[Path], output: Path) -> None:
    totals = [int((part / "total.txt").read_text()) for part in outputs]
    (output / "total.txt").write_text(str(sum(totals)))
