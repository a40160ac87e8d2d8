"""Sorts the lines of one file in parts, on as many computers as may work at once.

The research code of the chaos jobs in parts. What it writes down is of merge() alone: split() and
the parts may be computed again, as much as it takes.
"""

import time
from pathlib import Path

from deploy.chaos.research import answer_of, note, order_of

PARTS = 12


def split(inputs: list[Path], output: Path) -> list[Path]:
    lines = inputs[0].read_bytes().split(b"\n")
    parts = [output / f"{number:02}" for number in range(min(PARTS, len(lines)))]
    for number, part in enumerate(parts):
        part.write_bytes(b"\n".join(lines[number :: len(parts)]))
    return parts


def run(inputs: list[Path], output: Path) -> None:
    time.sleep(0.5)
    lines = sorted(inputs[0].read_bytes().split(b"\n"))
    (output / "lines").write_bytes(b"\n".join(lines))


def merge(outputs: list[Path], output: Path, inputs: list[Path]) -> None:
    data = inputs[0].read_bytes()
    token = order_of(data)["token"]
    note(token, "start")
    lines = [line for part in outputs for line in (part / "lines").read_bytes().split(b"\n")]
    (output / f"{inputs[0].stem}.sorted").write_bytes(answer_of(data, lines))
    note(token, "end")
