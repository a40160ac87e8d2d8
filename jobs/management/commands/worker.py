"""manage.py worker: django-q2 in a process group of its own, and a watchdog over it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from jobs.workers.watchdog import Watchdog


class Command(BaseCommand):
    """Runs until SIGTERM or SIGINT; any number of hosts may run one."""

    help = "Run the tasks; restart the task processes when their heart stops."

    def add_arguments(self, parser: CommandParser) -> None:
        """One knob, for tests."""
        parser.add_argument("--patience", type=float, default=300, help="seconds without a beat")

    def handle(self, *args: Any, **options: Any) -> None:
        """Start, watch, stop."""
        Watchdog(patience_s=options["patience"], sweep_every_s=settings.SWEEP_INTERVAL_S).run()
