"""Does another thing when it is started again."""

import time


def run(inputs, output, checkpoint):
    starts = int(checkpoint.load("starts", b"0")) + 1
    checkpoint.save("starts", str(starts))
    time.sleep(0.4)
    (output / "result").write_text(f"start {starts}")
