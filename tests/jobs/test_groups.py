"""manage.py make_groups: what makes an account in the admin one of a PI, or of support."""

from __future__ import annotations

from io import StringIO

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from jobs.management.commands.make_groups import GROUPS
from pipelines.models import Pipeline

pytestmark = pytest.mark.django_db


def make_groups() -> str:
    said = StringIO()
    call_command("make_groups", stdout=said)
    return said.getvalue()


def rights_of(group: str) -> set[str]:
    found = Permission.objects.filter(group__name=group).values_list(
        "content_type__app_label", "codename"
    )
    return {f"{app}.{codename}" for app, codename in found}


def test_each_group_gets_all_its_rights() -> None:
    said = make_groups()
    assert [line.split()[:2] for line in said.splitlines()] == [
        ["PIs", "made"], ["Support", "made"],
    ]  # fmt: skip
    for name, rights in GROUPS.items():
        assert rights_of(name) == set(rights)


def test_made_again_they_keep_what_an_operator_has_added_and_get_what_is_missing() -> None:
    make_groups()
    group = Group.objects.get(name="PIs")
    group.permissions.add(Permission.objects.get(codename="view_alarm"))
    group.permissions.remove(Permission.objects.get(codename="view_letter"))
    assert [" ".join(line.split()) for line in make_groups().splitlines()] == [
        "PIs 1 right added", "Support nothing was missing",
    ]  # fmt: skip
    assert rights_of("PIs") == {*GROUPS["PIs"], "jobs.view_alarm"}


def test_an_account_without_a_group_reads_what_is_missing(client: Client, ada: User) -> None:
    client.force_login(ada)
    index = reverse("admin:index")
    assert "may do nothing here yet" in client.get(index).content.decode()
    make_groups()
    ada.groups.add(Group.objects.get(name="PIs"))
    page = client.get(index).content.decode()
    assert "may do nothing here yet" not in page
    assert reverse("overview") in page


def test_a_new_pi_sees_her_pipeline_in_the_overview(
    client: Client, ada: User, pipeline: Pipeline
) -> None:
    make_groups()
    ada.groups.add(Group.objects.get(name="PIs"))
    pipeline.owners.add(ada)
    client.force_login(ada)
    assert pipeline.title in client.get(reverse("overview")).content.decode()
