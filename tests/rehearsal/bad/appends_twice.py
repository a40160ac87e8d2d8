"""Appends its rows to those of the start before, without asking which are there already."""

import time


def run(inputs, output, checkpoint):
    with (checkpoint / "rows").open("a") as rows:
        for number in range(8):
            rows.write(f"row {number}\n")
            rows.flush()
            time.sleep(0.1)
    (output / "rows").write_text((checkpoint / "rows").read_text())
