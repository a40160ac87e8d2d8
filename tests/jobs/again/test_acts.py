"""A job is run again on files that are kept: what comes of it, and when it is refused."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import User
from django.core import mail as outbox
from django.utils import timezone

from backends.memory import MemoryCluster, MemoryStore
from backends.memory.scanner import MemoryScanner
from jobs import tasks
from jobs.again.acts import NotAgain, again, offer_of
from jobs.letters.send import send_due_letters
from jobs.models import Job, Letter
from jobs.states import State
from jobs.status_page.receipt import receipt_of
from jobs.steps.receive import AnnouncedOtherwise, announce, receive
from jobs.steps.resend import resend
from pipelines.code import read_code
from pipelines.models import Cluster, Pipeline
from pipelines.publish import publish_code
from tests.conftest import SOURCE
from tests.jobs import scenes
from tests.walk import send_all, walk_to
from uploads.models import Upload
from uploads.quotas import OverQuota, Quota, QuotaUse, Scope
from uploads.rules import DeclaredFile

pytestmark = pytest.mark.django_db
DAYS = 30


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def once_more(job: Job, name: UUID | None = None) -> Job:
    return again(fresh(job), name=name or uuid4(), network="192.0.2.7")


def why_not(job: Job) -> str:
    with pytest.raises(NotAgain) as refusal:
        once_more(job)
    return str(refusal.value)


@pytest.fixture
def keeping(pipeline: Pipeline) -> Pipeline:
    """Ada's pipeline keeps files for thirty days."""
    pipeline.input_days = DAYS
    pipeline.save()
    return pipeline


@pytest.fixture
def ended(
    keeping: Pipeline,
    uploaded_job: Job,
    site: MemoryCluster,
    scanners: dict[str, MemoryScanner],
) -> Job:
    """Olga's job, checked and delivered; its file is kept."""
    tasks.scan(str(uploaded_job.pk))
    job = fresh(uploaded_job)
    assert job.state == State.CLEAN
    return walk_to(job, State.DELIVERED)


def test_it_is_a_job_of_todays_settings_and_code_on_the_same_files(
    ended: Job, keeping: Pipeline, ada: User
) -> None:
    keeping.cpus = 7
    keeping.save()
    newer = publish_code(keeping, read_code(SOURCE + b"\n# better\n"), file_name="w.py", user=ada)
    job = once_more(ended)
    assert (job.upload, job.again_of, job.email) == (ended.upload, ended, ended.email)
    assert (job.code, job.frozen.cpus) == (newer, 7)
    assert (ended.code.number, fresh(ended).frozen.cpus) == (1, 1)
    assert job.state == State.UPLOADED
    assert job.status_token != ended.status_token
    assert job.accepted_at is None


def test_it_is_checked_anew_by_todays_signatures(
    ended: Job, scanners: dict[str, MemoryScanner]
) -> None:
    scanners["clamav"] = MemoryScanner({b"world": "New-Virus"}, name="clamav")
    job = once_more(ended)
    tasks.scan(str(job.pk))
    assert fresh(job).state == State.REJECTED
    assert fresh(ended).state == State.DELIVERED
    assert job.findings.get().entity == "New-Virus"
    assert not ended.findings.exists()


def test_it_has_letters_of_its_own(ended: Job, scanners: dict[str, MemoryScanner]) -> None:
    Letter.objects.update(sent_at=timezone.now())
    job = once_more(ended)
    tasks.scan(str(job.pk))
    send_due_letters()
    letter = outbox.outbox[0]
    assert letter.subject == "It is run again: Word count"
    assert letter.body.lstrip().startswith("Your files are used once more")
    assert job.status_token in letter.body


def test_its_receipt_says_when_the_files_came(ended: Job) -> None:
    job = once_more(ended)
    first, second = receipt_of(ended), receipt_of(job)
    assert first
    assert second
    assert second.received_at == first.received_at


def test_asked_for_twice_under_one_name_it_is_one(ended: Job) -> None:
    name = uuid4()
    job = once_more(ended, name)
    assert once_more(ended, name) == job
    assert Job.objects.filter(again_of=ended).count() == 1
    assert QuotaUse.objects.get(scope=Scope.NETWORK).uploads == 1


def test_the_answer_can_be_asked_for_when_the_files_are_gone(
    ended: Job, site: MemoryCluster
) -> None:
    name = uuid4()
    job = once_more(ended, name)
    Upload.objects.update(let_go_at=timezone.now())
    assert once_more(ended, name) == job


def test_a_name_that_another_job_has_makes_none(ended: Job, keeping: Pipeline) -> None:
    name = uuid4()
    announce(keeping, "eve@far.example", [DeclaredFile("a.txt", 1)], name=name)
    with pytest.raises(AnnouncedOtherwise):
        once_more(ended, name)


@pytest.mark.parametrize("scope", [Scope.SITE, Scope.EMAIL, Scope.NETWORK])
def test_quotas_count_it(ended: Job, scope: Scope) -> None:
    once_more(ended)
    Quota.objects.filter(scope=scope).update(
        max_uploads=QuotaUse.objects.filter(scope=scope).get().uploads
    )
    with pytest.raises(OverQuota):
        once_more(ended)
    assert ended.repeated_by.count() == 1


def test_an_address_that_was_confirmed_need_not_be_confirmed_again(
    ended: Job, keeping: Pipeline
) -> None:
    keeping.confirm_email = True
    keeping.save()
    Job.objects.filter(pk=ended.pk).update(confirmed_at=timezone.now())
    job = once_more(ended)
    assert not job.awaits_confirmation
    assert job.due_at <= timezone.now()
    assert [letter.kind for letter in Letter.objects.filter(transition__job=job)] == ["received"]


def test_an_address_that_never_was_confirmed_has_to_be_where_the_pipeline_wants_it_now(
    ended: Job, keeping: Pipeline, scanners: dict[str, MemoryScanner]
) -> None:
    keeping.confirm_email = True
    keeping.save()
    job = once_more(ended)
    assert job.awaits_confirmation
    tasks.scan(str(job.pk))
    assert fresh(job).state == State.UPLOADED
    assert [letter.kind for letter in Letter.objects.filter(transition__job=job)] == ["confirm"]


def test_a_job_that_failed_and_one_whose_result_is_over_can_be_run_again(
    ended: Job, keeping: Pipeline, store: MemoryStore
) -> None:
    ended.move_to(State.EXPIRED, "The result's time is over; it was deleted.")
    assert once_more(ended).state == State.UPLOADED
    job = announce(keeping, "olga@far.example", [DeclaredFile("b.txt", 1)])
    send_all(job, store, [b"b"])
    receive(job)
    job.move_to(State.FAILED, "It ran longer than its time limit of 60 minutes.")
    assert once_more(job).state == State.UPLOADED


def test_a_repetition_can_be_repeated(ended: Job) -> None:
    second = walk_to(once_more(ended), State.DELIVERED)
    assert once_more(second).again_of == second


@pytest.mark.parametrize("state", [State.UPLOADED, State.HELD, State.RUNNING, State.COMPLETED])
def test_a_job_that_has_not_ended_is_refused(
    keeping: Pipeline, uploaded_job: Job, state: State
) -> None:
    walk_to(uploaded_job, state)
    assert "has not ended yet" in why_not(uploaded_job)
    assert offer_of(fresh(uploaded_job)) is None


@pytest.mark.parametrize("state", [State.REJECTED, State.CANCELLED])
def test_what_was_refused_or_cancelled_is_refused(
    keeping: Pipeline, uploaded_job: Job, state: State
) -> None:
    walk_to(uploaded_job, state)
    assert "deleted, or about to be" in why_not(uploaded_job)
    assert offer_of(fresh(uploaded_job)) is None


def test_files_whose_time_has_passed_are_refused_before_they_are_deleted(ended: Job) -> None:
    past = timezone.now() - timedelta(days=DAYS, seconds=1)
    Job.objects.filter(pk=ended.pk).update(ended_at=past)
    assert "deleted, or about to be" in why_not(ended)
    assert offer_of(fresh(ended)) is None


def test_files_that_are_being_deleted_are_refused(ended: Job) -> None:
    Upload.objects.update(let_go_at=timezone.now())
    assert "deleted, or about to be" in why_not(ended)
    assert offer_of(fresh(ended)) is None
    assert not Job.objects.filter(again_of=ended).exists()


def test_a_pipeline_that_keeps_nothing_offers_nothing(pipeline: Pipeline, job: Job) -> None:
    job.upload.files.update(completed_at=timezone.now())
    walk_to(job, State.DELIVERED)
    assert offer_of(fresh(job)) is None
    assert "deleted, or about to be" in why_not(job)


def test_a_closed_pipeline_says_so(ended: Job) -> None:
    Pipeline.objects.update(is_open=False)
    assert "takes no files at the moment" in why_not(ended)
    offer = offer_of(fresh(ended))
    assert offer
    assert "takes no files at the moment" in offer.refusal


def test_a_page_whose_cluster_was_given_up_meanwhile_says_so(ended: Job) -> None:
    Cluster.objects.update(is_open=False, gone_at=timezone.now())
    assert "takes no files at the moment" in why_not(ended)


def test_files_that_todays_rules_do_not_take_are_named(ended: Job) -> None:
    Pipeline.objects.update(patterns="*.csv")
    assert "“letters.txt” is not a file that this page takes: *.csv." in why_not(ended)


def test_files_that_never_all_arrived_are_refused(job: Job, keeping: Pipeline) -> None:
    Job.objects.update(settings=keeping.frozen().as_json())
    fresh(job).move_to(State.FAILED, "The file is larger than the object store can hold.")
    assert "never sent completely" in why_not(job)
    assert offer_of(fresh(job)) is None


def test_a_rehearsals_job_is_refused(ended: Job) -> None:
    scenes.of_rehearsal(ended)
    assert "in the admin" in why_not(ended)
    assert offer_of(fresh(ended)) is None


def test_the_offer_has_one_name_until_there_is_a_new_job(ended: Job) -> None:
    first, same = offer_of(fresh(ended)), offer_of(fresh(ended))
    assert first
    assert same == first
    assert first.until == fresh(ended).ended_at + timedelta(days=DAYS)  # type: ignore[operator]
    once_more(ended, first.name)
    second = offer_of(fresh(ended))
    assert second
    assert second.name != first.name
    assert second.until is None


def test_a_file_that_is_another_one_now_is_refused_and_the_first_receipt_stays(
    ended: Job, store: MemoryStore
) -> None:
    file = ended.upload.files.get()
    file.proofs.all().delete()  # the sender's page told no sums
    store.write(file.object_name, b"hello_world")
    job = once_more(ended)
    tasks.scan(str(job.pk))
    assert fresh(job).state == State.REJECTED
    assert "did not arrive as on your computer" in fresh(job).reason
    assert ended.upload.files.get().sha256 == file.sha256


def test_who_read_the_page_before_the_address_was_corrected_runs_nothing(ended: Job) -> None:
    Job.objects.update(expires_at=timezone.now() + timedelta(days=3))
    seen = fresh(ended)
    resend(fresh(ended), "olga@near.example", actor="sam")
    with pytest.raises(AnnouncedOtherwise):
        again(seen, name=uuid4())
    assert not ended.repeated_by.exists()
