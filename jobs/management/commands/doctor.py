"""manage.py doctor: look whether all is well, and say how to mend what is not."""

from __future__ import annotations

import logging
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from jobs.doctor.diagnosis import Diagnosis, Health
from jobs.doctor.report import as_line, summary
from jobs.doctor.rounds import AREAS, examine


class Command(BaseCommand):
    """Changes nothing but a row's MinJobAge; leaves no object, no file and no job behind."""

    help = "Look at database, worker, store, scanners, clusters and mail; exit 1 if one is broken."
    requires_system_checks = ()  # they would ask the database before we can say that it is away

    def add_arguments(self, parser: CommandParser) -> None:
        """All areas, or those that are named."""
        parser.add_argument(
            "--area", action="append", choices=sorted(AREAS), help="only this one; may be repeated"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """One line for each check as its area is done, then the sum."""
        logging.disable(logging.INFO)  # each request and log-in would be told between the lines
        try:
            found = self._examined(options["area"] or list(AREAS))
        finally:
            logging.disable(logging.NOTSET)
        self.stdout.write(summary(found))
        if found[Health.FAULT]:
            sys.exit(1)

    def _examined(self, chosen: Sequence[str]) -> Counter[Health]:
        found: Counter[Health] = Counter()
        for diagnosis in examine({name: AREAS[name] for name in AREAS if name in chosen}):
            self.stdout.write(self._coloured(diagnosis))
            self.stdout.flush()
            found[diagnosis.health] += 1
        return found

    def _coloured(self, diagnosis: Diagnosis) -> str:
        styles = {Health.WARNING: self.style.WARNING, Health.FAULT: self.style.ERROR}
        line = as_line(diagnosis)
        return styles[diagnosis.health](line) if diagnosis.health in styles else line
