"""Cancelling on the status page: at every state, against every race, and by POST alone."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core import mail as outbox
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from backends.memory import MemoryCluster, MemoryStore
from jobs import tasks
from jobs.letters.send import send_due_letters
from jobs.models import Job, LostRace
from jobs.reasons import CANCELLED_BY_STAFF
from jobs.states import MOVES, State
from jobs.status_page.standing import is_clearing
from jobs.steps.decide import decide
from jobs.steps.receive import announce
from pipelines.models import Pipeline
from tests.jobs import scenes
from tests.jobs.pages import status_text
from tests.jobs.scenes import SCENES, link_of
from tests.walk import walk_to
from uploads.rules import DeclaredFile

pytestmark = pytest.mark.django_db
CAN_BE = [state for state in State if State.CANCELLED in MOVES[state]]
CANNOT = [state for state in State if state not in {*CAN_BE, State.CANCELLED}]


def address(job: Job) -> str:
    return f"/j/{job.status_token}/"


def press(client: Client, job: Job) -> Any:
    """What the confirmation's button does."""
    return client.post(f"{address(job)}cancel")


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def text_of(client: Client, job: Job) -> str:
    return " ".join(client.get(address(job)).content.decode().split())


@pytest.mark.parametrize("state", CAN_BE)
def test_every_job_that_is_not_over_can_be_cancelled(
    client: Client, pipeline: Pipeline, state: State
) -> None:
    job = SCENES[state.value](pipeline)
    assert "cannot be undone" in text_of(client, job)
    answer = press(client, job)
    assert (answer.status_code, answer["Location"]) == (302, address(job))
    assert fresh(job).state == State.CANCELLED
    last = job.transitions.last()
    assert last is not None
    assert (last.old, last.actor) == (state, "collaborator")
    text = text_of(client, job)
    assert text.count("You cancelled it") == 1
    assert "It was cancelled" not in text
    assert "Your job was cancelled" in text
    assert "cannot be undone" not in text
    assert fresh(job).upload.closed_at is not None


@pytest.mark.parametrize("state", CANNOT)
def test_what_is_over_is_too_late_and_says_what_there_is(
    client: Client, pipeline: Pipeline, state: State
) -> None:
    job = SCENES[state.value](pipeline)
    assert "Yes, cancel this job" not in text_of(client, job)
    answer = press(client, job)
    assert answer.status_code == 409
    assert "It was too late to cancel" in answer.content.decode()
    assert fresh(job).state == state


def test_a_result_that_came_a_moment_before_is_offered(client: Client, pipeline: Pipeline) -> None:
    job = scenes.delivered(pipeline)
    page = press(client, job).content.decode()
    assert "the result is there" in page
    assert f"/r/{link_of(job).token}/" in page


def test_a_second_click_and_a_second_tab_change_nothing_more(
    client: Client, pipeline: Pipeline
) -> None:
    job = scenes.arrived(pipeline, State.PENDING)
    answers = [press(client, job) for _ in range(3)]
    assert [(a.status_code, a["Location"]) for a in answers] == [(302, address(job))] * 3
    assert job.transitions.filter(new=State.CANCELLED).count() == 1


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_cancels_nothing(client: Client, pipeline: Pipeline, method: str) -> None:
    job = scenes.arrived(pipeline, State.RUNNING)
    answer = getattr(client, method)(f"{address(job)}cancel")
    assert (answer.status_code, answer["Location"]) == (302, address(job))
    assert fresh(job).state == State.RUNNING


def test_a_token_of_nobodys_cancels_nothing(client: Client, job: Job) -> None:
    assert client.post("/j/nobodys-token/cancel").status_code == 404
    assert fresh(job).state == State.UPLOADING


@pytest.mark.parametrize(
    ("task", "at", "onwards"),
    [
        ("scan", State.UPLOADED, [State.SCANNING, State.CLEAN]),
        ("scan", State.SCANNING, [State.CLEAN]),
        ("submit", State.CLEAN, [State.SUBMITTING, State.PENDING]),
        ("submit", State.SUBMITTING, [State.PENDING]),
        ("deliver", State.COMPLETED, [State.DELIVERED]),
    ],
)
def test_a_worker_in_mid_step_loses_its_claim_and_is_waited_for(
    client: Client, pipeline: Pipeline, task: str, at: State, onwards: list[State]
) -> None:
    job = scenes.arrived(pipeline, at)
    Job.objects.update(due_at=timezone.now())
    at_work = Job.objects.claim(job.pk, task)
    assert at_work is not None
    busy_until = at_work.lease_until
    press(client, job)
    with pytest.raises(LostRace):
        at_work.move_to(onwards[0])
    assert not at_work.renew_lease()
    cancelled = fresh(job)
    assert (cancelled.state, cancelled.due_at) == (State.CANCELLED, busy_until)


@pytest.mark.parametrize("at", [State.UPLOADED, State.CLEAN])
def test_a_worker_that_moves_the_job_between_look_and_word_does_not_save_it(
    client: Client, pipeline: Pipeline, at: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = scenes.arrived(pipeline, at)
    move_to = Job.move_to

    def first_the_worker(self: Job, *arguments: Any, **options: Any) -> None:
        monkeypatch.setattr(Job, "move_to", move_to)
        onwards = next(s for s in MOVES[at] if s not in (State.FAILED, State.CANCELLED))
        fresh(job).move_to(onwards)
        move_to(self, *arguments, **options)

    monkeypatch.setattr(Job, "move_to", first_the_worker)
    assert press(client, job).status_code == 302
    assert fresh(job).state == State.CANCELLED


def test_a_delivery_between_look_and_word_wins_and_is_said(
    client: Client, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = scenes.arrived(pipeline, State.COMPLETED)
    move_to = Job.move_to

    def first_the_delivery(self: Job, *arguments: Any, **options: Any) -> None:
        monkeypatch.setattr(Job, "move_to", move_to)
        fresh(job).move_to(State.DELIVERED, expires_at=timezone.now() + timedelta(days=14))
        move_to(self, *arguments, **options)

    monkeypatch.setattr(Job, "move_to", first_the_delivery)
    assert press(client, job).status_code == 409
    assert fresh(job).state == State.DELIVERED


def test_the_clean_up_is_shown_until_it_is_done(
    client: Client, uploaded_job: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    walk_to(uploaded_job, State.CLEAN)
    tasks.submit(str(uploaded_job.pk))
    job = fresh(uploaded_job)
    press(client, job)
    assert "Its run is being stopped, and your files are being deleted." in text_of(client, job)
    assert client.get(f"{address(job)}live")["X-Over"] == "0"
    site.go_down()
    tasks.expire(str(job.pk))
    assert "The cluster of computers does not answer" in text_of(client, job)
    site.come_up()
    Job.objects.update(due_at=timezone.now())
    tasks.expire(str(job.pk))
    assert "Nothing of it runs any more, and your files are deleted." in text_of(client, job)
    assert client.get(f"{address(job)}live")["X-Over"] == "1"
    assert list(store.list_objects("")) == []
    assert site.jobs_made() == []


def test_the_files_of_what_was_cancelled_are_not_kept_for_the_pipelines_time(
    client: Client, pipeline: Pipeline, job: Job, site: MemoryCluster
) -> None:
    job.settings["input_days"] = 30
    job.save_fields(settings=job.settings)
    press(client, job)
    tasks.expire(str(job.pk))
    assert not is_clearing(fresh(job))


def letter_about(job: Job) -> str:
    """What the letter says, as text; its HTML says the same."""
    send_due_letters()
    letter = outbox.outbox[-1]
    assert isinstance(letter, EmailMultiAlternatives)
    assert letter.subject == "Your job was cancelled: Word count"
    text = " ".join(str(letter.body).split())
    html = " ".join(unescape(strip_tags(str(letter.alternatives[0][0]))).split())
    for sentence in (*WHO.values(), NO_REASON, ALL_GOES, AGAIN, "there is no result"):
        assert (sentence in text) == (sentence in html), sentence
    return text


WHO = {
    "olga": "It was cancelled on its status page, by you or by somebody to whom you gave",
    "ada": "The people who look after the page cancelled it.",
}
NO_REASON = "They gave no reason."
ALL_GOES = (
    "Your files, and all that was made of them, are being deleted and cannot be brought back."
)
AGAIN = "If you still need a result, send your files again"


def test_the_letter_says_who_cancelled_what_is_gone_and_what_to_do_next(
    client: Client, uploaded_job: Job
) -> None:
    press(client, uploaded_job)
    text = letter_about(uploaded_job)
    assert WHO["olga"] in text
    assert WHO["ada"] not in text
    assert "there is no result" in text
    assert ALL_GOES in text
    assert f"{AGAIN}: http://127.0.0.1:8000/p/word-count/" in text


@pytest.mark.parametrize(
    ("reason", "told"),
    [("We have no room this week.", "We have no room"), (CANCELLED_BY_STAFF, NO_REASON)],
)
def test_olga_reads_that_others_cancelled_and_their_reason(
    client: Client, uploaded_job: Job, reason: str, told: str
) -> None:
    decide(uploaded_job, State.CANCELLED, reason, actor="ada")
    for text in (letter_about(uploaded_job), status_text(client, uploaded_job)):
        assert f"{WHO['ada']} {told}" in text
        assert CANCELLED_BY_STAFF not in text.partition("What happened so far")[0]
        assert "ada" not in text.split()
        assert WHO["olga"] not in text


def test_who_cancelled_is_read_from_its_own_move_though_another_hosts_clock_is_fast(
    client: Client, uploaded_job: Job
) -> None:
    uploaded_job.transitions.create(
        at=timezone.now() + timedelta(minutes=2),
        old=State.HELD,
        new=State.CLEAN,
        reason="By another host.",
        actor="sam",
    )
    decide(uploaded_job, State.CANCELLED, "We have no room this week.", actor="ada")
    for text in (letter_about(uploaded_job), status_text(client, uploaded_job)):
        said = text.partition("What happened so far")[0]
        assert f"{WHO['ada']} We have no room this week." in said
        assert "By another host." not in said


def test_a_page_that_is_closed_by_now_is_not_recommended(
    client: Client, uploaded_job: Job, pipeline: Pipeline
) -> None:
    Pipeline.objects.update(is_open=False)
    press(client, uploaded_job)
    assert AGAIN not in letter_about(uploaded_job)
    text = status_text(client, uploaded_job)
    assert "There is no result." in text
    assert "send your files again" not in text.casefold()


def test_files_that_another_job_still_runs_on_are_not_said_to_be_deleted_now(
    client: Client, uploaded_job: Job
) -> None:
    other = announce(uploaded_job.pipeline, "olga@far.example", [DeclaredFile("b.txt", 1)])
    Job.objects.filter(pk=other.pk).update(upload=uploaded_job.upload)
    press(client, uploaded_job)
    text = letter_about(uploaded_job)
    assert "The files go when the other job that runs on them has ended." in text
    assert ALL_GOES not in text


def test_what_was_never_used_is_said_to_be(client: Client, pipeline: Pipeline) -> None:
    job = scenes.held(pipeline)
    press(client, job)
    now = timezone.now()
    Job.objects.update(inputs_deleted_at=now, results_deleted_at=now, scratch_removed_at=now)
    text = status_text(client, job)
    assert "Your files were not used and are deleted. There is no result." in text
    assert "If you still need one, send your files again." in text


def test_the_announcement_tells_the_way_back(client: Client, pipeline: Pipeline) -> None:
    said = {"email": "olga@far.example", "files": [{"name": "a.txt", "size": 5}]}
    told = client.post("/p/word-count/", said, content_type="application/json").json()
    client.post(told["cancel"])
    assert Job.objects.get().state == State.CANCELLED
    assert client.post(f"{told['upload']}open").status_code == 410
    assert client.post(told["submit"]).json() == {"status": told["status"], "missing": []}
    assert Job.objects.get().state == State.CANCELLED
