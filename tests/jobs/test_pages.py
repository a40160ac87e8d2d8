"""The pages in every state: what a stranger reads, and what a hostile name cannot do."""

from __future__ import annotations

from html import unescape

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags
from pytest_django import Settings

from jobs.following.outcome import hand_in_again
from jobs.letters.compose import compose
from jobs.models import Letter
from jobs.states import State
from jobs.status_page.standing import CRASHED
from jobs.steps.decide import decide
from pipelines.models import Pipeline
from tests.jobs import scenes
from tests.jobs.pages import Page, read, status_text
from tests.jobs.scenes import SCENES, link_of
from tests.walk import walk_to

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def test_the_front_page_offers_what_is_open(client: Client, pipeline: Pipeline) -> None:
    closed = Pipeline.objects.create(
        slug="closed", title="Not yet", cluster=pipeline.cluster,
        result_expiry=pipeline.result_expiry,
    )  # fmt: skip
    page = read(client.get("/"))
    assert "Word count" in page.text
    assert "Counts the words" in page.text
    assert closed.title not in page.text


def test_the_front_page_ends_no_description_within_a_sentence(
    client: Client, pipeline: Pipeline
) -> None:
    Pipeline.objects.update(description="Draws plots. " + "Each has a column of numbers. " * 20)
    text = read(client.get("/")).text
    assert "Draws plots. Each has a column of numbers." in text
    assert "…" not in text


def test_an_empty_front_page_says_so(client: Client) -> None:
    assert "Nothing is offered" in read(client.get("/")).text


def test_a_pipelines_page_says_what_it_takes(client: Client, pipeline: Pipeline) -> None:
    page = read(client.get("/p/word-count/"))
    assert page.texts["h1"] == ["Word count"]
    assert "Counts the words of each text file." in page.text
    assert "*.txt, *.csv" in page.text
    assert "up to 3, each of up to 1 MB, together up to 2 MB" in page.text
    assert "kept for 14 days" in page.text
    assert "needs JavaScript" in page.texts["noscript"][0]
    fields = [field["type"] for field in page.all("input")]
    assert fields == ["email", "text", "file", "file"]  # the second is for robots
    labelled = {label.get("for") for label in page.all("label")}
    assert {field["id"] for field in page.all("input")} <= labelled


def test_a_pi_brands_a_page_with_plain_text_only(client: Client, pipeline: Pipeline) -> None:
    Pipeline.objects.update(title="<b>Bold</b>", description="One.\n\nTwo <img src=x onerror=y>.")
    page = read(client.get("/p/word-count/"))
    assert page.texts["h1"] == ["<b>Bold</b>"]
    assert "Two <img src=x onerror=y>." in page.text


def test_a_closed_pipeline_says_so(client: Client, pipeline: Pipeline) -> None:
    Pipeline.objects.update(is_open=False)
    page = read(client.get("/p/word-count/"), 410)
    assert "takes no files at the moment" in page.text
    assert not page.all("input")


def test_an_unknown_address_is_answered_kindly(client: Client, db: None) -> None:
    assert "There is no such page" in read(client.get("/nothing/here"), 404).text


def test_the_page_of_our_own_faults_needs_no_request() -> None:
    page = Page(render_to_string("500.html"))
    assert "our fault" in page.text
    assert page.all("html")[0]["lang"] == "en"


@pytest.mark.parametrize("name", SCENES)
def test_the_status_page_shows_every_state(client: Client, pipeline: Pipeline, name: str) -> None:
    job = SCENES[name](pipeline)
    page = read(client.get(f"/j/{job.status_token}/"))
    assert page.texts["h1"] == ["Word count"]
    assert job.short_id in page.text
    assert "\u202e" not in page.text
    if name != "uploading":  # there the script makes the list, by textContent
        assert "<script>alert(1)</script>\ufffdcod.exe" in page.text


def test_the_waiting_say_why_in_plain_words(client: Client, pipeline: Pipeline) -> None:
    job = scenes.arrived(pipeline, State.PENDING)
    job.save_fields(slurm_reason="Priority")
    assert "Waiting for an idle computer Other jobs are ahead" in status_text(client, job)
    job.save_fields(slurm_reason="ReqNodeNotAvail, UnavailableNodes:node[1-3]")
    assert "switched off, under repair or kept for others" in status_text(client, job)
    job.save_fields(slurm_reason="BrandNew<Code>")
    assert "The cluster has it in its queue" in status_text(client, job)
    assert "BrandNew" not in status_text(client, job)


def test_what_only_a_person_can_mend_is_said_to_wait_for_one(
    client: Client, pipeline: Pipeline
) -> None:
    job = scenes.arrived(pipeline, State.PENDING)
    job.save_fields(slurm_reason="JobHeldAdmin")
    text = status_text(client, job)
    assert "Waiting for the people who run the cluster" in text
    assert "operators have put it on hold" in text


def test_a_job_that_slurm_holds_without_a_reason_waits_for_a_person_too(
    client: Client, pipeline: Pipeline
) -> None:
    job = scenes.arrived(pipeline, State.PENDING)
    job.save_fields(slurm_state="REQUEUE_HOLD", slurm_reason="None")
    assert "operators have put it on hold" in status_text(client, job)


def test_a_suspended_job_stands_still(client: Client, pipeline: Pipeline) -> None:
    job = scenes.arrived(pipeline, State.RUNNING)
    job.save_fields(slurm_state="SUSPENDED")
    assert "stands still for a while" in status_text(client, job)


def test_a_job_that_is_handed_in_again_is_told_as_safe(client: Client, pipeline: Pipeline) -> None:
    job = scenes.arrived(pipeline, State.RUNNING)
    hand_in_again(job, "The cluster lost the job. The cluster shows it as NODE_FAIL.")
    text = status_text(client, job)
    assert "Your job is handed in again" in text
    assert "The cluster lost it: handed in again Your files are safe." in text
    assert "NODE_FAIL" not in text
    assert "Your files were accepted Next" not in text


def test_a_job_that_could_not_reach_the_store_says_why_it_is_handed_in_again(
    client: Client, pipeline: Pipeline
) -> None:
    job = scenes.arrived(pipeline, State.RUNNING)
    hand_in_again(job, "The store failed on letter.txt.")
    text = status_text(client, job)
    assert "Handed in again The store failed on letter.txt." in text
    assert "It is handed in again." not in text


@pytest.mark.parametrize(
    ("state", "said", "read"),
    [
        (State.SCANNING, "The virus scanner at 10.0.0.7:3310 does not answer: x.", "The check of"),
        (State.SCANNING, "The object store did not answer when asked to read u/1.", "The file st"),
        (State.SUBMITTING, "fl@login.uni.example does not answer.", "The cluster of computers"),
        (State.SUBMITTING, "The cluster is closed for now; the job goes on when.", "is closed"),
        (State.RUNNING, "results/7/0/manifest.json is not joined yet.", "The file store"),
        (State.RUNNING, "Slurm says COMPLETED, but the result is not all stored.", "is not certa"),
        (State.RUNNING, "Freeloader stumbled over this job; its log says why.", "on our side"),
        (State.COMPLETED, "Something new.", "The file store"),
    ],
)
def test_an_outage_is_named_in_general_words(
    client: Client, pipeline: Pipeline, state: State, said: str, read: str
) -> None:
    job = scenes.arrived(pipeline, state)
    job.save_fields(waiting_for=said)
    text = status_text(client, job)
    assert read in text
    assert said not in text


def test_a_run_that_is_being_ended_is_no_outage(client: Client, pipeline: Pipeline) -> None:
    job = scenes.arrived(pipeline, State.RUNNING)
    job.move_to(State.CANCELLED)
    job.save_fields(waiting_for="The run is being ended.")
    text = status_text(client, job)
    assert "The run is being ended." in text
    assert "does not answer" not in text


@pytest.mark.parametrize("words", ["KeyError: 'nope'", "MyOwnError"])
def test_a_crash_is_told_in_our_words_and_the_program_s_below(
    client: Client, pipeline: Pipeline, words: str
) -> None:
    job = scenes.arrived(pipeline, State.RUNNING)
    job.move_to(State.FAILED, words)
    text = status_text(client, job)
    assert f"{CRASHED} It said: {words}" in text
    assert text.count(words) == 1
    message = compose(Letter.objects.get(kind=Letter.Kind.FAILED))
    for part in (str(message.body), str(message.alternatives[0][0])):
        said = " ".join(unescape(strip_tags(part)).split())
        assert f"{CRASHED} It said: {words}" in said


def test_what_the_program_says_to_senders_is_told_as_it_is(
    client: Client, pipeline: Pipeline
) -> None:
    job = scenes.arrived(pipeline, State.RUNNING)
    job.move_to(State.FAILED, "Line 3: the error is missing.")
    text = status_text(client, job)
    assert "Line 3: the error is missing." in text
    assert str(CRASHED) not in text


def test_a_deletion_is_not_marked_as_the_newest_step(client: Client, pipeline: Pipeline) -> None:
    job = scenes.delivered(pipeline)
    job.save_fields(inputs_deleted_at=timezone.now())
    job.upload.files.update(completed_at=timezone.now())
    items = read(client.get(f"/j/{job.status_token}/")).all("li")
    classes = [item.get("class") or "" for item in items]
    assert "deleted" in classes
    assert [one for one in classes if "newest" in one] == ["delivered newest"]


def test_the_paused_read_that_it_goes_on(client: Client, pipeline: Pipeline) -> None:
    text = status_text(client, scenes.paused(pipeline))
    assert "Paused: its computer was needed for a more urgent job, or failed" in text
    assert "starts again by itself" in text
    assert "does not answer as it should" in text
    assert "you need to do nothing" in text


def test_the_running_show_how_far_they_are(client: Client, pipeline: Pipeline) -> None:
    response = client.get(f"/j/{scenes.running(pipeline).status_token}/")
    page = read(response)
    assert "Running on an otherwise idle computer" in page.text
    assert "file 3 of 7" in page.text
    assert "interrupted once" in page.text
    assert page.all("progress") == [{"max": "100", "value": "42"}]


def test_each_move_is_told_once_the_newest_first(client: Client, pipeline: Pipeline) -> None:
    page = read(client.get(f"/j/{scenes.delivered(pipeline).status_token}/"))
    moves = page.text[page.text.index("What happened so far") :]
    order = ["The result was ready", "The work was done", "It runs", "You announced 3 files"]
    assert [moves.count(line) for line in order] == [1] * 4
    assert sorted(order, key=moves.index) == order
    assert all(time["datetime"] for time in page.all("time"))


@pytest.mark.parametrize("state", [State.FAILED, State.CANCELLED, State.REJECTED, State.EXPIRED])
def test_what_ended_without_a_result_leads_back_to_its_page_while_that_is_open(
    client: Client, pipeline: Pipeline, state: State
) -> None:
    job = scenes.arrived(pipeline, state)
    address = f"/j/{job.status_token}/"
    assert "Send files again" in read(client.get(address)).text
    Pipeline.objects.update(is_open=False)
    assert "Send files again" not in read(client.get(address)).text


def test_the_failed_learn_why_and_whom_to_ask(
    client: Client, pipeline: Pipeline, settings: Settings
) -> None:
    settings.SUPPORT_EMAIL = "help@uni.example"
    job = scenes.arrived(pipeline, State.RUNNING)
    job.move_to(State.FAILED, "It needed more than its 2000 MB of memory.")
    text = status_text(client, job)
    assert "It needed more than its 2000 MB of memory." in text
    assert "help@uni.example" in text
    assert f"name the job {job.short_id}" in text


def test_an_unfinished_upload_goes_on_from_its_page(client: Client, pipeline: Pipeline) -> None:
    response = client.get(f"/j/{scenes.announced(pipeline).status_token}/")
    assert "Choose the same files once more" in read(response).text
    assert r"\u003Cscript\u003Ealert(1)" in response.content.decode()


def test_a_status_page_of_nobodys_is_not_found(client: Client, db: None) -> None:
    assert client.get("/j/nobody/").status_code == 404
    assert client.get("/r/nobody/").status_code == 404


def test_the_result_page_has_a_button_for_each_file_and_one_for_all(
    client: Client, pipeline: Pipeline
) -> None:
    job = scenes.delivered(pipeline)
    token = link_of(job).token
    response = client.get(f"/r/{token}/")
    page = read(response)
    assert response["X-Robots-Tag"] == "noindex"
    doors = {f"/r/{token}/{what}" for what in (1, 2, 3, "all")}
    assert {form["action"] for form in page.all("form")} == doors
    assert {form["method"] for form in page.all("form")} == {"post"}
    assert "ab12cd34" * 8 in page.text
    assert "48 GB" in page.text
    assert "personal" in page.text
    assert link_of(job).downloads == 0


def test_the_status_page_of_the_delivered_leads_to_the_result(
    client: Client, pipeline: Pipeline
) -> None:
    job = scenes.delivered(pipeline)
    page = read(client.get(f"/j/{job.status_token}/"))
    assert f"/r/{link_of(job).token}/" in [link.get("href") for link in page.all("a")]


def test_a_link_that_has_ended_says_why(client: Client, pipeline: Pipeline) -> None:
    link = link_of(scenes.delivered(pipeline))
    address = f"/r/{link.token}/"
    link.expires_at = timezone.now()
    link.save()
    assert "was kept until" in read(client.get(address), 410).text
    assert "was kept until" in read(client.post(f"{address}1"), 410).text
    link.revoked_at = timezone.now()
    link.save()
    assert "was withdrawn" in read(client.get(address), 410).text


def test_a_store_that_is_away_is_no_lost_result(
    client: Client, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    from backends.base import StoreError

    class Away:
        def sign_get(self, *args: object, **options: object) -> None:
            raise StoreError("It does not answer.", transient=True)

    monkeypatch.setattr("jobs.results.pages.chosen_store", Away)
    address = f"/r/{link_of(scenes.delivered(pipeline)).token}/1"
    page = read(client.post(address), 503)
    assert "Your result is safe" in page.text
    assert page.all("form")[0]["action"] == address


def test_the_page_says_whose_words_the_reason_of_a_refusal_is(
    client: Client, pipeline: Pipeline
) -> None:
    by_person, by_check = scenes.held(pipeline), scenes.rejected(pipeline)
    words = "The person who looked at them writes:"
    assert words not in read(client.get(f"/j/{by_person.status_token}/")).text
    decide(by_person, State.REJECTED, "These are real patients.", actor="sam")
    assert words in read(client.get(f"/j/{by_person.status_token}/")).text
    assert words not in read(client.get(f"/j/{by_check.status_token}/")).text


def test_what_looks_again_no_longer_promises_a_letter_once_the_result_is_there(
    client: Client, pipeline: Pipeline
) -> None:
    job = scenes.running(pipeline)
    live = f"/j/{job.status_token}/live"
    promise = "A letter goes to olga@far.example when there is news."
    assert promise in client.get(live).content.decode()
    assert status_text(client, job).count(promise) == 1
    walk_to(job, State.DELIVERED)
    assert promise not in client.get(live).content.decode()
