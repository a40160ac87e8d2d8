"""A job that the cluster lost, or could not run, is handed in again; its own failures are final."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from backends.base import JobRef, Phase, SignedRequest, Submission
from backends.memory import MemoryCluster, MemoryStore
from jobs import tasks
from jobs.following.outcome import HAND_IN_AT_MOST, LOSSES_AT_MOST
from jobs.models import Job, LostRace
from jobs.node.endings import EXIT_CODES
from jobs.states import State
from jobs.steps import submit as submit_step
from tests.jobs.steps.following import fresh, look, run_to_its_end
from tests.walk import play_node

pytestmark = pytest.mark.django_db


def long_in_doubt(job: Job) -> None:
    """The end of the run has not been proved for an hour."""
    Job.objects.filter(pk=job.pk).update(unseen_since=timezone.now() - timedelta(hours=1))


def lose(job: Job, site: MemoryCluster) -> Job:
    """The cluster forgets the job, and is asked until that is believed."""
    site.forget(job.key)
    long_in_doubt(job)
    return look(job)


def hand_in(job: Job) -> Job:
    """The pause is over."""
    Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
    tasks.submit(str(job.pk))
    return fresh(job)


def test_a_lost_job_runs_under_a_new_name_and_is_delivered(
    pending_job: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    first = pending_job.key
    job = hand_in(lose(pending_job, site))
    assert (job.state, job.key, job.restart_count) == (State.PENDING, f"{first}-2", 0)
    site.start(job.key)
    look(job)
    run_to_its_end(job, site, store)
    look(job)
    tasks.deliver(str(job.pk))
    assert fresh(job).state == State.DELIVERED
    assert site.jobs_made() == [job.key]


def test_a_loss_waits_a_moment_before_the_job_is_handed_in(
    pending_job: Job, site: MemoryCluster
) -> None:
    job = lose(pending_job, site)
    assert job.due_at > timezone.now()
    tasks.submit(str(job.pk))
    assert fresh(job).state == State.CLEAN


def test_the_collaborator_gets_no_letter_about_a_loss(
    pending_job: Job, site: MemoryCluster
) -> None:
    tasks.send_letters()
    sent = len(mail.outbox)
    hand_in(lose(pending_job, site))
    tasks.send_letters()
    assert len(mail.outbox) == sent


def given_up(job: Job) -> Job:
    """The job, taken for lost while the cluster still has it."""
    job.move_to(State.CLEAN, "Lost, as it seemed.", submission=2, slurm_id="")
    return job


def test_what_comes_back_before_it_is_handed_in_again_is_taken_up(
    pending_job: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    first = pending_job.key
    site.start(first)
    job = hand_in(given_up(pending_job))
    assert (job.state, job.key, job.slurm_id) == (State.PENDING, first, "1")
    assert site.jobs_made() == [first]
    run_to_its_end(job, site, store)
    assert look(job).state == State.COMPLETED


def test_what_is_just_ending_is_neither_taken_up_nor_run_beside(
    pending_job: Job, site: MemoryCluster
) -> None:
    first = pending_job.key
    site.start(first)
    site.begin_to_die(first)
    job = hand_in(given_up(pending_job))
    assert (job.state, job.submission) == (State.SUBMITTING, 2)
    assert (site.jobs_made(), site.cancelled) == ([first], [])
    site.cancel(JobRef(first, ""))  # now it is dead
    job = hand_in(job)
    assert (job.state, site.jobs_made()) == (State.PENDING, [f"{first}-2"])


def test_what_has_come_back_and_ended_well_is_not_run_again(
    pending_job: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    site.start(pending_job.key)
    run_to_its_end(pending_job, site, store)
    assert look(hand_in(given_up(pending_job))).state == State.COMPLETED
    assert len(site.jobs_made()) == 1


def test_what_has_ended_without_a_result_is_run_again(
    pending_job: Job, site: MemoryCluster
) -> None:
    first = pending_job.key
    site.start(first)
    site.finish(first)
    job = hand_in(given_up(pending_job))
    assert job.key == f"{first}-2"
    assert site.jobs_made() == [job.key]


def test_what_is_left_of_a_lost_job_is_ended_before_it_is_handed_in_again(
    pending_job: Job, site: MemoryCluster
) -> None:
    first = pending_job.key
    site.hold_back(first, "launch failed requeued held")
    hand_in(given_up(pending_job))
    assert site.jobs_made() == [f"{first}-2"]
    assert first not in site.files


def test_a_zombies_result_is_not_the_new_runs(
    pending_job: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    old_urls = site.files[pending_job.key]["job.json"]
    job = hand_in(lose(pending_job, site))
    play_node(store, old_urls, 0, {"a.count": b"from the zombie"})
    site.start(job.key)
    site.finish(job.key)  # and this one's manifest is missing
    assert look(job).state == State.PENDING
    assert "not all stored" in fresh(job).waiting_for


def test_a_zombies_bytes_go_with_the_results(
    pending_job: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    urls = json.loads(site.files[pending_job.key]["job.json"])["results"]["attempts"]["0"]
    job = hand_in(lose(pending_job, site))
    store.send(SignedRequest("PUT", urls["pieces"][0]), b"late")
    job.move_to(State.CANCELLED)
    tasks.expire(str(job.pk))
    assert list(store.list_objects("results/")) == []


def test_losses_without_end_fail_with_the_reason(pending_job: Job, site: MemoryCluster) -> None:
    job = pending_job
    for _loss in range(LOSSES_AT_MOST - 1):
        job = hand_in(lose(job, site))
    assert job.state == State.PENDING
    assert lose(job, site).state == State.FAILED
    assert "lost" in fresh(job).reason


def break_down(job: Job, site: MemoryCluster, reason: str) -> Job:
    """Its node ends the run for this reason."""
    site.start(job.key)
    site.finish(job.key, EXIT_CODES[reason], reason)
    return look(job)


@pytest.mark.parametrize("reason", sorted(HAND_IN_AT_MOST))
def test_a_nodes_fault_is_no_failure_of_the_job_until_it_comes_again_and_again(
    pending_job: Job, site: MemoryCluster, reason: str
) -> None:
    job = pending_job
    for _fault in range(HAND_IN_AT_MOST[reason] - 1):
        job = break_down(job, site, reason)
        assert job.state == State.CLEAN
        job = hand_in(job)
    assert break_down(job, site, reason).state == State.FAILED


def test_an_outage_of_the_store_uses_up_no_try_of_a_lost_job(
    pending_job: Job, site: MemoryCluster
) -> None:
    job = pending_job
    for _outage in range(LOSSES_AT_MOST):
        job = hand_in(break_down(job, site, "store_unreachable"))
    assert lose(job, site).state == State.CLEAN


@pytest.mark.parametrize("reason", ["code_failed", "code_refused", "no_results"])
def test_the_codes_own_failure_is_final(pending_job: Job, site: MemoryCluster, reason: str) -> None:
    site.start(pending_job.key)
    site.finish(pending_job.key, EXIT_CODES[reason], reason)
    assert look(pending_job).state == State.FAILED


def test_an_end_without_a_word_is_waited_for_then_blamed_on_the_node(
    pending_job: Job, site: MemoryCluster
) -> None:
    site.start(pending_job.key)
    site.finish(pending_job.key, exit_code=9)
    del site.files[pending_job.key]["end.0.json"]
    assert look(pending_job).state == State.PENDING  # the file may only be late
    long_in_doubt(pending_job)
    assert look(pending_job).state == State.CLEAN


@pytest.mark.parametrize("phase", [Phase.FAILED, Phase.CANCELLED])
def test_slurms_bad_word_comes_too_late_when_the_result_is_stored(
    pending_job: Job, site: MemoryCluster, store: MemoryStore, phase: Phase
) -> None:
    site.start(pending_job.key)
    run_to_its_end(pending_job, site, store)
    site._show(pending_job.key, phase, "TIMEOUT")  # slurmctld was away for an hour
    assert look(pending_job).state == State.COMPLETED


def test_a_timeout_of_what_never_began_is_no_failure(pending_job: Job, site: MemoryCluster) -> None:
    site._show(pending_job.key, Phase.FAILED, "TIMEOUT")
    long_in_doubt(pending_job)
    assert look(pending_job).state == State.CLEAN


def test_a_timeout_of_what_ran_is_final(pending_job: Job, site: MemoryCluster) -> None:
    site.start(pending_job.key)
    site.put_file(pending_job.key, "newest", b"0\n")
    site._show(pending_job.key, Phase.FAILED, "TIMEOUT")
    long_in_doubt(pending_job)
    assert look(pending_job).state == State.FAILED
    assert "time limit" in fresh(pending_job).reason


def test_a_job_that_slurm_could_not_start_is_handed_in_again(
    pending_job: Job, site: MemoryCluster
) -> None:
    site.hold_back(pending_job.key, "launch failed requeued held")
    job = look(pending_job)
    assert (job.state, job.submission) == (State.CLEAN, 2)
    seen = site.observe([pending_job.ref])[pending_job.key]
    assert seen.phase is Phase.CANCELLED  # so that nobody releases it any more
    hand_in(job)
    assert site.jobs_made() == [f"{pending_job.key}-2"]


def test_a_job_that_ended_before_slurmctld_crashed_is_not_run_again(
    pending_job: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    site.start(pending_job.key)
    run_to_its_end(pending_job, site, store)
    site.hold_back(pending_job.key, "launch failed requeued held")
    assert look(pending_job).state == State.COMPLETED


def test_a_job_that_a_person_holds_waits_for_a_person(
    pending_job: Job, site: MemoryCluster
) -> None:
    site.hold_back(pending_job.key)
    assert look(pending_job).state == State.PENDING


def test_a_worker_whose_claim_was_overtaken_does_not_ask_the_cluster(
    clean_job: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    worker = claimed_for_submit(clean_job)
    fresh(clean_job).move_to(State.CANCELLED, actor="collaborator")
    with pytest.raises(LostRace):
        submit_step.submit(worker, store=store, cluster=site)
    assert site.files == {}


def test_a_job_cancelled_while_the_cluster_is_asked_leaves_nothing_there(
    clean_job: Job, site: MemoryCluster, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, ask = claimed_for_submit(clean_job), site.submit

    def ask_too_late(submission: Submission) -> str:
        fresh(clean_job).move_to(State.CANCELLED, actor="collaborator")
        Job.objects.update(due_at=timezone.now())
        tasks.expire(str(clean_job.pk))  # before the cluster has heard of it
        return ask(submission)

    monkeypatch.setattr(site, "submit", ask_too_late)
    with pytest.raises(LostRace):
        submit_step.submit(worker, store=store, cluster=site)
    tasks.expire(str(clean_job.pk))
    assert site.jobs_made() == []
    assert site.files == {}
    assert fresh(clean_job).state == State.CANCELLED


def claimed_for_submit(job: Job) -> Job:
    """The job in the hands of a worker that is about to hand it in."""
    worker = Job.objects.claim(job.pk, "submit")
    assert worker is not None
    worker.move_to(State.SUBMITTING)
    return worker


def test_the_directory_of_a_run_that_still_dies_is_not_removed_yet(
    pending_job: Job, site: MemoryCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.start(pending_job.key)
    end = site.cancel
    monkeypatch.setattr(site, "cancel", lambda ref: None)  # KillWait is not over
    fresh(pending_job).move_to(State.CANCELLED, actor="collaborator")
    tasks.expire(str(pending_job.pk))
    assert pending_job.key in site.files
    assert "being ended" in fresh(pending_job).waiting_for
    monkeypatch.setattr(site, "cancel", end)
    Job.objects.update(due_at=timezone.now())
    tasks.expire(str(pending_job.pk))
    assert site.files == {}
    assert fresh(pending_job).scratch_removed_at is not None
