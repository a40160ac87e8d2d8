"""manage.py makemessages, for this house: `make messages` calls it."""

from __future__ import annotations

from django.core.management.base import CommandParser
from django.core.management.commands import makemessages

NOT_OURS = [".*", "build", "deploy", "docs", "examples", "requirements", "tests", "vendor"]


class Command(makemessages.Command):
    """Django's own, which also finds what is marked by `lazy(…)`, and guesses no translation."""

    xgettext_options = [*makemessages.Command.xgettext_options, "--keyword=lazy"]
    # A guess would be shown to visitors; without one the test that finds gaps finds it.
    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]

    def add_arguments(self, parser: CommandParser) -> None:
        """Django's options; what would only make noise in a diff is left out of the file."""
        super().add_arguments(parser)
        parser.set_defaults(ignore_patterns=NOT_OURS, no_obsolete=True, add_location="file")
