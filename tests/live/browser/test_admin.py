"""The pages of staff in a real browser: accessible by day and by night, and their script works."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from jobs.doctor import page
from jobs.doctor.diagnosis import Diagnosis, Health
from jobs.states import State
from pipelines.models import Cluster, Pipeline
from tests.jobs import scenes
from tests.live.browser.staff import check

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]


def test_a_preset_fills_the_form_in_and_a_change_makes_it_ones_own(
    desk: Page, live_server: LiveServer, offer: Pipeline
) -> None:
    desk.goto(f"{live_server.url}/admin/pipelines/pipeline/{offer.pk}/change/")
    preset = desk.get_by_label("Kind of data")
    preset.select_option("clinical")
    expect(desk.get_by_label("Personal data is found")).to_have_value("reject")
    expect(desk.get_by_label("Vehicle's number")).to_be_checked()
    preset.select_option("open")
    expect(desk.get_by_label("Person's name")).not_to_be_checked()
    expect(desk.get_by_label("Findings that decide")).to_have_value("50")
    expect(preset).to_have_value("open")
    desk.get_by_label("Person's name").check()
    expect(preset).to_have_value("own")
    check(desk)
    desk.get_by_role("button", name="Save", exact=True).click()
    expect(desk.get_by_text("was changed successfully")).to_be_visible()
    offer.refresh_from_db()
    assert (offer.preset, offer.personal_data_certainty) == ("own", 50)
    assert "PERSON" in offer.personal_data_kinds


@pytest.mark.parametrize("width", [1200, 320])
def test_a_held_job_is_reviewed_and_released_on_its_page(
    desk: Page, live_server: LiveServer, offer: Pipeline, width: int
) -> None:
    job = scenes.held(offer)
    desk.set_viewport_size({"width": width, "height": 900})
    desk.goto(f"{live_server.url}/admin/jobs/job/{job.pk}/change/")
    expect(desk.get_by_role("heading", name="What the check saw")).to_be_visible()
    expect(desk.get_by_role("rowheader", name="1. Grüße, Olga.csv").first).to_be_visible()
    check(desk)
    assert desk.locator(".review").evaluate("one => one.scrollWidth <= one.clientWidth")
    desk.get_by_label("Your reason").fill("These are test data.")
    desk.get_by_role("button", name="Release").click()
    expect(desk.get_by_text(f"Job {job} is “accepted” now.")).to_be_visible()
    job.refresh_from_db()
    assert (job.state, job.reason) == ("clean", "These are test data.")


@pytest.mark.parametrize("width", [1200, 320])
def test_many_are_cancelled_after_a_question_and_a_reason(
    desk: Page, live_server: LiveServer, offer: Pipeline, width: int
) -> None:
    held, over = scenes.held(offer), scenes.delivered(offer)
    desk.set_viewport_size({"width": width, "height": 900})
    desk.goto(f"{live_server.url}/admin/jobs/job/")
    for box in desk.locator("input.action-select").all():
        box.check()
    desk.get_by_label("Action:").select_option("cancel")
    desk.get_by_role("button", name="Go", exact=True).click()
    expect(desk.get_by_text("cannot be brought back")).to_be_visible()
    expect(desk.get_by_role("link", name=str(over))).to_be_visible()
    check(desk)
    desk.get_by_label("Your reason").fill("The study is over.")
    desk.get_by_role("button", name="Yes, cancel these jobs").click()
    expect(desk.get_by_text(f"1 of 1 are “cancelled” now: {held}.")).to_be_visible()


def test_the_guide_for_pis_is_accessible(desk: Page, live_server: LiveServer) -> None:
    desk.goto(f"{live_server.url}/admin/")
    desk.get_by_role("link", name="The guide for PIs").click()
    expect(desk.get_by_role("heading", name="1. The file")).to_be_visible()
    check(desk)


def test_what_is_not_well_is_accessible(
    desk: Page, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [
        Diagnosis("store", "limits", Health.OK, "up to 1000 parts"),
        Diagnosis("mail", "way out", Health.FAULT, "The server is away.", "Start it."),
        Diagnosis("mail", "sender", Health.WARNING, "It is nobody.", "Name somebody."),
    ]
    monkeypatch.setattr(page, "examine", lambda: iter(found))
    desk.goto(f"{live_server.url}/admin/doctor/")
    desk.get_by_role("button", name="Look now").click()
    expect(desk.locator("tbody tr").first).to_contain_text("The server is away.")
    check(desk)


@pytest.mark.parametrize("width", [1200, 320])
def test_a_job_on_hold_shows_its_starts_and_is_let_go_on(
    desk: Page, live_server: LiveServer, offer: Pipeline, width: int
) -> None:
    job = scenes.on_hold(offer)
    desk.set_viewport_size({"width": width, "height": 900})
    desk.goto(f"{live_server.url}/admin/jobs/job/{job.pk}/change/")
    expect(desk.get_by_role("heading", name="On hold: people decide")).to_be_visible()
    expect(desk.get_by_role("region", name="Starts, the newest first")).to_be_visible()
    check(desk)
    assert desk.locator(".stands").evaluate_all(
        "all => all.every(one => one.scrollWidth <= one.clientWidth)"
    )
    desk.get_by_label("Your reason").fill("It is a quiet week.")
    desk.get_by_role("button", name="Let it go on").click()
    expect(desk.get_by_text(f"Job {job} is “waiting for an idle computer” now.")).to_be_visible()
    expect(desk.get_by_role("button", name="Let it go on")).to_have_count(0)


def test_the_starts_of_an_array_are_accessible_too(
    desk: Page, live_server: LiveServer, offer: Pipeline
) -> None:
    job = scenes.parts(offer)
    desk.goto(f"{live_server.url}/admin/jobs/job/{job.pk}/change/")
    expect(desk.get_by_role("columnheader", name="Task")).to_be_visible()
    check(desk)


def test_the_clusters_pages_are_accessible(
    desk: Page, live_server: LiveServer, offer: Pipeline
) -> None:
    now = timezone.now()
    Cluster.objects.update(idle_nodes=12, idle_cpus=48, idle_seen_at=now, partition_seen_at=now)
    Cluster.objects.update(partition_fault="Jobs in restart do not give way to others.")
    for path in ("", f"{offer.cluster_id}/change/"):
        desk.goto(f"{live_server.url}/admin/pipelines/cluster/{path}")
        expect(desk.get_by_text("No: Jobs in restart do not give way")).to_be_visible()
        expect(desk.get_by_text("nodes: 12, CPUs: 48")).to_be_visible()
        check(desk)


def test_staff_say_that_a_cluster_is_gone_for_good(
    desk: Page, live_server: LiveServer, offer: Pipeline
) -> None:
    job = scenes.running(offer)
    desk.goto(f"{live_server.url}/admin/pipelines/cluster/{offer.cluster_id}/change/")
    check(desk)
    desk.get_by_role("link", name="This cluster is gone for good").click()
    expect(desk.get_by_text("It is still used")).to_be_visible()
    check(desk)
    job.move_to(State.CANCELLED, "It ran there.")
    Pipeline.objects.update(is_open=False)
    desk.reload()
    desk.get_by_label("What became of it").fill("Burnt down in the night.")
    check(desk)
    desk.get_by_role("button", name="Yes, it is gone for good").click()
    expect(desk.get_by_role("heading", name="Gone for good", exact=True)).to_be_visible()
    expect(desk.get_by_text("What one job had there is not proved to be deleted")).to_be_visible()
    check(desk)
