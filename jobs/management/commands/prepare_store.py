"""manage.py prepare_store: let browsers of this site send files to the object store."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backends.base import StoreError
from backends.chosen import chosen_store
from jobs.doctor.diagnosis import Health
from jobs.doctor.store import page_origin
from jobs.doctor.terminal import look_and_tell


class Command(BaseCommand):
    """Sets what the store's API lets us set, says what its operator has to do, and tries it."""

    help = "Allow this site's pages to send files to the store (CORS); exit 1 if they cannot yet."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whether anything is set."""
        parser.add_argument("--check", action="store_true", help="change nothing, only look")

    def handle(self, *args: Any, **options: Any) -> None:
        """Can be repeated; what is sent as a browser would is removed again."""
        try:
            left = chosen_store().allow_origins([page_origin()], only_look=options["check"])
        except StoreError as error:
            raise CommandError(error.message) from error
        is_quiet = options["verbosity"] == 0
        found = look_and_tell(["store"], self.stdout, self.style, is_quiet=is_quiet)
        for text in left:
            self.stdout.write(f"\n{text}")
        if left or found[Health.FAULT]:
            raise CommandError("Browsers cannot send files to the store yet.")
        self.stdout.write("Browsers of this site may send files to the store.")
