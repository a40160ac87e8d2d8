"""manage.py tidy_store: find and remove what is in the object store and belongs to nothing."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backends.base import OpenUpload, StoreError
from backends.chosen import chosen_store
from jobs.models import TidyReport
from jobs.steps.tidy import Leftover, noted, tidy


class Command(BaseCommand):
    """By hand what a worker does once a day."""

    help = "Remove from the object store what belongs to no upload and no job any more."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whether anything is removed."""
        parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line for each thing, then the sum."""
        is_dry = options["dry_run"]
        found: Counter[str] = Counter()
        try:
            leftovers = tidy(store=chosen_store(), only_look=is_dry)
            for leftover in leftovers if is_dry else noted(leftovers, TidyReport()):
                self.stdout.write(_line(leftover, is_dry))
                found[_kind(leftover) if leftover.may_go else "left"] += 1
        except StoreError as error:
            raise CommandError(error.message) from error
        self.stdout.write(_summary(found, is_dry))


def _kind(leftover: Leftover) -> str:
    return "open upload" if isinstance(leftover.stored, OpenUpload) else "object"


def _line(leftover: Leftover, is_dry: bool) -> str:
    done = "would be removed" if is_dry else "removed"
    act = done if leftover.may_go else "left"
    return f"{act}  {leftover.stored.name}  ({_kind(leftover)}: {leftover.why.value})"


def _summary(found: Counter[str], is_dry: bool) -> str:
    act = "would be removed" if is_dry else "removed"
    text = f"{_many(found['object'], 'object')}, {_many(found['open upload'], 'open upload')} {act}"
    if found["left"]:
        text += f"; {found['left']} left for you to decide (docs/operations.md)"
    return f"{text}."


def _many(number: int, word: str) -> str:
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"
