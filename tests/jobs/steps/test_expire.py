"""What is deleted was counted before and is looked for afterwards; a row says both."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from backends.base import Footprint, StoreError
from backends.memory import MemoryCluster, MemoryStore
from jobs import alarms, reasons, tasks
from jobs.deletion import counted, remains
from jobs.models import Alarm, Job, Removal
from jobs.states import State
from tests.jobs.steps.following import fresh, look, run_to_its_end

pytestmark = pytest.mark.django_db
What = Removal.What


def seen(job: Job) -> dict[str, list[tuple[Footprint, Footprint]]]:
    """Of each kind, what every look removed and what it left."""
    rows: dict[str, list[tuple[Footprint, Footprint]]] = {}
    for row in job.removals.all():
        removed = Footprint(row.objects_removed, row.segments_removed, row.bytes_removed)
        left = Footprint(row.objects_left, row.segments_left, row.bytes_left)
        rows.setdefault(row.what, []).append((removed, left))
    return rows


def expire_now(job: Job) -> Job:
    Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
    tasks.expire(str(job.pk))
    return fresh(job)


@pytest.fixture
def delivered_job(pending_job: Job, site: MemoryCluster, store: MemoryStore) -> Job:
    site.start(pending_job.key)
    run_to_its_end(pending_job, site, store, files={"a.txt": b"four", "b.txt": b"12345"})
    look(pending_job)
    tasks.deliver(str(pending_job.pk))
    return fresh(pending_job)


def test_a_whole_life_leaves_a_row_for_each_kind_and_nothing_in_the_store(
    delivered_job: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    results = store.count(f"results/{delivered_job.pk}/")
    site.files[delivered_job.kept_key] = {"state": b"x"}
    expire_now(delivered_job)
    long_ago = timezone.now() - timedelta(days=30)
    Job.objects.update(expires_at=long_ago, ended_at=long_ago, signed_until=long_ago)
    assert expire_now(delivered_job).state == State.EXPIRED
    assert expire_now(delivered_job).cleared_at
    nothing = Footprint()
    assert seen(delivered_job) == {
        What.SCRATCH: [(Footprint(objects=2), nothing)],
        What.INPUTS: [(Footprint(1, 0, 11), nothing)],
        What.RESULTS: [(results, nothing)],
        What.LATE: [(nothing, nothing)],
    }
    assert (results.objects, store.count(""), site.files) == (3, nothing, {})
    assert [file.name for file in delivered_job.results.all()] == ["a.txt", "b.txt"]
    assert [file.name for file in delivered_job.upload.files.all()] == ["letters.txt"]


def test_what_is_still_listed_is_not_called_deleted_and_is_looked_for_again(
    pending_job: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    store.is_late = True
    fresh(pending_job).move_to(State.CANCELLED, "Olga cancelled it.")
    job = expire_now(pending_job)
    assert (job.inputs_deleted_at, job.waiting_for) == (None, reasons.STILL_SHOWN)
    assert job.due_at > timezone.now()
    expire_now(job)  # sees the same: that is no news
    assert seen(job)[What.INPUTS] == [(Footprint(), Footprint(1, 0, 11))]
    store.catch_up()
    job = expire_now(job)
    assert (bool(job.inputs_deleted_at), job.waiting_for, job.outages) == (True, "", 0)
    assert seen(job)[What.INPUTS][1:] == [(Footprint(1, 0, 11), Footprint())]


def test_results_that_are_still_listed_leave_the_job_as_it_is(
    delivered_job: Job, store: MemoryStore, site: MemoryCluster
) -> None:
    Job.objects.update(expires_at=timezone.now() - timedelta(days=1))
    store.is_late = True
    assert expire_now(delivered_job).state == State.DELIVERED
    store.catch_up()
    assert expire_now(delivered_job).state == State.EXPIRED


def test_a_cluster_that_is_away_keeps_no_result_in_the_store(
    delivered_job: Job, store: MemoryStore, site: MemoryCluster
) -> None:
    Job.objects.update(expires_at=timezone.now() - timedelta(days=1))
    site.go_down()
    job = expire_now(delivered_job)
    assert job.results_deleted_at
    assert not store.count("")
    assert (job.state, job.scratch_removed_at) == (State.EXPIRED, None)
    job = expire_now(job)
    assert "cannot be reached" in job.waiting_for
    site.come_up()
    assert expire_now(job).scratch_removed_at


def test_a_directory_that_comes_back_is_removed_again(
    pending_job: Job, site: MemoryCluster
) -> None:
    def remove_and_write_again() -> None:
        site.remove(pending_job.key)
        site.files[pending_job.key] = {"core": b""}

    keys = [pending_job.key, pending_job.kept_key]
    assert not counted.from_cluster(pending_job, keys, remove=remove_and_write_again, cluster=site)
    assert counted.left_of(pending_job)
    assert counted.from_cluster(
        pending_job, keys, remove=lambda: site.remove(pending_job.key), cluster=site
    )
    assert not counted.left_of(pending_job)
    assert [row.objects_removed for row in pending_job.removals.all()] == [0, 1]


def test_what_an_outage_interrupts_is_counted_when_it_is_done(job: Job, store: MemoryStore) -> None:
    for number in range(3):
        store.write(f"results/{job.pk}/{number}", b"1234")
    prefix = f"results/{job.pk}/"

    def remove_one_and_break_off() -> None:
        store.delete(f"{prefix}0")
        raise StoreError("The store does not answer.", transient=True)

    with pytest.raises(StoreError):
        counted.from_store(
            job, What.RESULTS, [prefix], remove=remove_one_and_break_off, store=store
        )
    assert counted.from_store(
        job,
        What.RESULTS,
        [prefix],
        remove=lambda: remains.remove_below(prefix, store),
        store=store,
    )
    three = Footprint(3, 0, 12)
    assert seen(job)[What.RESULTS] == [(Footprint(), three), (three, Footprint())]


def test_staff_are_told_of_what_does_not_go_and_not_of_what_goes_soon(
    pending_job: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    store.is_late = True
    fresh(pending_job).move_to(State.FAILED, "ended early")
    for _ in range(alarms.SHOWN_STILL - 1):
        expire_now(pending_job)
    alarms.look()
    assert not Alarm.objects.exists()
    expire_now(pending_job)
    alarms.look()
    assert pending_job.short_id in Alarm.objects.get(ended_at=None).text
    store.catch_up()
    expire_now(pending_job)
    alarms.look()
    assert not Alarm.objects.filter(ended_at=None).exists()


def test_the_history_says_what_was_there_and_that_none_of_it_is_left(
    delivered_job: Job, site: MemoryCluster, client: Client
) -> None:
    expire_now(delivered_job)
    page = client.get(f"/j/{delivered_job.status_token}/").content.decode()
    assert "Your file was deleted" in page
    assert "11 bytes, one piece in the store; nothing of it is left there." in page
    assert "files of the result were deleted" not in page
    Job.objects.update(expires_at=timezone.now() - timedelta(days=1))
    expire_now(delivered_job)
    page = client.get(f"/j/{delivered_job.status_token}/").content.decode()
    assert "The 2 files of the result were deleted" in page
    assert "9 bytes, 3 pieces in the store; none of them is left there." in page


def test_of_files_that_never_came_none_is_said_to_be_deleted(
    job: Job, site: MemoryCluster, client: Client
) -> None:
    job.move_to(State.CANCELLED, "Olga cancelled it.")
    assert expire_now(job).inputs_deleted_at
    assert "file was deleted" not in client.get(f"/j/{job.status_token}/").content.decode()


def test_staff_see_the_figures_on_the_jobs_page(
    pending_job: Job, site: MemoryCluster, store: MemoryStore, client: Client, sam: User
) -> None:
    store.is_late = True
    fresh(pending_job).move_to(State.CANCELLED, "Olga cancelled it.")
    expire_now(pending_job)
    store.catch_up()
    expire_now(pending_job)
    client.force_login(sam)
    page = client.get(f"/admin/jobs/job/{pending_job.pk}/change/").content.decode()
    one = "objects: 1, segments: 0, 11 bytes"
    assert page.count(one) == 2  # left at first, removed then
    assert "directories: 1" in page


# --- a cluster that does not answer any more --------------------------------------------------


def long_after_its_end(job: Job) -> Job:
    """It was cancelled, and its cluster has been away for a day."""
    fresh(job).move_to(State.CANCELLED, "Olga cancelled it.")
    Job.objects.filter(pk=job.pk).update(ended_at=timezone.now() - timedelta(days=1))
    return expire_now(job)


def page_of(client: Client, job: Job) -> str:
    return " ".join(client.get(f"/j/{job.status_token}/").content.decode().split())


def test_files_wait_some_hours_for_a_cluster_and_no_longer(
    pending_job: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    site.go_down()
    fresh(pending_job).move_to(State.CANCELLED, "Olga cancelled it.")
    assert expire_now(pending_job).inputs_deleted_at is None
    almost = timezone.now() - timedelta(hours=5, minutes=59)
    Job.objects.update(ended_at=almost)
    assert expire_now(pending_job).inputs_deleted_at is None
    Job.objects.update(ended_at=almost - timedelta(minutes=2))
    job = expire_now(pending_job)
    assert job.inputs_deleted_at
    assert job.results_deleted_at
    assert not store.count("")
    assert (job.scratch_removed_at, job.cleared_at) == (None, None)
    assert "cannot be reached" in job.waiting_for


def test_files_that_are_kept_for_longer_are_kept_though_the_cluster_is_away(
    pending_job: Job, site: MemoryCluster
) -> None:
    site.go_down()
    Job.objects.update(settings={**pending_job.settings, "input_days": 30})
    fresh(pending_job).move_to(State.FAILED, "It has failed.")
    Job.objects.update(ended_at=timezone.now() - timedelta(days=1))
    assert expire_now(pending_job).inputs_deleted_at is None


def test_what_a_run_out_of_reach_still_stores_is_deleted_when_its_urls_have_ended(
    pending_job: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    site.go_down()
    job = long_after_its_end(pending_job)
    store.write(f"results/{job.pk}/0/1", b"from a run that nobody can end")
    assert expire_now(job).cleared_at is None
    assert store.count("")
    Job.objects.update(signed_until=timezone.now() - timedelta(hours=1))
    job = expire_now(job)
    assert not store.count("")
    assert (job.scratch_removed_at, job.cleared_at) == (None, None)
    site.come_up()
    job = expire_now(job)
    assert job.scratch_removed_at
    assert job.cleared_at
    assert site.files == {}


def test_a_status_page_says_what_a_cluster_out_of_reach_may_still_have(
    pending_job: Job, site: MemoryCluster, client: Client
) -> None:
    site.go_down()
    job = long_after_its_end(pending_job)
    page = page_of(client, job)
    assert "Your files are deleted. The cluster on which your job ran has not confirmed" in page
    assert "Nothing of it runs any more" not in page
    site.come_up()
    assert "Nothing of it runs any more, and your files are deleted." in page_of(
        client, expire_now(job)
    )


def test_not_everything_is_said_to_be_deleted_while_a_cluster_owes_something(
    delivered_job: Job, site: MemoryCluster, client: Client
) -> None:
    site.go_down()
    Job.objects.update(expires_at=timezone.now() - timedelta(days=1))
    job = expire_now(delivered_job)
    assert job.state == State.EXPIRED
    page = page_of(client, job)
    assert "Everything was deleted" not in page
    assert "its files are deleted" not in page
    assert "copies of your files among it, is deleted" in page
    site.come_up()
    page = page_of(client, expire_now(job))
    assert "Everything was deleted" in page
    assert "This job is over and its files are deleted" in page
    assert "has not confirmed" not in page


def test_of_a_cluster_that_was_not_asked_yet_it_is_not_said_that_it_does_not_answer(
    delivered_job: Job, client: Client
) -> None:
    Job.objects.update(inputs_deleted_at=timezone.now(), scratch_removed_at=None)
    fresh(delivered_job).move_to(State.EXPIRED, reasons.RESULT_OVER)
    page = page_of(client, delivered_job)
    assert "has not confirmed" in page
    assert "not answer" not in page


def test_the_store_is_not_cleaned_again_and_again_for_a_cluster_that_is_away(
    pending_job: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    site.go_down()
    job = long_after_its_end(pending_job)
    Job.objects.update(signed_until=timezone.now() - timedelta(hours=1))
    expire_now(job)
    store.is_stopped = True  # whoever asks it now waits for the store
    assert expire_now(job).waiting_for == "The cluster cannot be reached."
    store.is_stopped = False
    store.write(f"results/{job.pk}/0/1", b"nobody knows how")
    site.come_up()
    assert expire_now(job).cleared_at
    assert not store.count("")


def test_staff_are_told_which_cluster_owes_and_what_to_do_if_it_is_gone(
    pending_job: Job, site: MemoryCluster
) -> None:
    site.go_down()
    job = long_after_its_end(pending_job)
    Job.objects.update(outages=alarms.MANY_OUTAGES)
    alarms.look()
    text = Alarm.objects.get(ended_at=None).text
    assert job.short_id in text
    assert "campus (1)" in text
    assert "gone for good" in text
