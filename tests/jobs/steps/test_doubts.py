"""What a run leaves is not believed, a doubt is not kept, and one job's trouble is its own."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from backends.base import ObjectNotFound, SignedRequest, StoreError
from backends.memory import MemoryCluster, MemoryStore
from jobs import tasks
from jobs.jobfile import manifest_name, piece_name
from jobs.manifest import read_manifest
from jobs.models import Job
from jobs.node.endings import EXIT_CODES
from jobs.results.ends import GRACE
from jobs.states import State
from jobs.steps.receive import announce, receive
from pipelines.models import Pipeline
from tests.jobs.steps.following import fresh, look, run_to_its_end
from tests.walk import send_all, walk_to
from uploads.rules import DeclaredFile

pytestmark = pytest.mark.django_db
ENTRY = {
    "name": "a", "size_bytes": 3, "sha256": "0" * 64, "pieces": [{"slot": 0, "size_bytes": 3}],
}  # fmt: skip


def another(pipeline: Pipeline, store: MemoryStore) -> Job:
    """Eve's job, pending beside Olga's."""
    job = announce(pipeline, "eve@far.example", [DeclaredFile("a.txt", 1)])
    send_all(job, store, [b"x"])
    receive(job)
    walk_to(job, State.CLEAN)
    tasks.submit(str(job.pk))
    return fresh(job)


@pytest.mark.parametrize(
    "entry",
    [
        {"pieces": []},
        {"pieces": {}},
        {"pieces": [{"slot": 100, "size_bytes": 3}]},
        {"pieces": [{"slot": -1, "size_bytes": 3}]},
        {"pieces": [{"slot": float("inf"), "size_bytes": 3}]},
        {"pieces": [{"slot": 0, "size_bytes": 1}, {"slot": 0, "size_bytes": 2}]},
        {"size_bytes": 10**9},
        {"sha256": "unknown"},
        {"crc32": "0"},
        {"crc32": True},
        {"crc32": -1},
        {"crc32": 2**32},
        {"packed_files": "many"},
        {"packed_files": True},
        {"packed_files": 0},
        {"name": None},
    ],
)
def test_a_manifest_that_does_not_add_up_is_refused(job: Job, entry: dict[str, Any]) -> None:
    manifest = {"job": str(job.pk), "attempt": 0, "results": [ENTRY | entry]}
    with pytest.raises(StoreError, match="makes no sense"):
        read_manifest(job, 0, json.dumps(manifest).encode())


@pytest.mark.parametrize("entries", [[], [ENTRY, ENTRY], [ENTRY] * 101])
def test_a_manifest_names_each_piece_once_and_some_but_not_too_many(
    job: Job, entries: list[dict[str, Any]]
) -> None:
    manifest = {"job": str(job.pk), "attempt": 0, "results": entries}
    with pytest.raises(StoreError, match="makes no sense"):
        read_manifest(job, 0, json.dumps(manifest).encode())


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b"[" * 5000, b"\xff", b'{"results": 1}'])
def test_a_manifest_that_is_none_is_refused(job: Job, text: bytes) -> None:
    with pytest.raises(StoreError, match="makes no sense"):
        read_manifest(job, 0, text)


@pytest.mark.parametrize(
    "end_file",
    [b"[]", b"[" * 5000, b'{"message": "\\ud800\\u0000"}', b'{"message": {}}', b"", b"null"],
)
def test_what_a_run_writes_keeps_no_other_job_waiting(
    pending_job: Job, pipeline: Pipeline, site: MemoryCluster, store: MemoryStore, end_file: bytes
) -> None:
    eves = another(pipeline, store)
    for job in (eves, pending_job):
        site.start(job.key)
    site.finish(eves.key, exit_code=EXIT_CODES["code_failed"])
    Job.objects.filter(pk=eves.pk).update(unseen_since=timezone.now() - timedelta(hours=1))
    site.files[eves.key]["end.0.json"] = end_file
    run_to_its_end(pending_job, site, store)
    assert look(pending_job).state == State.COMPLETED
    assert fresh(eves).state == State.FAILED


def test_a_hostile_manifest_fails_its_own_job_only(
    pending_job: Job, pipeline: Pipeline, site: MemoryCluster, store: MemoryStore
) -> None:
    eves = another(pipeline, store)
    for job in (eves, pending_job):
        site.start(job.key)
    store.write(manifest_name(eves, 0), b'{"results": Infinity}')
    site.finish(eves.key)
    run_to_its_end(pending_job, site, store)
    assert look(pending_job).state == State.COMPLETED
    assert fresh(eves).state == State.FAILED


def test_an_old_doubt_does_not_count_when_the_job_was_seen_since(
    pending_job: Job, site: MemoryCluster
) -> None:
    site.start(pending_job.key)
    Job.objects.update(unseen_since=timezone.now() - timedelta(hours=3), waiting_for="a doubt")
    job = look(pending_job)
    assert (job.unseen_since, job.waiting_for) == (None, "")
    site.finish(job.key)  # and its manifest is not visible yet
    assert look(job).state == State.RUNNING


def test_a_look_that_took_long_is_not_applied_to_what_has_moved_since(
    pending_job: Job, site: MemoryCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_at = site.observe

    def slow_look(jobs: Any) -> Any:
        seen = look_at(jobs)
        fresh(pending_job).move_to(State.CANCELLED, actor="collaborator")
        return seen

    site.start(pending_job.key)
    monkeypatch.setattr(site, "observe", slow_look)
    job = look(pending_job)
    assert (job.state, job.waiting_for) == (State.CANCELLED, "")


def test_a_hiccup_of_the_database_is_no_try_of_the_job(
    uploaded_job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hiccup(*arguments: object, **named: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr("jobs.steps.scan.scan", hiccup)
    with pytest.raises(OperationalError):
        tasks.scan(str(uploaded_job.pk))
    assert fresh(uploaded_job).tries == 0


def test_what_is_said_to_be_waited_for_ends_when_the_cluster_answers(
    pending_job: Job, site: MemoryCluster
) -> None:
    site.go_down()
    assert look(pending_job).waiting_for
    site.come_up()
    assert look(pending_job).waiting_for == ""


def test_strangers_are_not_told_the_names_of_hosts(pending_job: Job, client: Client) -> None:
    pending_job.save_fields(waiting_for="freeloader@login1.internal:22 cannot be reached.")
    page = client.get(f"/j/{pending_job.status_token}/").content.decode()
    assert "login1" not in page
    assert "does not answer as it should" in page


def test_an_older_runs_failure_does_not_end_a_newer_run(
    pending_job: Job, site: MemoryCluster
) -> None:
    site.start(pending_job.key)
    site.finish(pending_job.key, exit_code=76)
    Job.objects.update(restart_count=1)
    job = look(pending_job)
    assert job.state == State.PENDING
    assert job.unseen_since is not None


def test_a_completed_attempt_is_recorded_as_such(
    pending_job: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    site.start(pending_job.key)
    look(pending_job)
    run_to_its_end(pending_job, site, store)
    look(pending_job)
    attempt = pending_job.attempts.get()
    assert (attempt.slurm_state, attempt.exit_code) == ("COMPLETED", 0)
    assert attempt.ended_at is not None


def test_a_second_tab_that_hands_over_hears_that_all_is_well(job: Job, store: MemoryStore) -> None:
    send_all(job, store, [b"hello world"])
    second = fresh(job)
    receive(job)
    assert receive(second) == []
    assert second.state == State.UPLOADED
    assert job.transitions.count() == 1


def test_an_upload_that_was_given_up_takes_nothing_more(
    client: Client, job: Job, store: MemoryStore
) -> None:
    job.move_to(State.CANCELLED, "changed her mind", actor="collaborator")
    assert client.post(f"/u/{job.upload.handle}/open").status_code == 410


def test_bytes_that_come_late_are_deleted_when_no_url_is_good_any_more(
    pending_job: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    content = json.loads(site.files[pending_job.key]["job.json"])
    url = content["results"]["attempts"]["0"]["pieces"][0]
    fresh(pending_job).move_to(State.CANCELLED)
    tasks.expire(str(pending_job.pk))
    store.send(SignedRequest("PUT", url), b"from a run that was still under way")
    job = fresh(pending_job)
    assert job.signed_until is not None
    assert job.due_at > job.signed_until
    long_ago = timezone.now() - timedelta(days=10)
    Job.objects.update(due_at=long_ago, signed_until=long_ago, ended_at=long_ago)
    tasks.expire(str(pending_job.pk))
    with pytest.raises(ObjectNotFound):
        store.stat(piece_name(pending_job, 0, 0))
    assert fresh(pending_job).cleared_at is not None
    assert fresh(pending_job).due_at.year == 9000


def test_cleaning_up_is_never_given_up(pending_job: Job, site: MemoryCluster) -> None:
    fresh(pending_job).move_to(State.FAILED, "ended early")
    Job.objects.update(tries=50)
    tasks.expire(str(pending_job.pk))
    assert fresh(pending_job).scratch_removed_at is not None


def test_inputs_are_kept_for_as_long_as_was_promised_after_the_end(
    pending_job: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    pending_job.settings["input_days"] = 30
    pending_job.save_fields(settings=pending_job.settings)
    site.start(pending_job.key)
    run_to_its_end(pending_job, site, store)
    look(pending_job)
    tasks.deliver(str(pending_job.pk))
    now = timezone.now()
    Job.objects.update(
        created_at=now - timedelta(days=40),
        ended_at=now - timedelta(days=14),
        expires_at=now - GRACE,
        due_at=now,
    )
    tasks.expire(str(pending_job.pk))
    assert fresh(pending_job).state == State.EXPIRED
    assert [stored.name[:8] for stored in store.list_objects("uploads/")] == ["uploads/"]
