"""Sorts its inputs in place, so that a second look at them finds something else."""

import time


def run(inputs, output):
    for path in inputs:
        lines = path.read_text().splitlines()
        path.write_text("\n".join(sorted(lines)))
    time.sleep(0.3)
    (output / "n").write_text(str(sum(path.stat().st_size for path in inputs)))
