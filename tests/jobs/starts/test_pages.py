"""What pages say of a job's starts: how much is kept, where it goes on, what it has cost."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from backends.memory import MemoryStore
from jobs.following.outcome import hand_in_again
from jobs.jobfile import progress_name
from jobs.models import Job, Stage
from jobs.starts.effort import Effort, effort_of
from jobs.starts.pauses import why_paused
from jobs.states import State
from pipelines.models import Pipeline
from tests.jobs import scenes
from tests.jobs.pages import Page, status_text

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ({}, "It starts again by itself"),
        ({"kind": "checkpoint"}, "What it had saved is kept. It goes on by itself"),
        ({"kind": "checkpoint", "fraction": 0.4}, "About 40 % of the work is kept. It goes on by"),
        ({"kind": "checkpoint", "fraction": 0.001}, "What it had saved is kept. It goes on by"),
        ({"kind": "parts", "done": 39, "of": 64}, "39 of 64 parts are done and kept. It goes on"),
        ({"kind": "parts", "done": 0, "of": 64}, "It starts again by itself"),
        ({"kind": "dmtcp", "generation": 0, "set_aside": ["x"]}, "It starts again by itself"),
        ({"kind": "dmtcp", "generation": 3}, "What it had saved is kept."),
    ],
)
def test_only_what_is_kept_is_promised(
    client: Client, pipeline: Pipeline, kept: dict[str, Any], said: str
) -> None:
    job = scenes.arrived(pipeline, State.RUNNING)
    job.move_to(State.PENDING, why_paused(kept), restart_count=1)
    text = status_text(client, job)
    assert said in text
    assert text.count("by itself") == 1  # not in the history, where it is over
    assert text.count("kept.") == (2 if "kept" in said else 0)
    assert text.count("its computer was needed for a more urgent job") == 2


def test_the_history_tells_how_much_each_start_went_on_with(
    client: Client, pipeline: Pipeline
) -> None:
    job = scenes.paused_with_progress(pipeline)
    text = status_text(client, job)
    assert "About 40 % of the work is kept. It goes on by itself" in text
    assert "Running on node7. It goes on where it was (20 %)." in text
    assert "It was interrupted 2 times" in text


def test_a_start_that_found_nothing_begins_from_the_beginning(
    client: Client, pipeline: Pipeline
) -> None:
    job = scenes.running(pipeline)
    assert "Running on node7 again. It starts from the beginning." in status_text(client, job)
    assert "from the beginning" not in status_text(client, scenes.arrived(pipeline, State.RUNNING))


def test_of_a_start_that_was_killed_before_it_could_tell_nothing_is_said(
    client: Client, pipeline: Pipeline
) -> None:
    job = scenes.paused_with_progress(pipeline)
    job.move_to(State.RUNNING, "Running on node8.")
    scenes.start(job, 2, job.changed_at)
    job.move_to(State.PENDING, why_paused({}), restart_count=3)
    text = status_text(client, job)
    assert "Running on node8." in text
    assert "from the beginning" not in text


def test_a_job_that_is_handed_in_again_goes_on_with_what_is_kept(
    client: Client, pipeline: Pipeline
) -> None:
    job = scenes.paused_with_progress(pipeline)
    hand_in_again(job, "The cluster lost the job.")
    for state in (State.SUBMITTING, State.PENDING, State.RUNNING):
        job.move_to(state)
    found = scenes.SAVED | {"fraction": 0.4}
    scenes.start(job, 0, job.changed_at, begun_with=found)
    assert "It goes on where it was (40 %)." in status_text(client, job)


def test_an_array_shows_its_parts(client: Client, pipeline: Pipeline) -> None:
    job = scenes.parts(pipeline)
    response = client.get(f"/j/{job.status_token}/")
    page = Page(response.content.decode())
    assert "39 of 64 parts are done 61 %" in page.text
    assert page.all("progress") == [{"max": "100", "value": "61"}]
    assert "20 of 64 parts are done and kept." in page.text
    assert "It goes on where it was: 20 of 64 parts are done." in page.text
    assert "It was interrupted 16 times" in page.text  # and not: started 33 times
    assert "handed in again" not in page.text


def test_what_a_worker_told_counts_for_all_of_its_array(
    pipeline: Pipeline, client: Client, store: MemoryStore
) -> None:
    job = scenes.parts(pipeline)
    cache.clear()
    told = {"fraction": 0.5, "message": "32 of 64 parts are done", "attempt": 0, "key": job.key}
    store.write(progress_name(job), json.dumps(told).encode())
    assert "32 of 64 parts are done" in status_text(client, job)
    cache.clear()
    earlier = told | {"key": job.earlier_keys[0], "message": "Dividing"}
    store.write(progress_name(job), json.dumps(earlier).encode())
    assert "32 of 64" not in status_text(client, job)
    assert "Dividing" not in status_text(client, job)


def test_a_next_stage_is_no_loss(client: Client, pipeline: Pipeline) -> None:
    job = scenes.arrived(pipeline, State.RUNNING)
    job.move_to(State.SUBMITTING, "It is.", stage=Stage.PARTS, parts=2, submission=2, stage_since=2)
    text = status_text(client, job)
    assert "Your job is being handed to the cluster" in text
    assert "handed in again" not in text


def test_what_dmtcp_set_aside_is_told_in_plain_words_and_to_staff_in_full(
    client: Client, pipeline: Pipeline, sam: User
) -> None:
    job = scenes.restored(pipeline)
    text = status_text(client, job)
    assert "It goes on where it was (40 %). A newer state was damaged" in text
    assert "generation 8" not in text
    client.force_login(sam)
    page = client.get(f"/admin/jobs/job/{job.pk}/change/").content.decode()
    assert "DMTCP generation 7, 330 MB, saved " in page
    assert "set aside: generation 8: its checksum is wrong" in page


def test_staff_see_each_start_and_what_it_cost(
    client: Client, pipeline: Pipeline, sam: User
) -> None:
    job = scenes.paused_with_progress(pipeline)
    client.force_login(sam)
    page = Page(client.get(f"/admin/jobs/job/{job.pk}/change/").content.decode())
    assert "2 starts, 2 interruptions; 43200 core-seconds, 21600 of them in starts" in page.text
    assert "Kept for the next start: 12 MB" in page.text
    assert "checkpoint, 12 MB, saved " in page.text
    assert "preempted 21600 nothing 20 %" in page.text


def test_of_starts_that_noted_nothing_no_more_is_claimed_than_that_they_were(
    client: Client, pipeline: Pipeline, sam: User
) -> None:
    job = scenes.arrived(pipeline, State.RUNNING)
    job.save_fields(restart_count=2)
    for number, ended_at in ((0, None), (1, job.changed_at)):
        scenes.start(
            job, number, job.changed_at, started_at=None, ended_at=ended_at, node="",
            slurm_state="REQUEUED", core_seconds=0,
        )  # fmt: skip
    scenes.start(job, 2, job.changed_at, slurm_state="", ended_at=None)
    text = status_text(client, job)
    assert "It was interrupted 2 times" in text
    client.force_login(sam)
    page = Page(client.get(f"/admin/jobs/job/{job.pk}/change/").content.decode())
    cells = page.texts["td"]
    rows = [cells[at : at + 9] for at in (0, 9, 18)]
    assert [row[1] for row in rows] == ["2", "1", "0"]  # the newest first, on every database
    assert "not known" not in rows[0]
    unknown = ["interrupted", "not known", "not known", ""]
    assert rows[1][5:] == rows[2][5:] == unknown
    assert rows[2][2:5] == ["", "not known", ""]


def test_of_many_starts_the_newest_are_shown_and_all_are_summed_up(
    client: Client, pipeline: Pipeline, sam: User
) -> None:
    job = scenes.arrived(pipeline, State.RUNNING)
    for number in range(130):
        scenes.start(job, number, job.changed_at + timedelta(hours=2 * number), core_seconds=10)
    job.save_fields(restart_count=129)
    client.force_login(sam)
    page = Page(client.get(f"/admin/jobs/job/{job.pk}/change/").content.decode())
    assert "130 starts, 129 interruptions; 1300 core-seconds" in page.text
    assert "30 earlier starts are not shown." in page.text
    assert page.text.count("preempted") == 100


def test_a_job_that_never_ran_has_no_starts_to_show(
    client: Client, pipeline: Pipeline, sam: User
) -> None:
    job = scenes.arrived(pipeline, State.PENDING)
    client.force_login(sam)
    assert "Starts on the cluster" not in (
        client.get(f"/admin/jobs/job/{job.pk}/change/").content.decode()
    )


def begun(job: Job, number: int, found: dict[str, Any], **told: Any) -> None:
    scenes.start(
        job,
        number,
        job.created_at + timedelta(hours=number),
        begun_with=found,
        core_seconds=100,
        **told,
    )


def test_a_starts_work_counts_if_the_next_one_found_more_or_it_ended_well(job: Job) -> None:
    a, b = (scenes.SAVED | {"digest": digest} for digest in "ab")
    begun(job, 0, {})
    begun(job, 1, a)  # so the first one's work counted
    begun(job, 2, a)  # the second's did not
    begun(job, 3, b, slurm_state="COMPLETED")
    job.restart_count = 3
    assert effort_of(job) == Effort(4, 3, 400, 300)


def test_an_array_is_interrupted_as_often_as_its_tasks_are(job: Job) -> None:
    job.stage, job.restart_count = Stage.PARTS, 3
    for task, last in ((0, 2), (1, 0), (2, 1)):
        for number in range(last + 1):
            scenes.start(job, number, job.created_at, task=task)
    assert effort_of(job).interruptions == 3


def test_what_was_let_go_on_does_not_wait_for_the_clusters_operators(
    client: Client, pipeline: Pipeline
) -> None:
    job = scenes.let_go_on(pipeline)
    job.save_fields(slurm_reason="JobHeldUser")  # as it was seen just before it was released
    text = status_text(client, job)
    assert "operators" not in text
    assert "It was just put back into the queue" in text


def tell(store: MemoryStore, job: Job, fraction: Any, message: str, **more: Any) -> None:
    """As the node's program tells it."""
    told = {"fraction": fraction, "message": message, "attempt": 0, "key": job.key, **more}
    store.write(progress_name(job), json.dumps(told).encode())
    cache.clear()


@pytest.mark.parametrize(
    ("fraction", "message", "words", "german"),
    [
        (None, "Fetching the files", "The computer is fetching your files", "Dateien"),
        (0.0, "Fetching the files", "The computer is fetching your files", "Dateien"),
        (None, "Working on the files", "The computer is working on your files", "Dateien"),
        (None, "Dividing the work into parts", "Dividing the work into parts", "Teile"),
    ],
)
def test_before_there_is_a_number_the_page_says_what_is_done_and_shows_no_bar(
    client: Client, pipeline: Pipeline, store: MemoryStore, fraction: float | None, message: str,
    words: str, german: str,
) -> None:  # fmt: skip
    job = scenes.arrived(pipeline, State.RUNNING)
    tell(store, job, fraction, message)
    page = Page(client.get(f"/j/{job.status_token}/").content.decode())
    assert words in page.text
    assert "0 %" not in page.text
    assert not page.all("progress")
    answer = client.get(f"/j/{job.status_token}/", headers={"accept-language": "de"})
    translated = Page(answer.content.decode()).text
    assert words not in translated
    assert german in translated


def test_once_there_is_a_number_there_is_a_bar(
    client: Client, pipeline: Pipeline, store: MemoryStore
) -> None:
    job = scenes.arrived(pipeline, State.RUNNING)
    tell(store, job, 0.0, "reading a.csv")
    page = Page(client.get(f"/j/{job.status_token}/").content.decode())
    assert "reading a.csv 0 %" in page.text
    assert page.all("progress") == [{"max": "100", "value": "0"}]


def test_of_a_message_that_makes_no_sense_nothing_is_shown(
    client: Client, pipeline: Pipeline, store: MemoryStore
) -> None:
    job = scenes.arrived(pipeline, State.RUNNING)
    tell(store, job, "much", "reading a.csv")
    page = Page(client.get(f"/j/{job.status_token}/").content.decode())
    assert "reading a.csv" not in page.text
    assert "Running on an otherwise idle computer" in page.text
    assert not page.all("progress")


def test_a_start_on_a_node_without_a_name_is_not_told_twice(
    client: Client, pipeline: Pipeline
) -> None:
    text = status_text(client, scenes.parts(pipeline))
    assert "It runs" in text
    assert "Running." not in text


def test_the_bar_does_not_fall_back_before_the_code_has_said_anything(
    client: Client, pipeline: Pipeline, store: MemoryStore
) -> None:
    job = scenes.arrived(pipeline, State.RUNNING)
    kept = {"kind": "checkpoint", "fraction": 0.4}
    tell(store, job, None, "Fetching the files", begun_with=kept)
    assert "The computer is fetching your files 40 %" in status_text(client, job)
    tell(store, job, 0.0, "reading a.csv", begun_with=kept)
    assert "reading a.csv 0 %" in status_text(client, job)
