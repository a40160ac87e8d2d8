"""Who is told that a job of a pipeline waits for a person's decision."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth.models import User

from pipelines.models import Pipeline


def addresses_told(owners: Iterable[User]) -> set[str]:
    """Of the active ones; the site's support where none of them has one; empty: nobody."""
    addresses = {owner.email for owner in owners if owner.is_active} - {""}
    return addresses or {settings.SUPPORT_EMAIL} - {""}


def open_with_nobody_told() -> list[Pipeline]:
    """The open pipelines of whose held jobs nobody would hear."""
    pipelines = Pipeline.objects.filter(is_open=True).prefetch_related("owners")
    return [one for one in pipelines if not addresses_told(one.owners.all())]
