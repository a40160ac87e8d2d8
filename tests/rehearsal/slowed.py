"""Research code that is not done before it is interrupted, however busy the machine is."""

from __future__ import annotations

# To be put behind code that sleeps now and then. Each of the three starts that a rehearsal is to
# interrupt sleeps so long that it cannot end before; the undisturbed run longer than else, for the
# moments are drawn from its time, and by them a first save has to be on a slow disk.
SLOWED = """

import json as _json
import os as _os
import time as _time
from pathlib import Path as _Path


def _factor():
    attempt = _Path(_os.getcwd())
    while not attempt.name.startswith("attempt."):
        attempt = attempt.parent
    told = _json.loads((attempt.parent / "job.json").read_text())
    if not {"reference", "interrupt_after_s"} & set(told):
        return 3
    return 50 if int(attempt.name.split(".")[-1]) < 3 else 1


_time.sleep = lambda seconds, sleep=_time.sleep, factor=_factor(): sleep(factor * seconds)
"""
