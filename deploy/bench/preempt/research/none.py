"""Works through so many units of a second each; an interruption begins them anew."""

import time
from collections.abc import Callable
from pathlib import Path


def run(inputs: list[Path], output: Path, progress: Callable[..., None]) -> None:
    units, total = int(inputs[0].read_text()), 0
    for unit in range(units):
        time.sleep(1)
        total += unit * unit
        progress((unit + 1) / units, f"unit {unit + 1} of {units}")
    (output / "total.txt").write_text(str(total))
