"""The whole line, offline: submit, track, deliver, expire, by the tasks as a worker runs them."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.utils import timezone

from backends.base import SignedRequest
from backends.memory import MemoryCluster, MemoryStore
from jobs import tasks
from jobs.jobfile import piece_name
from jobs.models import Job, LostRace
from jobs.node.endings import EXIT_CODES
from jobs.states import State
from tests.jobs.steps.following import fresh, look, run_to_its_end
from uploads.models import Upload

pytestmark = pytest.mark.django_db


def test_submit_hands_over_everything_but_keys(pending_job: Job, site: MemoryCluster) -> None:
    assert pending_job.state == State.PENDING
    assert pending_job.slurm_id
    files = site.files[pending_job.key]
    assert set(files) == {"job.sh", "run.pyz", "pipeline.py", "job.json"}
    content = json.loads(files["job.json"])
    assert content["inputs"][0]["name"] == "letters.txt"
    assert list(content["results"]["attempts"])[:2] == ["0", "1"]


def test_a_lost_answer_to_submit_doubles_nothing(clean_job: Job, site: MemoryCluster) -> None:
    site.lose_next_answer()
    tasks.submit(str(clean_job.pk))
    job = fresh(clean_job)
    assert (job.state, job.slurm_id) == (State.SUBMITTING, "")
    Job.objects.filter(pk=job.pk).update(due_at=job.created_at)
    tasks.submit(str(job.pk))
    assert fresh(job).state == State.PENDING
    assert site.jobs_made() == [job.key]


def test_what_slurm_refuses_fails_with_slurms_words(clean_job: Job, site: MemoryCluster) -> None:
    site.refuse("Invalid qos specification")
    tasks.submit(str(clean_job.pk))
    job = fresh(clean_job)
    assert job.state == State.FAILED
    assert "Invalid qos" in job.reason


def test_a_closed_cluster_makes_jobs_wait(clean_job: Job, site: MemoryCluster) -> None:
    clean_job.cluster.is_open = False
    clean_job.cluster.save()
    tasks.submit(str(clean_job.pk))
    assert fresh(clean_job).state == State.CLEAN
    assert "closed" in fresh(clean_job).waiting_for
    assert site.jobs_made() == []


def test_a_run_is_followed_to_its_proved_end(
    pending_job: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    site.start(pending_job.key)
    assert look(pending_job).state == State.RUNNING
    run_to_its_end(pending_job, site, store)
    assert look(pending_job).state == State.COMPLETED


def test_a_run_that_begins_and_ends_between_two_looks_shows_both(
    pending_job: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    site.start(pending_job.key)
    run_to_its_end(pending_job, site, store)
    assert look(pending_job).state == State.COMPLETED
    assert [t.new for t in pending_job.transitions.all()][-3:] == [
        "pending",
        "running",
        "completed",
    ]


def test_preemption_is_an_ordinary_move(
    pending_job: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    site.start(pending_job.key)
    look(pending_job)
    site.preempt(pending_job.key)
    paused = look(pending_job)
    assert paused.state == State.PENDING
    assert "more urgent job" in paused.reason
    site.start(pending_job.key)
    assert look(pending_job).state == State.RUNNING
    run_to_its_end(pending_job, site, store, attempt=1)
    assert look(pending_job).state == State.COMPLETED
    assert [a.number for a in pending_job.attempts.all()] == [0, 1]


def test_a_preemption_between_two_looks_is_on_the_timeline(
    pending_job: Job, site: MemoryCluster
) -> None:
    site.start(pending_job.key)
    look(pending_job)
    site.preempt(pending_job.key)
    site.start(pending_job.key)
    look(pending_job)
    look(pending_job)
    moves = [t.new for t in pending_job.transitions.all()]
    assert moves[-3:] == ["running", "pending", "running"]


def test_slurms_completed_without_a_manifest_is_not_done(
    pending_job: Job, site: MemoryCluster
) -> None:
    site.start(pending_job.key)
    look(pending_job)
    site.finish(pending_job.key)
    job = look(pending_job)
    assert job.state == State.RUNNING
    assert "not all stored" in job.waiting_for
    Job.objects.filter(pk=job.pk).update(unseen_since=timezone.now() - timedelta(hours=1))
    assert look(job).state == State.CLEAN  # it is handed in again


def test_a_manifest_whose_object_is_not_whole_is_not_done(
    pending_job: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    site.start(pending_job.key)
    run_to_its_end(pending_job, site, store)
    store.write(piece_name(pending_job, 0, 0), b"other size")
    assert look(pending_job).state == State.PENDING


def test_a_vanished_job_is_looked_for_before_it_is_lost(
    pending_job: Job, site: MemoryCluster
) -> None:
    site.forget(pending_job.key)
    job = look(pending_job)
    assert job.state == State.PENDING
    Job.objects.filter(pk=job.pk).update(unseen_since=timezone.now() - timedelta(hours=1))
    assert look(job).state == State.CLEAN
    assert "lost" in fresh(job).reason


def test_code_that_fails_says_why(pending_job: Job, site: MemoryCluster) -> None:
    site.start(pending_job.key)
    site.finish(pending_job.key, exit_code=EXIT_CODES["code_failed"])
    site.files[pending_job.key]["end.0.json"] = json.dumps(
        {"exit_code": 70, "message": "ValueError: no header in line 1"}
    ).encode()
    assert look(pending_job).state == State.FAILED
    assert fresh(pending_job).reason == "no header in line 1"


def test_an_unreachable_cluster_changes_no_state(pending_job: Job, site: MemoryCluster) -> None:
    site.go_down()
    job = look(pending_job)
    assert job.state == State.PENDING
    assert "cannot be reached" in job.waiting_for
    site.come_up()
    site.start(job.key)
    assert look(job).state == State.RUNNING


def test_signed_urls_are_renewed_while_the_job_waits(pending_job: Job, site: MemoryCluster) -> None:
    site.files[pending_job.key]["job.json"] = b"its URLs are about to end"
    Job.objects.filter(pk=pending_job.pk).update(signed_until=timezone.now() + timedelta(hours=1))
    job = look(pending_job)
    assert json.loads(site.files[job.key]["job.json"])["key"] == job.key
    assert job.signed_until is not None
    assert job.signed_until > timezone.now() + timedelta(days=6)


def test_the_line_ends_with_a_letter_whose_link_works_once_clicked(
    pending_job: Job, site: MemoryCluster, store: MemoryStore, client: Client
) -> None:
    site.start(pending_job.key)
    run_to_its_end(pending_job, site, store)
    look(pending_job)
    tasks.deliver(str(pending_job.pk))
    tasks.send_letters()
    letters = {str(m.subject): m for m in mail.outbox}
    assert len(letters) == 2
    body = str(mail.outbox[-1].body)
    path = next(word for word in body.split() if "/r/" in word).partition("127.0.0.1:8000")[2]
    link = pending_job.links.get()
    for _scanner in range(3):
        assert client.get(path).status_code == 200
        assert client.head(path).status_code == 200
    link.refresh_from_db()
    assert link.downloads == 0
    answer = client.post(path + "1")
    assert answer.status_code == 303
    assert store.send(SignedRequest("GET", answer["Location"])) == b"2"
    link.refresh_from_db()
    assert link.downloads == 1
    tasks.send_letters()
    assert len(mail.outbox) == 2


def test_inputs_go_when_the_job_is_over_and_results_at_their_expiry(
    pending_job: Job, site: MemoryCluster, store: MemoryStore, client: Client
) -> None:
    site.start(pending_job.key)
    run_to_its_end(pending_job, site, store)
    look(pending_job)
    tasks.deliver(str(pending_job.pk))
    tasks.expire(str(pending_job.pk))
    assert list(store.list_objects("uploads/")) == []
    assert pending_job.key not in site.files
    assert len(list(store.list_objects("results/"))) == 2
    token = pending_job.links.get().token
    over = timezone.now() - timedelta(minutes=1)
    Job.objects.filter(pk=pending_job.pk).update(expires_at=over, due_at=over)
    pending_job.links.update(expires_at=over)
    tasks.expire(str(pending_job.pk))
    assert fresh(pending_job).state == State.EXPIRED
    assert list(store.list_objects("")) == []
    assert client.get(f"/r/{token}/").status_code == 410
    assert client.post(f"/r/{token}/1").status_code == 410


@pytest.mark.parametrize("end", [State.FAILED, State.CANCELLED])
def test_a_job_that_ended_early_leaves_nothing(
    pending_job: Job, site: MemoryCluster, store: MemoryStore, end: State
) -> None:
    fresh(pending_job).move_to(end, "ended early")
    tasks.expire(str(pending_job.pk))
    assert list(store.list_objects("")) == []
    assert site.jobs_made() == []


def test_an_abandoned_upload_expires(job: Job, store: MemoryStore, site: MemoryCluster) -> None:
    tasks.expire(str(job.pk))
    assert fresh(job).state == State.UPLOADING
    long_ago = timezone.now() - timedelta(days=8)
    Job.objects.filter(pk=job.pk).update(created_at=long_ago, due_at=long_ago)
    tasks.expire(str(job.pk))
    assert fresh(job).state == State.UPLOADING  # a file of it was touched since
    Upload.objects.update(touched_at=long_ago)
    Job.objects.filter(pk=job.pk).update(due_at=long_ago)
    tasks.expire(str(job.pk))
    assert fresh(job).state == State.EXPIRED
    assert Upload.objects.get().closed_at is not None


def test_clean_up_waits_for_a_cluster_that_is_down(
    pending_job: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    fresh(pending_job).move_to(State.FAILED, "ended early")
    site.go_down()
    tasks.expire(str(pending_job.pk))
    assert fresh(pending_job).scratch_removed_at is None
    assert fresh(pending_job).waiting_for


def test_a_cancel_in_mid_submit_cleans_up_when_the_submit_is_over(
    clean_job: Job, site: MemoryCluster, client: Client, sam: User
) -> None:
    at_work = Job.objects.claim(clean_job.pk, "submit")
    assert at_work is not None
    at_work.move_to(State.SUBMITTING)
    client.force_login(sam)
    data = {"decision": "cancel", "reason": "The study is over."}
    client.post(f"/admin/jobs/job/{clean_job.pk}/decide/", data)
    assert fresh(clean_job).state == State.CANCELLED
    tasks.expire(str(clean_job.pk))
    assert fresh(clean_job).scratch_removed_at is None  # sbatch may be on its way at this moment
    with pytest.raises(LostRace):
        at_work.move_to(State.PENDING, slurm_id="7")
    Job.objects.filter(pk=clean_job.pk).update(due_at=timezone.now())
    tasks.expire(str(clean_job.pk))
    assert fresh(clean_job).scratch_removed_at is not None
