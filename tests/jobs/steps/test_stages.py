"""A job whose code splits its work: from split() by its parts to merge()."""

from __future__ import annotations

import pytest

from backends.base import Phase
from backends.memory import MemoryCluster, MemoryStore
from jobs.models import Job, Stage, key_of
from jobs.states import State
from tests.jobs.steps.following import look, run_to_its_end
from tests.jobs.steps.staging import (
    do_parts,
    handed_in,
    list_parts,
    parts_done,
    phase,
    split_done,
    told,
)

pytestmark = pytest.mark.django_db


def test_a_job_goes_through_its_stages_to_its_result(
    split_job: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    assert (split_job.stage, split_job.submission, split_job.tasks) == (Stage.SPLIT, 1, 0)

    job = split_done(split_job, site)
    assert (job.stage, job.submission, job.parts, job.tasks) == (Stage.PARTS, 2, 3, 2)
    assert (job.state, job.stage_since, job.slurm_id) == (State.PENDING, 2, "2")

    job = parts_done(job, site)
    assert (job.stage, job.submission, job.stage_since, job.tasks) == (Stage.MERGE, 3, 3, 0)

    site.start(job.key)
    run_to_its_end(job, site, store)
    assert look(job).state == State.COMPLETED
    moves = [(move.old, move.new, move.reason) for move in job.transitions.all()]
    assert ("running", "submitting", "It is split into 3 parts.") in moves
    assert ("running", "submitting", "All 3 parts are done; they are put together.") in moves
    assert not any(new == "clean" for old, new, _ in moves if old in ("pending", "running"))


def test_each_stage_is_told_what_it_needs(
    split_job: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    first = told(split_job, site)
    kept = f"../{split_job.kept_key}"
    assert (first["stage"], first["kept"], "results" in first, "parts" in first) == (
        "split",
        kept,
        False,
        False,
    )
    job = split_done(split_job, site)
    second = told(job, site)
    assert (second["stage"], second["kept"], "results" in second) == ("parts", kept, False)
    assert second["parts"] == 3
    job = parts_done(job, site)
    third = told(job, site)
    assert (third["stage"], third["kept"], third["parts"]) == ("merge", kept, 3)
    assert third["results"]


def test_code_that_does_not_split_has_one_stage(pending_job: Job, site: MemoryCluster) -> None:
    assert (pending_job.stage, pending_job.tasks) == (Stage.RUN, 0)
    content = told(pending_job, site)
    assert (content["stage"], "parts" in content) == ("run", False)


def test_what_an_earlier_stage_left_at_the_cluster_is_removed(
    split_job: Job, site: MemoryCluster
) -> None:
    job = parts_done(split_done(split_job, site), site)
    assert site.jobs_made() == [job.key]
    assert set(site.files) == {job.key, job.kept_key}


def test_a_worker_that_dies_after_the_move_leaves_a_job_that_goes_on(
    split_job: Job, site: MemoryCluster
) -> None:
    site.start(split_job.key)
    list_parts(split_job, site, 3)
    site.finish(split_job.key)
    job = look(split_job)
    assert (job.state, job.slurm_id, job.lease_until) == (State.SUBMITTING, "", None)
    assert look(job).state == State.SUBMITTING

    site.lose_next_answer()
    job = handed_in(job)
    assert job.state == State.SUBMITTING
    job = handed_in(job)
    assert (job.state, job.stage) == (State.PENDING, Stage.PARTS)
    assert site.jobs_made() == [job.key]


def test_a_worker_that_dies_before_the_move_finds_the_proof_again(
    split_job: Job, site: MemoryCluster
) -> None:
    job = split_done(split_job, site)
    site.start(job.key)
    look(job)
    do_parts(job, site, 0, 1, 2)
    site.cancel(job.ref)  # the rest of the array was ended, and then the worker died

    job = look(job)

    assert (job.state, job.stage) == (State.SUBMITTING, Stage.MERGE)


def test_workers_that_still_wait_are_ended_before_the_merge(
    split_job: Job, site: MemoryCluster
) -> None:
    job = split_done(split_job, site)
    site.start(job.key)
    look(job)
    do_parts(job, site, 0, 1)
    site.finish_task(job.key)
    assert look(job).state == State.RUNNING
    do_parts(job, site, 2)

    job = look(job)

    assert (job.state, job.stage) == (State.SUBMITTING, Stage.MERGE)
    assert phase(key_of(job.pk, 2), site) is Phase.CANCELLED


def test_parts_are_looked_for_only_once_a_worker_has_ended(
    split_job: Job, site: MemoryCluster
) -> None:
    job = split_done(split_job, site)
    site.start(job.key)
    look(job)
    do_parts(job, site, 0, 1, 2)
    assert look(job).stage == Stage.PARTS
    site.finish_task(job.key)
    assert look(job).stage == Stage.MERGE
