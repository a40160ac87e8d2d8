"""manage.py scan_versions: which model, rules, recognisers and signatures files are checked by."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from jobs.check.versions import versions_in_force

NO_CLAMD = "FREELOADER_CLAMD is not set: jobs wait whose pipeline wants viruses looked for"


class Command(BaseCommand):
    """Loads no model and looks at no file."""

    help = "Print what files are checked by, as each report has it; exit 1 if a scanner cannot say."
    requires_system_checks = ()  # neither does it need the database

    def add_arguments(self, parser: CommandParser) -> None:
        """In lines, or as one JSON object."""
        parser.add_argument("--json", action="store_true", help="one object, by scanner")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line for each version."""
        found = versions_in_force()
        if options["json"]:
            self.stdout.write(json.dumps(found, indent=2, default=dict))
        else:
            for scanner, versions in found.items():
                for name, version in versions.items():
                    self.stdout.write(f"{scanner:10}{name:20}{version}")
            if "clamav" not in found:
                self.stdout.write(f"{'clamav':10}{'none':20}{NO_CLAMD}")
        if any("error" in versions for versions in found.values()):
            sys.exit(1)
