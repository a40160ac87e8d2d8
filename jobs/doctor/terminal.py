"""The doctor's round as lines on a terminal."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence

from django.core.management.base import OutputWrapper
from django.core.management.color import Style

from jobs.doctor.diagnosis import Diagnosis, Health
from jobs.doctor.report import as_line
from jobs.doctor.rounds import AREAS, examine


def look_and_tell(
    chosen: Sequence[str], out: OutputWrapper, style: Style, *, is_quiet: bool = False
) -> Counter[Health]:
    """One line for each check as its area is done; if quiet, only for what is not well."""
    logging.disable(logging.INFO)  # each request and log-in would be told between the lines
    found: Counter[Health] = Counter()
    try:
        for diagnosis in examine({name: AREAS[name] for name in AREAS if name in chosen}):
            found[diagnosis.health] += 1
            if not is_quiet or diagnosis.health is not Health.OK:
                out.write(_coloured(diagnosis, style))
                out.flush()
    finally:
        logging.disable(logging.NOTSET)
    return found


def _coloured(diagnosis: Diagnosis, style: Style) -> str:
    styles = {Health.WARNING: style.WARNING, Health.FAULT: style.ERROR}
    line = as_line(diagnosis)
    return styles[diagnosis.health](line) if diagnosis.health in styles else line
