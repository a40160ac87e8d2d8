"""Takes SIGTERM for a wish to hurry, and leaves what it has as if it were all."""

import signal
import time


def run(inputs, output):
    is_over = []
    signal.signal(signal.SIGTERM, lambda *_: is_over.append(True))
    rows = []
    for number in range(10):
        if is_over:
            break
        rows.append(f"row {number}\n")
        time.sleep(0.05)
    (output / "rows").write_text("".join(rows))
