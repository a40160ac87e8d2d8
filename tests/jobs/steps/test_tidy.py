"""What belongs to nothing is found and removed; what is young or belongs to somebody stays."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from backends.base import SignedRequest
from backends.memory import MemoryCluster, MemoryStore
from jobs import tasks
from jobs.models import Heartbeat, Job, TidyReport
from jobs.queue import waiting_rings
from jobs.states import State
from jobs.steps import tidy as tidy_step
from jobs.steps.receive import announce
from jobs.steps.tidy import Why
from pipelines.models import Pipeline
from tests.jobs.steps.following import fresh, look, run_to_its_end
from uploads import parts
from uploads.lots import take_out
from uploads.models import Upload, UploadedFile
from uploads.rules import DeclaredFile

MIB = 2**20


@pytest.fixture
def sending_job(pipeline: Pipeline) -> Job:
    """Olga's job with a large and a small file, announced."""
    files = [DeclaredFile("scan.csv", 20 * MIB), DeclaredFile("note.txt", 5)]
    return announce(pipeline, "olga@far.example", files)


def grow_old(store: MemoryStore, days: float = 1) -> None:
    """As if all that is stored had been there for so long."""
    for name in store.changed_at:
        store.changed_at[name] -= timedelta(days=days)


def send_half(file: UploadedFile, store: MemoryStore) -> SignedRequest:
    """Open the large file and send its first part; returns what would send the second."""
    parts.begin(file, store=store)
    cut = parts.cut_of(file, store.limits())
    urls = parts.sign(file, cut, [1, 2], store=store)
    store.send(SignedRequest("PUT", urls[1]), b"x" * cut.part_bytes)
    return SignedRequest("PUT", urls[2])


def tidied(store: MemoryStore) -> list[tuple[str, Why]]:
    return [(leftover.stored.name, leftover.why) for leftover in tidy_step.tidy(store=store)]


def stored(store: MemoryStore) -> list[str]:
    open_ones = [upload.name for upload in store.open_uploads("")]
    return sorted([found.name for found in store.list_objects("")] + open_ones)


def test_what_a_living_upload_has_sent_stays(sending_job: Job, store: MemoryStore) -> None:
    large, small = sending_job.upload.files.all()
    send_half(large, store)
    store.write(small.object_name, b"hello")
    grow_old(store, days=30)
    assert tidied(store) == []
    assert stored(store) == sorted([large.object_name, small.object_name])


def test_what_came_after_a_file_was_taken_out_goes(sending_job: Job, store: MemoryStore) -> None:
    large = sending_job.upload.files.get(number=1)
    send_half(large, store)
    take_out(sending_job.upload, [large.number])
    store.write(large.object_name, b"as a whole, by a URL of before")
    assert tidied(store) == []  # it is young
    grow_old(store)
    assert tidied(store) == [(large.object_name, Why.TAKEN_OUT)] * 2
    assert stored(store) == []


def test_the_key_of_a_tab_that_was_slower_goes_and_the_other_stays(
    sending_job: Job, store: MemoryStore
) -> None:
    large = sending_job.upload.files.get(number=1)
    send_half(large, store)
    store.begin_parts(large.object_name)
    grow_old(store)
    assert tidied(store) == [(large.object_name, Why.TAKEN_OUT)]
    (left,) = store.open_uploads("")
    large.refresh_from_db()
    assert left.key == large.parts_key


def test_an_abandoned_upload_expires_with_all_that_was_sent(
    sending_job: Job, store: MemoryStore, site: MemoryCluster
) -> None:
    large, small = sending_job.upload.files.all()
    send_half(large, store)
    store.write(small.object_name, b"hello")
    long_ago = timezone.now() - timedelta(days=8)
    Upload.objects.update(touched_at=long_ago)
    Job.objects.update(due_at=long_ago)
    tasks.expire(str(sending_job.pk))
    tasks.expire(str(sending_job.pk))
    assert stored(store) == []
    store.write(small.object_name, b"late")
    grow_old(store)
    assert tidied(store) == [(small.object_name, Why.DELETED)]


def test_expire_takes_out_what_no_row_of_its_upload_names(
    sending_job: Job, store: MemoryStore, site: MemoryCluster
) -> None:
    large = sending_job.upload.files.get(number=1)
    send_half(large, store)
    take_out(sending_job.upload, [large.number])
    sending_job.move_to(State.CANCELLED, "Olga cancelled it.")
    tasks.expire(str(sending_job.pk))
    assert stored(store) == []


def test_results_stay_until_the_job_is_cleared_and_go_whatever_comes_later(
    pending_job: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    site.start(pending_job.key)
    run_to_its_end(pending_job, site, store)
    look(pending_job)
    tasks.deliver(str(pending_job.pk))
    grow_old(store, days=30)
    before = stored(store)
    assert tidied(store) == []
    assert stored(store) == before
    fresh(pending_job).save_fields(cleared_at=timezone.now())
    results = [name for name in before if name.startswith("results/")]
    assert sorted(name for name, why in tidied(store) if why is Why.CLEARED) == results


def test_results_that_are_half_joined_go_with_the_job(
    pending_job: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    store.begin_parts(f"results/{pending_job.pk}/whole/1")  # and the worker was killed
    fresh(pending_job).move_to(State.FAILED, "ended early")
    tasks.expire(str(pending_job.pk))
    assert stored(store) == []


def test_what_no_row_knows_goes_when_no_signed_url_is_good_any_more(
    job: Job, store: MemoryStore
) -> None:
    lost, lost_result = f"uploads/{uuid4()}/1", f"results/{uuid4()}/1/0/0"
    store.write(lost, b"x")
    store.write(lost_result, b"x")
    Upload.objects.update(created_at=timezone.now() - timedelta(days=100))
    grow_old(store, days=6.9)
    assert tidied(store) == []
    grow_old(store, days=0.2)
    assert tidied(store) == [(lost, Why.UNKNOWN), (lost_result, Why.UNKNOWN)]
    assert stored(store) == []


def test_a_database_that_was_made_anew_does_not_empty_the_store(
    db: None, store: MemoryStore
) -> None:
    names = [f"results/{uuid4()}/1/0/0", f"uploads/{uuid4()}/1"]
    for name in names:
        store.write(name, b"of the database that was lost")
    grow_old(store, days=30)
    assert sorted(tidied(store)) == sorted((name, Why.OLDER) for name in names)
    assert stored(store) == names


def test_what_this_site_did_not_name_is_none_of_its_business(db: None, store: MemoryStore) -> None:
    for name in ("uploads/letter.txt", "results", "another/site"):
        store.write(name, b"x")
    grow_old(store, days=100)
    assert tidied(store) == []


def test_what_an_interrupted_look_at_the_store_left_goes(db: None, store: MemoryStore) -> None:
    name = f"doctor/{uuid4()}"
    store.write(name, b"x")
    store.begin_parts(name)
    assert tidied(store) == []
    grow_old(store)
    assert tidied(store) == [(name, Why.LOOKED)] * 2


def test_joined_results_go_before_their_pieces(db: None, store: MemoryStore) -> None:
    below = f"results/{uuid4()}"
    for name in (f"{below}/1/0/0", f"{below}/whole/1"):
        store.write(name, b"x")
    grow_old(store, days=30)
    assert [name for name, _why in tidied(store)] == [f"{below}/whole/1", f"{below}/1/0/0"]


# --- once a day, and by hand ---


@pytest.fixture
def leftovers(db: None, store: MemoryStore) -> list[str]:
    """Three things that belong to nothing."""
    names = sorted(f"doctor/{uuid4()}" for _ in range(3))
    for name in names:
        store.write(name, b"x")
    grow_old(store)
    return names


def test_the_sweep_asks_for_it_once_a_day(db: None, store: MemoryStore) -> None:
    def next_housekeeping() -> None:
        Heartbeat.objects.filter(name="housekeeping").delete()
        tasks.sweep()

    next_housekeeping()
    assert waiting_rings("tidy") == 1
    tasks.tidy()
    next_housekeeping()
    next_housekeeping()
    assert waiting_rings("tidy") == 1
    Heartbeat.objects.filter(name__in=["tidied", "tidy"]).update(
        at=timezone.now() - timedelta(hours=25)
    )
    next_housekeeping()
    assert Heartbeat.last("tidy") > timezone.now() - timedelta(minutes=1)  # type: ignore[operator]


def test_a_store_that_is_down_is_asked_again_an_hour_later(
    leftovers: list[str], store: MemoryStore
) -> None:
    store.is_stopped = True
    tasks.tidy()
    assert Heartbeat.last("tidied") is None
    store.is_stopped = False
    tasks.tidy()
    assert Heartbeat.last("tidied")
    assert stored(store) == []


def test_a_run_removes_so_many_things_and_the_next_one_goes_on(
    leftovers: list[str], store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tidy_step, "MOST", 2)
    tasks.tidy()
    assert stored(store) == leftovers[2:]
    assert Heartbeat.last("tidied") is None
    tasks.tidy()
    assert stored(store) == []
    assert Heartbeat.last("tidied")


def test_the_command_says_what_it_would_do_then_does_it(
    leftovers: list[str], store: MemoryStore
) -> None:
    said = StringIO()
    call_command("tidy_store", dry_run=True, stdout=said)
    assert said.getvalue().count("would be removed  doctor/") == 3
    assert "3 objects, no open uploads would be removed." in said.getvalue()
    assert stored(store) == leftovers
    said = StringIO()
    call_command("tidy_store", stdout=said)
    assert "(object: an interrupted look at the store left it)" in said.getvalue()
    assert said.getvalue().endswith("3 objects, no open uploads removed.\n")
    assert stored(store) == []
    said = StringIO()
    call_command("tidy_store", stdout=said)
    assert said.getvalue() == "no objects, no open uploads removed.\n"


def test_the_command_leaves_to_a_person_what_is_older_than_the_database(
    db: None, store: MemoryStore
) -> None:
    name = f"uploads/{uuid4()}/1"
    store.write(name, b"x")
    grow_old(store, days=30)
    said = StringIO()
    call_command("tidy_store", stdout=said)
    assert f"left  {name}" in said.getvalue()
    assert "1 left for you to decide" in said.getvalue()
    assert stored(store) == [name]


def test_the_command_says_that_the_store_is_away(db: None, store: MemoryStore) -> None:
    store.is_stopped = True
    with pytest.raises(CommandError, match="did not answer"):
        call_command("tidy_store", stdout=StringIO())


def test_each_run_leaves_a_report_for_staff(leftovers: list[str], store: MemoryStore) -> None:
    name = f"uploads/{uuid4()}/1"
    store.write(name, b"12345")
    grow_old(store, days=30)
    tasks.tidy()
    report = TidyReport.objects.get()
    assert (report.things_removed, report.bytes_removed) == (3, 3)
    assert (report.things_left, report.bytes_left) == (1, 5)
    assert (report.is_complete, report.error) == (True, "")
    assert {"name": name, "why": Why.OLDER.value, "is_left": True} in report.examples
    call_command("tidy_store", dry_run=True, stdout=StringIO())
    assert TidyReport.objects.count() == 1
    call_command("tidy_store", stdout=StringIO())
    assert TidyReport.objects.count() == 2


def test_a_run_that_breaks_off_says_so_in_its_report(db: None, store: MemoryStore) -> None:
    store.is_stopped = True
    tasks.tidy()
    report = TidyReport.objects.get()
    assert (report.is_complete, "did not answer" in report.error) == (False, True)
