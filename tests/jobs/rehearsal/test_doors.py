"""The ways to a rehearsal: the admin's buttons, and the pipeline's own page with a pass."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core import signing
from django.test import Client
from django.urls import reverse

from backends.memory import MemoryCluster, MemoryStore
from jobs.gone.acts import give_up
from jobs.models import Job, Rehearsal
from jobs.rehearsal.rows import kept_input_of
from jobs.rehearsal_page.acts import begin, pass_for
from jobs.states import State
from jobs.steps.receive import receive
from pipelines.models import Pipeline
from tests.jobs.pages import read
from tests.jobs.rehearsal.acting import LETTERS, as_pi, rehearsal_of, rehearsed
from tests.walk import send_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client, pi: User) -> Client:
    """Ada, logged in."""
    client.force_login(pi)
    return client


@pytest.fixture
def eve(db: None) -> Client:
    """A PI of other pipelines, logged in."""
    client = Client()
    client.force_login(as_pi(User.objects.create_user("eve", "eve@uni.example", is_staff=True)))
    return client


def change(pipeline: Pipeline) -> str:
    return reverse("admin:pipelines_pipeline_change", args=[pipeline.pk])


def press(client: Client, pipeline: Pipeline, act: str, **said: str) -> Any:
    name = "waive" if act == "waive" else "rehearse"
    url = reverse(f"admin:pipelines_pipeline_{name}", args=[pipeline.pk])
    return client.post(url, {"act": act, **said}, follow=True)


def announce(client: Client, pipeline: Pipeline, token: str, **changes: object) -> Any:
    files = [{"name": "letters.txt", "size": 11}]
    said = {"email": "ada@uni.example", "files": files, "page": token} | changes
    url = reverse("rehearsal", args=[pipeline.slug])
    return client.post(url, json.dumps(said), content_type="application/json")


# --- the page ---------------------------------------------------------------------------------


def test_the_pass_opens_the_page_of_a_closed_pipeline_with_her_address_filled_in(
    client: Client, closed: Pipeline, pi: User
) -> None:
    url = reverse("rehearsal", args=[closed.slug])
    page = read(client.post(url, {"pass": pass_for(closed, pi)}))
    assert "This is a rehearsal" in page.text
    assert "Version 1 of the code is run on it twice" in page.text
    addresses = [one for one in page.all("input") if one.get("type") == "email"]
    assert addresses[0]["value"] == "ada@uni.example"
    assert client.get("/p/word-count/").status_code == 410


def test_the_page_is_for_who_has_the_pass_and_still_may_change_the_pipeline(
    client: Client, closed: Pipeline, pi: User, two_weeks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = reverse("rehearsal", args=[closed.slug])
    other = Pipeline.objects.create(
        slug="other", title="Other", cluster=closed.cluster, result_expiry=two_weeks
    )
    other.owners.add(pi)
    good = pass_for(closed, pi)

    def answers(token: str) -> set[int]:
        page = client.post(url, {"pass": token})
        return {page.status_code, announce(client, closed, token).status_code}

    assert client.get(url).status_code == 405
    for bad in ("", "nonsense", good[:-1], pass_for(other, pi)):
        assert answers(bad) == {403}
    monkeypatch.setattr("jobs.rehearsal_page.acts.PASS_GOOD_FOR", timedelta(0))
    assert answers(good) == {403}
    monkeypatch.undo()
    closed.owners.clear()
    assert answers(good) == {403}
    assert not Rehearsal.objects.exists()


def test_files_that_are_announced_with_the_pass_are_a_rehearsal(
    client: Client, closed: Pipeline, pi: User, store: MemoryStore
) -> None:
    closed.confirm_email = True
    closed.save()
    name = "5c1f6f0e-7f0a-4d5e-9a51-3b1c7d9e0a11"
    token = pass_for(closed, pi)
    made = announce(client, closed, token, announcement=name)
    again = announce(client, closed, token, announcement=name)
    assert made.json() == again.json()
    job = Job.objects.get()
    send_all(job, store, [b"hello world"])
    receive(job)
    assert (job.state, job.awaits_confirmation) == (State.UPLOADED, False)
    assert rehearsal_of(job).started_by == pi
    assert announce(client, closed, token).status_code == 409
    page = client.get(made.json()["status"]).content.decode()
    assert "This is part of a rehearsal" in page
    assert f'href="{change(closed)}"' in page


@pytest.mark.parametrize(
    ("changes", "where", "words"),
    [
        ({"email": ""}, "email", "Please give your e-mail address"),
        ({"files": []}, "files", "Choose at least one file"),
        ({"files": [{"name": "a.exe", "size": 1}]}, "files", "not a file that this page takes"),
        ({"files": "a.txt"}, "message", "Send JSON"),
    ],
)
def test_the_rules_of_the_page_hold_for_a_test_input_too(
    client: Client, closed: Pipeline, pi: User, changes: dict[str, Any], where: str, words: str
) -> None:
    answer = announce(client, closed, pass_for(closed, pi), **changes)
    assert answer.status_code == 400
    assert words in str(answer.json()[where])


# --- the admin --------------------------------------------------------------------------------


def test_the_way_from_the_admin_to_the_page_is_a_form_with_a_pass(
    desk: Client, closed: Pipeline, pi: User
) -> None:
    page = desk.get(change(closed))
    assert "not rehearsed" in page.content.decode()
    assert signing.loads(page.context["pass"], salt="jobs.rehearsals") == [closed.pk, pi.pk]
    answer = desk.post(f"/p/{closed.slug}/rehearsal", {"pass": page.context["pass"]})
    assert answer.status_code == 200


def test_the_certificate_stands_on_the_page_and_in_the_list_with_the_history(
    desk: Client, closed: Pipeline, pi: User, site: MemoryCluster, store: MemoryStore
) -> None:
    rehearsed(closed, pi, site, store)
    page = desk.get(change(closed)).content.decode()
    assert "Rehearsal of version 1: passed" in page
    closed.refresh_from_db()
    assert closed.code
    assert closed.code.sha256 in page
    assert "Both runs left the same files." in page
    assert "interrupted 3 of 3 times" in page
    assert page.count("/admin/jobs/job/") == 2
    assert "rehearsed, " in desk.get("/admin/pipelines/pipeline/").content.decode()
    assert "Word count (rehearsal)" in desk.get("/admin/jobs/job/").content.decode()


def test_one_button_rehearses_again_one_stops_it_and_one_deletes_the_test_input(
    desk: Client, closed: Pipeline, pi: User, site: MemoryCluster, store: MemoryStore
) -> None:
    assert "no test input yet" in press(desk, closed, "begin").content.decode()
    rehearsed(closed, pi, site, store)
    assert "The rehearsal has begun" in press(desk, closed, "begin").content.decode()
    for act in ("begin", "delete"):
        assert "A rehearsal is under way." in press(desk, closed, act).content.decode()
    assert "The rehearsal is stopped." in press(desk, closed, "stop").content.decode()
    assert "is being deleted" in press(desk, closed, "delete").content.decode()
    assert kept_input_of(closed) is None
    assert press(desk, closed, "dance").status_code == 404


def test_the_buttons_are_for_its_pi_by_post_with_a_csrf_token(
    desk: Client, eve: Client, closed: Pipeline, pi: User
) -> None:
    begin(closed, pi, pi.email, LETTERS, None)
    for act in ("begin", "stop", "delete", "waive"):
        assert press(eve, closed, act, reason="mine").status_code == 404
    url = reverse("admin:pipelines_pipeline_rehearse", args=[closed.pk])
    assert desk.get(url).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(pi)
    assert strict.post(url, {"act": "stop"}).status_code == 403
    pi.user_permissions.remove(Permission.objects.get(codename="change_pipeline"))
    desk.force_login(User.objects.get(pk=pi.pk))
    assert press(desk, closed, "stop").status_code == 403
    assert Rehearsal.objects.get().outcome == "open"


def test_staff_let_code_serve_without_a_rehearsal_and_a_pi_does_not(
    desk: Client, sam: User, closed: Pipeline
) -> None:
    assert press(desk, closed, "waive", reason="I am in a hurry.").status_code == 403
    support = User.objects.create_user("sue", is_staff=True)
    seen = Permission.objects.filter(codename__in=["view_pipeline", "see_all"])
    support.user_permissions.set(seen)
    desk.force_login(support)
    assert "Please write the reason" in press(desk, closed, "waive", reason=" ").content.decode()
    page = press(desk, closed, "waive", reason="It is a copy of theirs.").content.decode()
    assert "may serve now, without a rehearsal" in page
    assert "The page is closed. To open it, tick" in page
    assert "by sue" in page
    assert "It is a copy of theirs." in page
    closed.refresh_from_db()
    assert closed.code
    assert (closed.code.may_serve, closed.code.waived_by) == (True, support)


def test_a_page_that_is_under_way_shows_its_jobs(
    desk: Client, closed: Pipeline, pi: User, site: MemoryCluster, store: MemoryStore
) -> None:
    job = begin(closed, pi, pi.email, LETTERS, None)
    page = desk.get(change(closed)).content.decode()
    assert "Rehearsal of version 1: under way" in page
    assert f">{job.short_id}</a> (uploading)" in page
    assert "Stop the rehearsal" in page


# --- a cluster that is gone for good ------------------------------------------------------------


def test_a_page_whose_cluster_is_gone_says_what_to_do_before_a_rehearsal(
    desk: Client, closed: Pipeline, pi: User, site: MemoryCluster, store: MemoryStore
) -> None:
    rehearsed(closed, pi, site, store)
    count = Job.objects.count()
    give_up(closed.cluster, actor="sam", why="Burnt down in the night.")
    advice = "campus is gone for good. Choose another cluster for this page and save it"
    answer = press(desk, closed, "begin")
    assert advice in " ".join(map(str, answer.context["messages"]))
    answer = announce(desk, closed, pass_for(closed, pi))
    assert answer.status_code == 409
    assert advice in answer.json()["message"]
    assert (Job.objects.count(), Rehearsal.objects.count()) == (count, 1)
