"""The choice of a preset in the admin: it sets the fields, and a change makes it one's own."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from pipelines.models import Pipeline
from pipelines.policy_form import NEVER_LOOKED_FOR, filled_in_by
from pipelines.scan_policy import PRESET_CHOICES, fields_of, policy_of, stored_kinds
from scanning.evidence import DEFAULT_ENTITIES
from scanning.presets import PRESETS
from tests.pipelines.test_admin import form

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client, sam: User) -> Client:
    """Sam, logged in."""
    client.force_login(sam)
    return client


def saved(desk: Client, pipeline: Pipeline, **changes: Any) -> Pipeline:
    """The pipeline after its form was sent with these changes to what it shows."""
    shown = filled_in_by("human") | {"preset": pipeline.preset}
    data = form(pipeline.cluster, pipeline.result_expiry, slug=pipeline.slug, **shown | changes)
    del data["code_file"]
    answer = desk.post(reverse("admin:pipelines_pipeline_change", args=[pipeline.pk]), data)
    assert answer.status_code == 302, answer.context["errors"]
    return Pipeline.objects.get(pk=pipeline.pk)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_sets_all_fields_without_any_script(
    desk: Client, pipeline: Pipeline, name: str, settings: Any
) -> None:
    settings.CLAMD = "unix:/run/clamd.sock"
    Pipeline.objects.update(preset="own")
    pipeline.preset = "own"
    after = saved(desk, pipeline, preset=name)
    assert (after.preset, after.policy.rules) == (name, PRESETS[name].policy.rules)


def test_what_is_changed_by_hand_is_ones_own_choice(desk: Client, pipeline: Pipeline) -> None:
    after = saved(desk, pipeline, personal_data_partial="warn", personal_data_kinds=["PERSON"])
    assert after.preset == "own"
    assert after.personal_data_partial == "warn"
    assert after.policy.personal_data.entities == frozenset({"PERSON"})


def test_what_is_not_changed_stays_what_it_was(desk: Client, pipeline: Pipeline) -> None:
    after = saved(desk, pipeline, title="Words")
    assert (after.preset, after.personal_data_kinds) == ("human", [])


def test_personal_data_without_a_kind_is_nonsense(desk: Client, pipeline: Pipeline) -> None:
    change = reverse("admin:pipelines_pipeline_change", args=[pipeline.pk])
    data = form(pipeline.cluster, pipeline.result_expiry, personal_data_kinds=[])
    assert "Tick what counts" in desk.post(change, data).content.decode()


def test_the_form_says_what_each_preset_means(desk: Client, pipeline: Pipeline) -> None:
    page = desk.get(reverse("admin:pipelines_pipeline_change", args=[pipeline.pk]))
    text = page.content.decode()
    for preset in PRESETS.values():
        assert preset.title in text
        assert preset.meaning.split(".")[0] in text.replace("&#x27;", "'")
    kinds = page.context["adminform"].form["personal_data_kinds"]
    assert set(kinds.value()) == set(DEFAULT_ENTITIES)
    assert "E-mail address" in text


def test_without_a_virus_scanner_the_form_says_that_none_is_looked_for(
    desk: Client, pipeline: Pipeline, settings: Any
) -> None:
    change = reverse("admin:pipelines_pipeline_change", args=[pipeline.pk])
    settings.CLAMD = ""
    assert str(NEVER_LOOKED_FOR) in desk.get(change).content.decode()
    settings.CLAMD = "unix:/run/clamd.sock"
    assert str(NEVER_LOOKED_FOR) not in desk.get(change).content.decode()


def test_a_pipelines_fields_and_its_policy_say_the_same() -> None:
    assert {name for name, _title in PRESET_CHOICES} == {*PRESETS, "own"}
    for preset in PRESETS.values():
        assert policy_of(Pipeline(**fields_of(preset.policy))).rules == preset.policy.rules
    assert stored_kinds(frozenset(DEFAULT_ENTITIES)) == []
    assert Pipeline().policy == PRESETS["human"].policy


def test_pipelines_from_before_are_warned_as_they_were(pipeline: Pipeline) -> None:
    migration = import_module("pipelines.migrations.0004_pipelines_have_a_scan_policy")
    migration.keep_what_there_is(apps, None)
    pipeline.refresh_from_db()
    rule = pipeline.policy.personal_data
    assert {rule.partial.name, rule.unscannable.name, rule.encrypted.name} == {"WARN"}
    assert (pipeline.preset, pipeline.policy.viruses) == ("own", PRESETS["human"].policy.viruses)
