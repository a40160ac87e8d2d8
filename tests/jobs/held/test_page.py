"""What is held, why and until when, for those who may see it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from backends.memory import MemoryStore
from jobs import reasons
from jobs.held import figures
from jobs.held.figures import Holding
from jobs.models import Job, LinkAct, Removal, ResultFile, TidyReport
from jobs.results.acts import new_link
from jobs.states import State
from jobs.steps.receive import announce
from pipelines.models import Pipeline
from tests.jobs import scenes
from tests.walk import walk_to
from uploads import lots
from uploads.models import UploadedPart
from uploads.rules import DeclaredFile

pytestmark = pytest.mark.django_db
PAGE = "/admin/held/"


def sent(pipeline: Pipeline, *sizes: int) -> Job:
    """A job all of whose files are stored."""
    files = [DeclaredFile(f"{number}.txt", size) for number, size in enumerate(sizes, 1)]
    job = announce(pipeline, "olga@far.example", files)
    job.upload.files.update(completed_at=timezone.now())
    return job


def delivered(pipeline: Pipeline, *sizes: int, days: int = 14) -> Job:
    """A job with a result of these sizes; what was sent is deleted."""
    job = walk_to(sent(pipeline, 1), State.DELIVERED)
    for number, size in enumerate(sizes, 1):
        ResultFile.objects.create(
            job=job, number=number, name=f"{number}", size_bytes=size, sha256="0" * 64
        )
    now = timezone.now()
    Job.objects.filter(pk=job.pk).update(
        inputs_deleted_at=now, expires_at=now + timedelta(days=days), scratch_removed_at=now
    )
    new_link(job, expires_at=now + timedelta(days=days))
    return Job.objects.get(pk=job.pk)


def by_reason(pipeline: Pipeline) -> dict[str, Holding]:
    found = figures.holdings(Pipeline.objects.filter(pk=pipeline.pk))
    reasons = {one.why: one for one in found}
    assert len(reasons) == len(found)
    return reasons


def told(one: Holding) -> tuple[int, int, int]:
    return one.jobs, one.files, one.size_bytes


def test_each_file_is_held_for_one_reason(pipeline: Pipeline) -> None:
    half = sent(pipeline, 10, 20)
    half.upload.files.filter(number=2).update(completed_at=None)
    walk_to(sent(pipeline, 100), State.SCANNING)
    walk_to(sent(pipeline, 100, 1), State.HELD)
    walk_to(sent(pipeline, 1000), State.RUNNING)
    walk_to(sent(pipeline, 3000), State.FAILED)
    walk_to(sent(pipeline, 7000), State.CANCELLED)
    delivered(pipeline, 5, 6)
    found = by_reason(pipeline)
    assert {why: told(one) for why, one in found.items()} == {
        figures.SENDING: (1, 1, 10),
        figures.CHECKING: (2, 3, 201),
        figures.IN_USE: (1, 1, 1000),
        figures.KEPT: (1, 1, 3000),
        figures.GOING: (1, 1, 7000),
        figures.RESULT: (1, 2, 11),
    }


def test_of_files_that_are_being_sent_the_parts_that_were_asked_for_are_held(
    pipeline: Pipeline,
) -> None:
    job = sent(pipeline, 1000, 1000, 1000, 7)
    job.upload.files.exclude(number=4).update(completed_at=None)
    job.upload.files.filter(number__in=(1, 2)).update(parts_key="k", part_bytes=300)
    first = job.upload.files.get(number=1)
    for number in (1, 2):
        UploadedPart.objects.create(file=first, number=number, sha256="0" * 64)
    found = by_reason(pipeline)
    # The first by its parts; the second's sender tells none; the third was not begun.
    assert told(found[figures.COMING]) == (1, 2, 600 + 1000)
    assert told(found[figures.SENDING]) == (1, 1, 7)
    for number in (3, 4):
        UploadedPart.objects.create(file=first, number=number, sha256="0" * 64)
    assert told(by_reason(pipeline)[figures.COMING]) == (1, 2, 1000 + 1000)  # the last is shorter
    Job.objects.update(inputs_deleted_at=timezone.now())
    assert by_reason(pipeline) == {}


def test_what_is_being_sent_is_a_row_of_the_page(
    job: Job, store: MemoryStore, client: Client, sam: User
) -> None:
    lots.open_files(list(job.upload.files.all()), store=store)
    client.force_login(sam)
    page = client.get(PAGE).content.decode()
    assert "Parts of files that are being sent, at most" in page
    assert "11 bytes" in page


def test_what_is_deleted_is_not_held(pipeline: Pipeline) -> None:
    walk_to(sent(pipeline, 100), State.FAILED)
    delivered(pipeline, 5)
    Job.objects.update(inputs_deleted_at=timezone.now(), results_deleted_at=timezone.now())
    assert by_reason(pipeline) == {}


def test_files_on_which_several_jobs_run_are_counted_once(pipeline: Pipeline) -> None:
    first = walk_to(sent(pipeline, 100), State.FAILED)
    second = announce(pipeline, "olga@far.example", [DeclaredFile("1.txt", 1)])
    Job.objects.filter(pk=second.pk).update(upload=first.upload)
    second = walk_to(Job.objects.get(pk=second.pk), State.RUNNING)
    assert {why: told(one) for why, one in by_reason(pipeline).items()} == {
        figures.IN_USE: (1, 1, 100)
    }
    second.move_to(State.FAILED, "It has failed, too.")
    assert {why: told(one) for why, one in by_reason(pipeline).items()} == {
        figures.KEPT: (1, 1, 100)
    }


def test_what_is_kept_after_the_end_tells_for_how_many_days_and_until_when(
    pipeline: Pipeline,
) -> None:
    for days in (0, 30):
        job = walk_to(sent(pipeline, 100), State.FAILED)
        Job.objects.filter(pk=job.pk).update(settings={**job.settings, "input_days": days})
    kept = figures.holdings(Pipeline.objects.all())
    assert [one.days for one in kept] == [0, 30]
    assert kept[1].first_end is not None
    assert kept[1].first_end == kept[1].last_end
    assert timedelta(days=29) < kept[1].first_end - timezone.now() < timedelta(days=30)


def test_a_test_input_is_told_from_what_is_merely_kept(pipeline: Pipeline) -> None:
    job = walk_to(sent(pipeline, 100), State.FAILED)
    scenes.of_rehearsal(job, keeps_input=True)
    assert list(by_reason(pipeline)) == [figures.TEST_INPUT]


def test_who_asked_for_more_time_is_told(pipeline: Pipeline, client: Client, sam: User) -> None:
    for actor in ("collaborator", "collaborator", "ada"):
        link = delivered(pipeline, 5).links.get()
        LinkAct.objects.create(link=link, kind=LinkAct.Kind.EXTENDED, actor=actor)
    client.force_login(sam)
    assert "kept longer: 1 by ada, 2 by collaborator" in client.get(PAGE).content.decode()


def test_the_largest_jobs_come_first_by_all_that_they_hold(pipeline: Pipeline) -> None:
    small = sent(pipeline, 100)
    large = delivered(pipeline, 300)
    both = delivered(pipeline, 150)
    both.upload.files.update(size_bytes=200)
    Job.objects.filter(pk=both.pk).update(inputs_deleted_at=None)
    found = figures.largest(Pipeline.objects.all())
    assert [job.pk for job in found] == [both.pk, large.pk, small.pk]
    assert [job.held_bytes for job in found] == [350, 300, 100]  # type: ignore[attr-defined]


def test_jobs_with_directories_on_a_cluster_are_counted(pipeline: Pipeline) -> None:
    walk_to(sent(pipeline, 1), State.CLEAN)  # it never came there
    walk_to(sent(pipeline, 1), State.SUBMITTING)
    paused = walk_to(sent(pipeline, 1), State.RUNNING)
    Job.objects.filter(pk=paused.pk).update(restart_count=2)
    walk_to(sent(pipeline, 1), State.HELD)
    (one,) = figures.on_clusters(Pipeline.objects.all())
    assert (one.cluster, one.jobs, one.interrupted) == ("campus", 2, 1)


# --- the page ---


def test_staff_see_all_with_links_and_what_belonged_to_nothing(
    pipeline: Pipeline, client: Client, sam: User
) -> None:
    job = walk_to(sent(pipeline, 12_000_000), State.RUNNING)
    Removal.objects.create(job=job, what=Removal.What.INPUTS, objects_removed=3, bytes_removed=5000)
    TidyReport.objects.create(
        things_removed=2, things_left=1,
        examples=[{"name": "uploads/x/1", "why": "no row knows it", "is_left": False}],
    )  # fmt: skip
    client.force_login(sam)
    page = client.get(PAGE).content.decode()
    assert "Word count" in page
    assert "12 MB" in page
    assert f"/admin/jobs/job/{job.pk}/change/" in page
    assert "2 things removed" in page
    assert "1 left for you to decide about" in page
    assert "uploads/x/1" in page
    assert "5 kB" in page
    assert PAGE in client.get("/admin/").content.decode()


def test_an_empty_site_has_a_page_too(client: Client, sam: User) -> None:
    client.force_login(sam)
    page = client.get(PAGE).content.decode()
    assert "Nothing." in page
    assert "Nobody has looked yet" in page


def test_what_does_not_go_is_told_first(pipeline: Pipeline, client: Client, sam: User) -> None:
    job = walk_to(sent(pipeline, 1), State.FAILED)
    Job.objects.filter(pk=job.pk).update(waiting_for=reasons.STILL_SHOWN)
    client.force_login(sam)
    assert (
        "Of one job something that was deleted is still shown" in client.get(PAGE).content.decode()
    )


def test_a_pi_sees_her_pipelines_and_a_stranger_nothing(
    pipeline: Pipeline, client: Client, ada: User
) -> None:
    sent(pipeline, 100)
    other = Pipeline.objects.get(pk=pipeline.pk)
    other.pk, other.slug, other.title = None, "other", "Somebody else's"
    other.save()
    walk_to(sent(other, 999), State.RUNNING)
    TidyReport.objects.create(things_removed=2)
    ada.user_permissions.add(Permission.objects.get(codename="view_job"))
    client.force_login(ada)
    page = client.get(PAGE).content.decode()
    assert "Word count" in page
    assert "Somebody else" not in page
    assert "999 bytes" not in page
    assert "belonged to nothing" not in page
    eve = User.objects.create_user("eve", is_staff=True)
    client.force_login(eve)
    assert client.get(PAGE).status_code == 404
    client.logout()
    assert client.get(PAGE).status_code == 302


@pytest.mark.parametrize("jobs", [1, 12])
def test_many_jobs_cost_as_few_queries_as_one(
    pipeline: Pipeline,
    client: Client,
    sam: User,
    jobs: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(jobs):
        walk_to(sent(pipeline, 10, 20), [State.RUNNING, State.FAILED, State.HELD][number % 3])
        delivered(pipeline, 5, 6)
    client.force_login(sam)
    with django_assert_max_num_queries(13):  # session and user among them
        assert client.get(PAGE).status_code == 200
