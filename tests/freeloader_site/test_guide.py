"""The guide for PIs, on the site itself."""

from __future__ import annotations

import re
from urllib.parse import urljoin

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from pipelines.models import Pipeline

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client, ada: User) -> Client:
    """Of ada, who is one of the PIs."""
    call_command("make_groups", verbosity=0)
    ada.groups.add(Group.objects.get(name="PIs"))
    client.force_login(ada)
    return client


def test_a_pi_is_led_to_the_guide_from_the_first_page_and_from_the_form(
    desk: Client, ada: User, pipeline: Pipeline
) -> None:
    pipeline.owners.add(ada)
    form = reverse("admin:pipelines_pipeline_change", args=[pipeline.pk])
    for page in (reverse("admin:index"), form, reverse("admin:pipelines_pipeline_add")):
        assert f'href="{reverse("guide")}"' in desk.get(page).content.decode()


def test_the_guide_is_shown_with_the_code_that_it_begins_with(desk: Client) -> None:
    page = desk.get(reverse("guide")).content.decode()
    assert "<h1>For PIs: ten minutes from a Python file to a page</h1>" in page
    assert "def run(inputs, output):" in page


def test_every_link_of_the_guide_leads_somewhere(desk: Client) -> None:
    guide = reverse("guide")
    body = (
        desk.get(guide).content.decode().partition('<div class="guide"')[2].partition("</main>")[0]
    )
    targets = [urljoin(guide, target) for target in re.findall(r'<a href="([^"]+)"', body)]
    assert urljoin(guide, "checkpoints.md") in targets
    assert urljoin(guide, "plot_csv.py") in targets
    for target in targets:
        address, _, anchor = target.partition("#")
        shown = desk.get(address)
        assert shown.status_code == 200
        assert not anchor or f'id="{anchor}"' in shown.content.decode()


@pytest.mark.parametrize("name", ["settings.py", "..%2fREADME.md", "nothing.md"])
def test_nothing_else_is_served(desk: Client, name: str) -> None:
    assert desk.get(reverse("guide") + name).status_code == 404


def test_strangers_are_asked_to_log_in(client: Client) -> None:
    assert "/login/" in client.get(reverse("guide"))["Location"]
