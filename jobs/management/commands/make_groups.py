"""manage.py make_groups: the groups by which accounts in the admin get their rights."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.core.management.base import BaseCommand
from django.db.models import Q, QuerySet
from django.template.defaultfilters import pluralize

OF_BOTH = (
    *(
        f"jobs.view_{model}"
        for model in (
            "job", "transition", "attempt", "resultfile", "resultlink", "removal", "letter",
        )
    ),
    "jobs.change_job",
    "pipelines.view_pipeline",
    "pipelines.view_codeversion",
)  # fmt: skip
GROUPS = {
    "PIs": (*OF_BOTH, "pipelines.add_pipeline", "pipelines.change_pipeline"),
    "Support": (
        *OF_BOTH,
        "pipelines.see_all",
        "jobs.view_alarm",
        "pipelines.view_cluster",
        "pipelines.change_cluster",
        "uploads.view_quota",
        "uploads.change_quota",
    ),
}


class Command(BaseCommand):
    """Safe to run again, after each update: what operators have added to a group stays."""

    help = "Make the groups PIs and Support, or give them what a newer version needs."

    def handle(self, *args: Any, **options: Any) -> None:
        """One line for each group."""
        for name, rights in GROUPS.items():
            group, made = Group.objects.get_or_create(name=name)
            had = group.permissions.count()
            group.permissions.add(*_permissions(rights))
            added = group.permissions.count() - had
            told = f"{added} right{pluralize(added)} added" if added else "nothing was missing"
            if options["verbosity"]:
                self.stdout.write(f"{name:<8} {'made' if made else told}")


def _permissions(rights: tuple[str, ...]) -> QuerySet[Permission]:
    wanted = Q()
    for app, _dot, codename in (right.partition(".") for right in rights):
        wanted |= Q(content_type__app_label=app, codename=codename)
    return Permission.objects.filter(wanted)
