"""manage.py doctor: look whether all is well, and say how to mend what is not."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from jobs.doctor.diagnosis import Health
from jobs.doctor.report import summary
from jobs.doctor.rounds import AREAS
from jobs.doctor.terminal import look_and_tell


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
        """One line for each check, then the sum."""
        found = look_and_tell(options["area"] or list(AREAS), self.stdout, self.style)
        self.stdout.write(summary(found))
        if found[Health.FAULT]:
            sys.exit(1)
