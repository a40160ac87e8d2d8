"""The letters: text and HTML say the same, name what was found and never its value."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone
from pytest_django import Settings

from jobs.letters.compose import compose
from jobs.letters.send import send_due_letters
from jobs.models import Finding, Job, Letter
from jobs.results.acts import reissue
from jobs.states import State
from jobs.steps.decide import decide
from jobs.steps.receive import announce
from jobs.steps.resend import resend
from jobs.wording import moment_text
from pipelines.models import Pipeline
from tests.jobs import scenes
from tests.walk import walk_to
from uploads.rules import DeclaredFile

pytestmark = pytest.mark.django_db


def to(address: str) -> list[EmailMultiAlternatives]:
    """What was sent there, in order."""
    sent = [one for one in mail.outbox if isinstance(one, EmailMultiAlternatives)]
    return [message for message in sent if message.to == [address]]


def letter_of(job: Job) -> tuple[EmailMultiAlternatives, str, str]:
    """The last letter about the job: the message, its text, its HTML."""
    Letter.objects.update(due_at=timezone.now())
    send_due_letters()
    message = to("olga@far.example")[-1]
    html = str(message.alternatives[0][0])
    for part in (str(message.body), html):
        assert "{%" not in part
        assert "{{" not in part
        assert job.short_id in part
        assert "\u202e" not in part
    assert "<img" not in html
    assert "<script>" not in html
    return message, str(message.body), html


@pytest.fixture(autouse=True)
def _title(pipeline: Pipeline) -> None:
    Pipeline.objects.update(title="Cells & <Words>\nBcc: eve@far.example")
    pipeline.refresh_from_db()


def test_the_subject_is_one_line_and_the_text_is_not_escaped(pipeline: Pipeline) -> None:
    message, text, html = letter_of(scenes.arrived(pipeline, State.UPLOADED))
    assert message.subject == "We have your files: Cells & <Words> Bcc: eve@far.example"
    assert "Cells & <Words>" in text
    assert "Cells &amp; &lt;Words&gt;" in html


def test_the_receipt_lists_the_files_with_their_checksums(pipeline: Pipeline) -> None:
    job = scenes.arrived(pipeline, State.UPLOADED)
    _, text, html = letter_of(job)
    for part in (text, html):
        assert "Grüße, Olga.csv" in part
        assert "48 GB" in part
        assert "5e" * 32 in part
        assert f"http://127.0.0.1:8000/j/{job.status_token}/receipt" in part
        assert f"http://127.0.0.1:8000/j/{job.status_token}/" in part
        assert moment_text(job.changed_at) in part
    assert "<script>alert(1)</script>\ufffdcod.exe" in text


def test_the_receipt_says_how_far_it_is_proved(pipeline: Pipeline) -> None:
    job = scenes.arrived(pipeline, State.UPLOADED)

    def told() -> str:
        return str(compose(Letter.objects.get()).body)

    assert "still being computed" in told()
    walk_to(job, State.CLEAN)
    assert "computed here, of what is stored" in told()
    job.upload.files.update(verified_at=timezone.now())
    assert "stored exactly as it is on your computer" in told()


def test_the_receipt_of_what_was_damaged_does_not_say_that_all_is_well(pipeline: Pipeline) -> None:
    job = scenes.damaged(pipeline)
    receipt = str(compose(Letter.objects.get(kind=Letter.Kind.RECEIVED)).body)
    assert "not all of it is as on your computer" in receipt
    assert "then the work waits" not in receipt
    _, text, html = letter_of(job)
    for part in (text, html):
        assert "“Grüße, Olga.csv” did not arrive as on your computer." in part
        assert "Please send your files again." in part


def test_a_letter_lists_thirty_files_and_links_to_the_rest(pipeline: Pipeline) -> None:
    job = announce(pipeline, "olga@far.example", [DeclaredFile("a.txt", 1)] * 31)
    _, text, html = letter_of(walk_to(job, State.CLEAN))
    for part in (text, html):
        assert part.count("a.txt") == 30
        assert part.count("0" * 64) == 30
        assert "31 files in all" in part


def test_the_result_is_a_link_with_an_end(pipeline: Pipeline) -> None:
    job = scenes.delivered(pipeline)
    message, text, html = letter_of(job)
    assert message.subject.startswith("Your result is ready: ")
    for part in (text, html):
        assert f"http://127.0.0.1:8000/r/{scenes.link_of(job).token}/" in part
        assert "then it is deleted" in part


def test_the_letter_of_a_link_that_replaces_another_says_so(pipeline: Pipeline) -> None:
    job = scenes.delivered(pipeline)
    assert "takes the place" not in letter_of(job)[1]
    resend(job, job.email, actor="sam")

    message, text, html = letter_of(job)

    assert message.subject.startswith("A new link to your result: ")
    for part in (text, html):
        assert "This link takes the place of the earlier one, which has ended." in part
        assert "Your result is ready" not in part


def test_a_link_before_of_which_no_letter_told_is_not_spoken_of(pipeline: Pipeline) -> None:
    job = scenes.delivered(pipeline)
    reissue(job, actor="sam")
    assert letter_of(job)[0].subject.startswith("Your result is ready: ")


def test_a_rejection_names_file_kind_and_place(pipeline: Pipeline) -> None:
    _, text, html = letter_of(scenes.rejected(pipeline))
    for part in (text, html):
        assert "Grüße, Olga.csv" in part
        assert "e-mail address, 17 times: line 2, line 9, line 40, …" in part
        assert "harmful content (Eicar-Test), once" in part
        assert "Please remove or replace what was found, then send your files again." in part
        assert "http://127.0.0.1:8000/p/word-count/" in part


def test_a_rejection_for_what_could_not_be_checked_says_what_to_do(pipeline: Pipeline) -> None:
    _, text, html = letter_of(scenes.unreadable(pipeline))
    for part in (text, html):
        assert "Personal data: not looked at: it is encrypted" in part
        assert "please send it in another form" in part
        assert "remove or replace" not in part


def test_who_is_held_need_do_nothing_and_may_send_again(pipeline: Pipeline) -> None:
    _, text, html = letter_of(scenes.held(pipeline))
    for part in (text, html):
        assert "You need to do nothing" in part
        assert "e-mail address, 17 times: line 2, line 9, line 40, …" in part
        assert "cancel the job on its page and send them again" in part


def test_who_is_released_learns_so_and_why(pipeline: Pipeline) -> None:
    message, text, html = letter_of(scenes.released(pipeline))
    assert message.subject.startswith("Your files were accepted: ")
    for part in (text, html):
        assert "accepted them" in part
        assert "These are test data." in part
        assert "The person who looked at them writes:" in part


def test_who_is_rejected_by_a_person_reads_whose_words_the_reason_is(pipeline: Pipeline) -> None:
    job = scenes.held(pipeline)
    decide(job, State.REJECTED, "These are real patients.", actor="sam")
    _, text, html = letter_of(job)
    assert "The person who looked at them writes:\nThese are real patients.\n\n" in text
    assert "writes: <strong>These are real patients.</strong>" in html


def only_possible(pipeline: Pipeline) -> Job:
    """Held, though nothing that was found is sure: nobody is told to remove it."""
    job = scenes.held(pipeline)
    Finding.objects.filter(job=job).update(score=0.1)
    return job


@pytest.mark.parametrize("scene", [scenes.rejected, scenes.unreadable, scenes.held, only_possible])
def test_a_refusal_has_no_more_than_one_empty_line_between_its_parts(
    pipeline: Pipeline, scene: Callable[[Pipeline], Job]
) -> None:
    job = scene(pipeline)
    if job.state == State.HELD:
        decide(job, State.REJECTED, "These are real patients.", actor="sam")
    _, text, html = letter_of(job)
    assert "\n\n\n" not in text
    assert "\n " not in text.replace("\n  - ", "").replace("\n    ", "")
    assert "<p></p>" not in html


def test_her_pi_is_asked_to_decide_and_told_no_names_of_files(
    pipeline: Pipeline, sam: User
) -> None:
    pipeline.owners.add(sam)
    gone = User.objects.create_user("bob", "bob@uni.example", is_active=False)
    pipeline.owners.add(gone)
    job = scenes.held(pipeline)
    send_due_letters()
    assert not to("bob@uni.example")
    for address in ("ada@uni.example", "sam@uni.example"):
        (message,) = to(address)
        for part in (str(message.body), str(message.alternatives[0][0])):
            assert f"http://127.0.0.1:8000/admin/jobs/job/{job.pk}/change/" in part
            assert "Personal data: Found in 1 of 2 files." in part
            assert "this pipeline is yours" in part
            assert "Grüße" not in part
            assert job.status_token not in part


def test_where_no_owner_has_an_address_support_is_asked(
    pipeline: Pipeline, settings: Settings
) -> None:
    pipeline.owners.clear()
    settings.SUPPORT_EMAIL = "help@uni.example"
    scenes.held(pipeline)
    send_due_letters()
    assert len(to("help@uni.example")) == 1


def test_a_rejection_without_findings_calls_files_by_their_names(pipeline: Pipeline) -> None:
    job = scenes.arrived(pipeline, State.SCANNING)
    job.move_to(State.REJECTED, "File 1 could not be checked for viruses: it is encrypted.")
    _, text, html = letter_of(job)
    for part in (text, html):
        assert "“Grüße, Olga.csv” could not be checked for viruses" in part


def test_a_persons_refusal_is_told_in_their_words(pipeline: Pipeline) -> None:
    job = scenes.held(pipeline)
    _, text, _ = letter_of(job)
    assert "A person will look at your files" in text
    job.move_to(State.REJECTED, "These are real patients.", actor="ada")
    _, text, html = letter_of(job)
    assert "These are real patients." in text
    assert "These are real patients." in html


@pytest.mark.parametrize("state", [State.FAILED, State.CANCELLED])
def test_an_early_end_says_why_and_whom_to_ask(
    pipeline: Pipeline, state: State, settings: Settings
) -> None:
    settings.SUPPORT_EMAIL = "help@uni.example"
    job = scenes.arrived(pipeline, State.RUNNING)
    job.move_to(state, "It needed more than its 2000 MB of memory.")
    _, text, html = letter_of(job)
    for part in (text, html):
        assert "It needed more than its 2000 MB of memory." in part
        assert "help@uni.example" in part
