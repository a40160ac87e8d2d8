"""The figures of a PI's pipelines: each against rows whose sums are known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeAlias

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from jobs.models import Attempt, Job, ResultFile
from jobs.overview.figures import SOURCES, Figures, figures_of, total_of
from jobs.overview.scope import Scope
from jobs.results.acts import count_download
from jobs.starts.effort import effort_of
from jobs.states import State
from jobs.steps.decide import decide
from pipelines.models import Pipeline
from tests.jobs import scenes
from tests.walk import walk_to

pytestmark = pytest.mark.django_db
HOUR, NONE = timedelta(hours=1), timedelta()
Timed: TypeAlias = Callable[..., Job]


def figures(pipeline: Pipeline, **span: Any) -> Figures:
    return figures_of(Scope([pipeline], **span))[pipeline.pk]


@pytest.fixture
def timed(monkeypatch: pytest.MonkeyPatch) -> Timed:
    """Makes a job that took so long from its last byte to its result, and waited within that."""

    def timed(pipeline: Pipeline, *, took: timedelta, waited: timedelta = NONE) -> Job:
        job = scenes.announced(pipeline)
        job.upload.files.update(completed_at=timezone.now())
        sent_at = timezone.now() + timedelta(minutes=10)
        for at, state in (
            (sent_at, State.SUBMITTING),
            (sent_at + took / 4, State.PENDING),
            (sent_at + took / 4 + waited, State.RUNNING),
            (sent_at + took, State.DELIVERED),
        ):
            with monkeypatch.context() as patch:
                patch.setattr(timezone, "now", lambda now=at: now)
                walk_to(job, state)
        return job

    return timed


def test_every_job_is_counted_under_what_became_of_it_and_once_only(pipeline: Pipeline) -> None:
    for scene in scenes.SCENES.values():
        scene(pipeline)
    one = figures(pipeline)
    ends = one.delivered + one.failed + one.rejected + one.cancelled + one.given_up
    assert ends + one.to_decide + one.under_way == one.came_in == Job.objects.count()
    in_states = Job.objects.filter(state=State.FAILED).count()
    assert one.failed == in_states > 0
    assert one.to_decide == len([scenes.held, scenes.on_hold])


def test_an_expired_result_was_delivered_and_an_expired_upload_was_given_up(
    pipeline: Pipeline,
) -> None:
    scenes.delivered(pipeline).move_to(State.EXPIRED)
    scenes.announced(pipeline).move_to(State.EXPIRED)
    one = figures(pipeline)
    assert (one.came_in, one.delivered, one.given_up) == (2, 1, 1)


def test_it_is_told_who_cancelled(pipeline: Pipeline) -> None:
    for actor in ("collaborator", "freeloader", "ada", "sam"):
        decide(scenes.arrived(pipeline, State.RUNNING), State.CANCELLED, "Why.", actor=actor)
    one = figures(pipeline)
    assert one.cancelled == 4
    assert (one.cancelled_by_sender, one.cancelled_unconfirmed, one.cancelled_by_staff) == (1, 1, 2)


def test_times_are_from_the_last_byte_to_the_result(pipeline: Pipeline, timed: Timed) -> None:
    for hours in (4, 2, 18):
        timed(pipeline, took=hours * HOUR, waited=HOUR)
    one = figures(pipeline)
    assert one.median_s == pytest.approx(4 * 3600)
    assert one.longest_s == pytest.approx(18 * 3600)
    assert one.waited_share == pytest.approx(3 / 24)


def test_a_job_on_stored_files_begins_when_it_is_made_and_receives_nothing(
    pipeline: Pipeline, timed: Timed
) -> None:
    first = timed(pipeline, took=HOUR)
    before = figures(pipeline).received_bytes
    again = scenes.delivered(pipeline)
    later = first.created_at + timedelta(days=3)
    Job.objects.filter(pk=again.pk).update(
        again_of=first, upload=first.upload, created_at=later, ended_at=later + HOUR
    )
    one = figures(pipeline)
    assert one.longest_s == pytest.approx(3600)
    assert one.received_bytes == before == sum(scenes.SIZES)


def test_without_results_there_is_no_time_to_tell(pipeline: Pipeline) -> None:
    one = figures(pipeline)
    assert (one.median_s, one.longest_s, one.waited_share, one.lost_share) == (None,) * 4


def test_downloads_and_results_that_nobody_fetched(pipeline: Pipeline) -> None:
    fetched = scenes.link_of(scenes.delivered(pipeline))
    scenes.delivered(pipeline)
    for number in (1, 2, None):
        assert count_download(fetched, file_number=number)
    one = figures(pipeline)
    assert (one.downloads, one.fetched, one.never_fetched) == (3, 1, 1)


def test_what_is_held_is_told_of_now_and_of_all_jobs(pipeline: Pipeline) -> None:
    job, gone = scenes.delivered(pipeline), scenes.delivered(pipeline)
    now = timezone.now()
    Job.objects.filter(pk=gone.pk).update(inputs_deleted_at=now, results_deleted_at=now)
    one = figures(pipeline, since=now + HOUR)
    assert one.came_in == 0
    assert one.held_input_bytes == one.held_result_bytes == sum(scenes.SIZES)
    assert one.held_bytes == 2 * sum(scenes.SIZES)
    assert figures(pipeline).result_bytes == 2 * sum(scenes.SIZES)
    again = scenes.delivered(pipeline)
    Job.objects.filter(pk=again.pk).update(again_of=job, upload=job.upload, results_deleted_at=now)
    assert figures(pipeline).held_input_bytes == sum(scenes.SIZES)  # shared, and held once


@pytest.mark.parametrize(
    "name", ["running", "paused_with_progress", "on_hold", "parts", "restored"]
)
def test_core_hours_and_interruptions_are_those_of_the_jobs_pages(
    pipeline: Pipeline, name: str
) -> None:
    job = scenes.SCENES[name](pipeline)
    effort, one = effort_of(job), figures(pipeline)
    assert (one.interruptions, one.core_seconds) == (effort.interruptions, effort.core_seconds)
    last = job.attempts.filter(submission=job.submission).order_by("task", "-number")
    assert one.interruptions > 0
    assert one.lost_core_seconds + effort.useful_core_seconds <= one.core_seconds
    assert last.exists()


def test_work_that_the_next_start_did_not_find_is_lost(pipeline: Pipeline) -> None:
    job = scenes.arrived(pipeline, State.RUNNING)
    saved = scenes.SAVED
    scenes.start(job, 0, job.changed_at, core_seconds=1000)  # the next one found nothing
    scenes.start(job, 1, job.changed_at, core_seconds=100)
    scenes.start(job, 2, job.changed_at, core_seconds=10, begun_with=saved)
    scenes.start(job, 3, job.changed_at, core_seconds=1, begun_with=saved)  # nothing more
    one = figures(pipeline)
    assert (one.core_seconds, one.lost_core_seconds, one.interruptions) == (1111, 1010, 3)
    assert one.lost_share == pytest.approx(1010 / 1111)


def test_a_job_that_failed_by_itself_lost_nothing_to_interruptions(pipeline: Pipeline) -> None:
    job = scenes.arrived(pipeline, State.RUNNING)
    scenes.start(job, 0, job.changed_at, slurm_state="FAILED")
    one = figures(pipeline)
    assert (one.core_seconds, one.lost_core_seconds, one.interruptions) == (21_600, 0, 0)


def test_rehearsals_are_counted_apart(pipeline: Pipeline) -> None:
    job = scenes.delivered(pipeline)
    scenes.start(job, 0, job.changed_at)
    scenes.of_rehearsal(job)
    count_download(scenes.link_of(job), file_number=1)
    one = figures(pipeline)
    assert one == Figures(
        rehearsal_jobs=1,
        rehearsal_core_seconds=21_600,
        held_input_bytes=sum(scenes.SIZES),
        held_result_bytes=sum(scenes.SIZES),
    )


def test_only_jobs_that_came_in_within_the_time_are_counted(pipeline: Pipeline) -> None:
    job = scenes.arrived(pipeline, State.FAILED)
    at = job.created_at
    assert figures(pipeline, since=at, until=at + HOUR).failed == 1
    assert figures(pipeline, since=at + HOUR).came_in == 0
    assert figures(pipeline, until=at).came_in == 0


def test_each_pipeline_has_its_own_and_the_total_is_of_all(
    pipeline: Pipeline, other: Pipeline, timed: Timed
) -> None:
    timed(pipeline, took=HOUR)
    timed(other, took=3 * HOUR)
    scenes.held(other)
    found = figures_of(Scope([pipeline, other]))
    assert (found[pipeline.pk].came_in, found[other.pk].came_in) == (1, 2)
    total = total_of(found.values())
    assert (total.came_in, total.to_decide) == (3, 1)
    assert total.median_s == pytest.approx(2 * 3600)
    assert total.held_bytes == 3 * sum(scenes.SIZES)


def test_the_number_of_queries_does_not_grow_with_the_jobs(
    pipeline: Pipeline, other: Pipeline, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    # Of interruptions two, the starts and what Slurm counted; of what is held three.
    queries = len(SOURCES) + 3
    for _ in range(3):
        with django_assert_num_queries(queries):
            figures_of(Scope([pipeline, other]))
        for one in (pipeline, other):
            scenes.running(one)
            scenes.delivered(one)
    assert Attempt.objects.count() > 0
    assert ResultFile.objects.count() > 0
