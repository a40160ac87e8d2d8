"""scan: what the scanners say, what the policy makes of it, what happens when one is down."""

import hashlib

import pytest

from backends.memory import MemoryStore
from backends.memory.scanner import MemoryScanner
from jobs import tasks
from jobs.models import Job
from jobs.states import State
from jobs.steps.receive import announce, receive
from pipelines.models import Pipeline, ScanPolicy
from tests.walk import send_all
from uploads.rules import DeclaredFile

pytestmark = pytest.mark.django_db
Scanners = dict[str, MemoryScanner]


def scanned(job: Job) -> Job:
    tasks.scan(str(job.pk))
    return Job.objects.get(pk=job.pk)


def job_with(pipeline: Pipeline, store: MemoryStore, content: bytes) -> Job:
    job = announce(pipeline, "olga@far.example", [DeclaredFile("a.txt", len(content))])
    send_all(job, store, [content])
    receive(job)
    return job


def test_clean_files_are_accepted_and_their_sums_noted(
    uploaded_job: Job, scanners: Scanners
) -> None:
    job = scanned(uploaded_job)
    assert job.state == State.CLEAN
    assert job.accepted_at is not None
    file = job.upload.files.get()
    assert file.sha256 == hashlib.sha256(b"hello world").hexdigest()
    assert {(s.scanner, s.coverage, s.scanned_bytes) for s in job.scans.all()} == {
        ("clamav", "complete", 11),
        ("presidio", "complete", 11),
    }


def test_a_virus_is_rejected_and_never_gets_a_slurm_id(
    pipeline: Pipeline, store: MemoryStore, scanners: Scanners
) -> None:
    job = scanned(job_with(pipeline, store, b"some\nEICAR"))
    assert job.state == State.REJECTED
    assert "File 1 holds Eicar-Test" in job.reason
    assert job.findings.get().locations == ["line 2"]
    assert (job.slurm_id, job.accepted_at) == ("", None)


@pytest.mark.parametrize(
    ("policy", "state"),
    [
        (ScanPolicy.OFF, State.CLEAN),
        (ScanPolicy.WARN, State.CLEAN),
        (ScanPolicy.HOLD, State.HELD),
        (ScanPolicy.REJECT, State.REJECTED),
    ],
)
def test_personal_data_goes_by_the_pipelines_policy(
    pipeline: Pipeline, store: MemoryStore, scanners: Scanners, policy: str, state: State
) -> None:
    pipeline.personal_data_policy = policy
    job = scanned(job_with(pipeline, store, b"SSN 078-05-1120"))
    assert job.state == state
    assert "078-05-1120" not in job.reason
    assert job.findings.exists() == (policy != ScanPolicy.OFF)


def test_what_was_not_looked_at_is_said(
    pipeline: Pipeline, store: MemoryStore, scanners: Scanners
) -> None:
    scanners["presidio"].partial_reasons = ("SAMPLED",)
    job = scanned(job_with(pipeline, store, b"long text"))
    assert job.state == State.CLEAN
    assert "only partly checked for personal data" in job.reason
    assert job.scans.get(scanner="presidio").coverage == "partial"


def test_a_scanner_that_is_down_makes_the_job_wait_not_pass(
    uploaded_job: Job, scanners: Scanners
) -> None:
    scanners["clamav"].go_down()
    job = scanned(uploaded_job)
    assert job.state == State.SCANNING
    assert "is down" in job.waiting_for
    assert (job.tries, job.outages, job.lease_token) == (0, 1, None)
    scanners["clamav"].come_back()
    Job.objects.filter(pk=job.pk).update(due_at=job.created_at)
    assert scanned(job).state == State.CLEAN


def test_a_scanner_that_is_wanted_and_not_set_up_makes_the_job_wait(
    uploaded_job: Job, scanners: Scanners
) -> None:
    del scanners["clamav"]
    job = scanned(uploaded_job)
    assert job.state == State.SCANNING
    assert "not set up" in job.waiting_for


def test_second_scan_of_the_same_job_does_nothing(uploaded_job: Job, scanners: Scanners) -> None:
    scanned(uploaded_job)
    moves = uploaded_job.transitions.count()
    scanned(uploaded_job)
    assert uploaded_job.transitions.count() == moves
    assert uploaded_job.scans.count() == 2


def test_a_scan_that_was_cut_off_starts_again(uploaded_job: Job, scanners: Scanners) -> None:
    first = Job.objects.claim(uploaded_job.pk, "scan")
    assert first is not None
    first.move_to(State.SCANNING)  # and here the worker is killed
    Job.objects.filter(pk=first.pk).update(lease_until=first.created_at)
    assert scanned(uploaded_job).state == State.CLEAN


def test_a_job_that_kills_its_worker_is_stopped(uploaded_job: Job, scanners: Scanners) -> None:
    for _ in range(5):
        assert Job.objects.claim(uploaded_job.pk, "scan") is not None
        Job.objects.filter(pk=uploaded_job.pk).update(lease_until=uploaded_job.created_at)
    job = scanned(uploaded_job)
    assert job.state == State.FAILED
    assert "5 times" in job.reason


def test_the_stores_outage_fails_nothing(
    uploaded_job: Job, scanners: Scanners, store: MemoryStore
) -> None:
    store.is_stopped = True
    job = scanned(uploaded_job)
    assert job.state == State.SCANNING
    assert job.waiting_for
