"""manage.py prepare_store: let browsers of this site send files to the object store."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from backends.base import StoreError
from backends.chosen import chosen_store


class Command(BaseCommand):
    """Sets what the store's API lets us set, and prints what its operator has to do."""

    help = "Allow this site's pages to send files to the store (CORS)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit 1 if something is left to do."""
        url = urlsplit(settings.SITE_URL)
        try:
            left = chosen_store().allow_origins([f"{url.scheme}://{url.netloc}"])
        except StoreError as error:
            raise CommandError(error.message) from error
        for sentence in left:
            self.stderr.write(sentence)
        if left:
            raise CommandError("Browsers cannot send files to the store yet.")
        self.stdout.write("Browsers of this site may send files to the store.")
