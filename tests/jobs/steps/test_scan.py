"""scan: what the scanners say, what the policy makes of it, what happens when one is down."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from backends.base import ScanError, ScanFile, ScanReport
from backends.memory import MemoryCluster, MemoryStore
from backends.memory.scanner import MemoryScanner
from jobs import tasks
from jobs.models import Job
from jobs.states import State
from jobs.steps.receive import announce, receive
from jobs.steps.scan import why_damaged, why_decided
from pipelines.models import Pipeline
from pipelines.scan_policy import GapPolicy, ScanPolicy
from scanning.policy import Decision, Verdict
from tests.walk import send_all
from uploads.lots import note_proofs
from uploads.models import Upload
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
    assert job.findings.get().locations == [[["line", 2]]]
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
    pipeline.personal_data_partial = GapPolicy.WARN
    job = scanned(job_with(pipeline, store, b"long text"))
    assert job.state == State.CLEAN
    assert job.reason.startswith("The files were accepted, though not all of them could be looked")
    assert "only partly checked for personal data" in job.reason
    assert job.scans.get(scanner="presidio").coverage == "partial"


def test_what_was_not_looked_at_is_held_by_default(
    pipeline: Pipeline, store: MemoryStore, scanners: Scanners
) -> None:
    scanners["presidio"].partial_reasons = ("SAMPLED",)
    assert scanned(job_with(pipeline, store, b"long text")).state == State.HELD


def test_a_job_from_before_the_choice_is_only_warned_as_it_was_then(
    pipeline: Pipeline, store: MemoryStore, scanners: Scanners
) -> None:
    scanners["presidio"].partial_reasons = ("UNSUPPORTED_FORMAT",)
    job = job_with(pipeline, store, b"\0\1")
    known = ("virus_policy", "personal_data_policy")
    old = {
        name: value
        for name, value in job.settings.items()
        if name in known or not name.startswith(("virus", "personal_data"))
    }
    Job.objects.filter(pk=job.pk).update(settings=old)
    assert scanned(job).state == State.CLEAN


def test_of_kinds_that_were_not_chosen_nothing_is_kept(
    pipeline: Pipeline, store: MemoryStore, scanners: Scanners
) -> None:
    pipeline.personal_data_kinds = ["IBAN_CODE"]
    job = scanned(job_with(pipeline, store, b"SSN 078-05-1120"))
    assert job.state == State.CLEAN
    assert not job.findings.exists()


def test_an_upload_of_thousands_has_a_short_reason() -> None:
    decision = Decision(Verdict.HOLD, reasons=tuple(f"File {n} is odd." for n in range(1, 1001)))
    assert why_decided(decision).endswith("File 20 is odd. So it is with 980 more.")


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


# --- is it what was sent? ---------------------------------------------------------------------

GOOD, BAD = b"hello world", b"hello w0rld"


def job_of(pipeline: Pipeline, store: MemoryStore, *stored: bytes, sent: bytes = GOOD) -> Job:
    """Files of which the sender told the sum of `sent`, and which are stored otherwise."""
    names = [DeclaredFile(f"{n}.txt", len(content)) for n, content in enumerate(stored, 1)]
    job = announce(pipeline, "olga@far.example", names)
    send_all(job, store, stored)
    told = {number: {1: hashlib.sha256(sent).hexdigest()} for number in range(1, len(stored) + 1)}
    note_proofs(job.upload.files.all(), told, store.limits())
    receive(job)
    return job


def proved(upload: Upload) -> list[tuple[bool, bool]]:
    """Of each file: has it a sum, and is that the sender's?"""
    return [(file.sha256 != "", file.verified_at is not None) for file in upload.files.all()]


@pytest.fixture(params=["looked at", "not looked at"])
def offer(request: pytest.FixtureRequest, pipeline: Pipeline) -> Pipeline:
    """With every scanner, and with none."""
    if request.param == "not looked at":
        pipeline.virus_policy = pipeline.personal_data_policy = ScanPolicy.OFF
    return pipeline


def test_what_is_stored_as_it_was_sent_is_proved(
    offer: Pipeline, store: MemoryStore, scanners: Scanners
) -> None:
    job = scanned(job_of(offer, store, GOOD))
    assert job.state == State.CLEAN
    assert proved(job.upload) == [(True, True)]


def test_what_the_sender_told_no_sum_of_is_accepted_and_not_called_proved(
    uploaded_job: Job, scanners: Scanners
) -> None:
    job = scanned(uploaded_job)
    assert job.state == State.CLEAN
    assert proved(job.upload) == [(True, False)]


def test_a_damaged_file_is_refused_whatever_the_policy_and_named_by_number(
    offer: Pipeline, store: MemoryStore, scanners: Scanners
) -> None:
    job = scanned(job_of(offer, store, GOOD, BAD))
    assert job.state == State.REJECTED
    assert job.reason.startswith("File 2 did not arrive as on your computer.")
    assert "send your files again" in job.reason
    assert "2.txt" not in job.reason
    assert proved(job.upload) == [(True, True), (False, False)]
    assert job.accepted_at is None


def test_every_damaged_file_is_named_and_none_of_them_judged(
    pipeline: Pipeline, store: MemoryStore, scanners: Scanners
) -> None:
    job = scanned(job_of(pipeline, store, BAD, GOOD, b"EICAR......"))
    assert job.reason.startswith("File 1, File 3 did not arrive")
    assert not job.findings.exists()
    assert not job.scans.exists()


def test_a_virus_in_a_damaged_file_is_damage(
    pipeline: Pipeline, store: MemoryStore, scanners: Scanners
) -> None:
    job = scanned(job_of(pipeline, store, b"EICAR" + GOOD))
    assert "did not arrive" in job.reason
    assert proved(job.upload) == [(False, False)]


@pytest.mark.parametrize("stored", [GOOD + b"!", GOOD[:-1]])
def test_a_file_that_is_stored_longer_or_shorter_is_damaged(
    offer: Pipeline, store: MemoryStore, scanners: Scanners, stored: bytes
) -> None:
    job = job_of(offer, store, GOOD)
    file = job.upload.files.get()
    file.proofs.all().delete()
    store.write(file.object_name, stored)
    assert scanned(job).state == State.REJECTED
    assert proved(job.upload) == [(False, False)]


class Insistent(MemoryScanner):
    """Asks for another try when it read another size than was declared, as the real ones do."""

    def scan(self, file: ScanFile) -> ScanReport:
        report = super().scan(file)
        if report.scanned_bytes != file.size_bytes:
            raise ScanError("More or less came.", transient=True)
        return report


def test_a_scanner_that_insists_on_the_declared_size_keeps_no_damaged_file_waiting(
    pipeline: Pipeline, store: MemoryStore, scanners: Scanners
) -> None:
    scanners["clamav"] = Insistent(name="clamav")
    job = job_of(pipeline, store, GOOD)
    store.write(job.upload.files.get().object_name, GOOD[:-1])
    assert scanned(job).state == State.REJECTED


class Overtaken(MemoryScanner):
    """Looks twice; in between the sender puts other bytes in the file's place."""

    def __init__(self, between: Callable[[], None]) -> None:
        super().__init__(name="clamav")
        self._between = between

    def scan(self, file: ScanFile) -> ScanReport:
        super().scan(file)
        self._between()
        return super().scan(file)


@pytest.mark.parametrize(("stored", "state"), [(GOOD, State.CLEAN), (BAD, State.REJECTED)])
def test_a_file_that_is_another_one_when_a_scanner_looks_again_is_refused(
    pipeline: Pipeline, store: MemoryStore, scanners: Scanners, stored: bytes, state: State
) -> None:
    job = job_of(pipeline, store, GOOD)
    name = job.upload.files.get().object_name
    scanners["clamav"] = Overtaken(lambda: store.write(name, stored))
    assert scanned(job).state == state
    assert proved(job.upload) == [(state == State.CLEAN,) * 2]


def test_an_upload_of_many_damaged_files_has_a_short_reason() -> None:
    reason = why_damaged(range(1, 1001))
    assert "File 20 and 980 more did not arrive" in reason
    assert "File 21" not in reason


def test_proof_and_scanners_share_one_reading(
    offer: Pipeline, store: MemoryStore, scanners: Scanners, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_of(offer, store, GOOD)
    readings = []
    stream = store.stream

    def counted(name: str) -> AbstractContextManager[Iterator[bytes]]:
        readings.append(name)
        return stream(name)

    monkeypatch.setattr(store, "stream", counted)
    scanned(job)
    assert len(readings) == 1
    assert proved(job.upload) == [(True, True)]


def test_a_file_that_was_fine_at_a_first_try_and_is_damaged_at_the_second_is_refused(
    pipeline: Pipeline, store: MemoryStore, scanners: Scanners
) -> None:
    job = job_of(pipeline, store, GOOD)
    file = job.upload.files.get()
    job.upload.files.update(sha256="5e" * 32, verified_at=job.created_at)
    store.write(file.object_name, BAD)
    assert scanned(job).state == State.REJECTED
    assert proved(job.upload) == [(False, False)]


def test_no_job_is_handed_in_with_a_file_that_has_no_sum(
    pipeline: Pipeline, store: MemoryStore, scanners: Scanners, site: MemoryCluster
) -> None:
    job = scanned(job_of(pipeline, store, GOOD, GOOD))
    job.upload.files.filter(number=2).update(sha256="")
    tasks.submit(str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.slurm_id) == (State.FAILED, "")
    assert "File 2 was not proved to be what was sent." in job.reason
    assert site.jobs_made() == []
