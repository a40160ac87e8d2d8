"""A letter goes again: what the earlier ones named ends, whatever the job is at."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.utils import timezone

from jobs.letters.compose import compose
from jobs.links import confirmation_token
from jobs.models import Job, Letter, LinkAct, Resending
from jobs.states import State
from jobs.steps.receive import AnnouncedOtherwise, announce, announced_before
from jobs.steps.resend import NothingToSend, may_resend, resend
from pipelines.models import Pipeline
from tests.jobs import scenes
from tests.jobs.steps.following import fresh
from tests.jobs.steps.mailed import LINK, OLGA, RIGHT, links_in, sent
from tests.walk import walk_to
from uploads.rules import DeclaredFile

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("address", "in_wrong_hands"), [(OLGA, True), (RIGHT, False)])
def test_both_old_links_are_dead_and_the_new_letter_has_live_ones(
    pipeline: Pipeline, client: Client, address: str, in_wrong_hands: bool
) -> None:
    job = scenes.delivered(pipeline)
    old = set().union(*(links_in(message) for message in sent()))
    assert {client.get(link).status_code for link in old} == {200}
    resend(job, address, actor="ada", in_wrong_hands=in_wrong_hands)
    (letter,) = sent()
    assert letter.to == [address]
    new = links_in(letter)
    assert {link[:3] for link in new} == {"/r/", "/j/"}
    assert not old & new
    for link in old:
        answer = client.get(link)
        assert answer.status_code in (404, 410), link
        assert not LINK.search(answer.content.decode())
    assert {client.get(link).status_code for link in new} == {200}


def test_who_gets_a_letter_again_at_the_same_address_keeps_the_status_page(
    pipeline: Pipeline, client: Client
) -> None:
    job = scenes.delivered(pipeline)
    status, old = f"/j/{job.status_token}/", f"/r/{scenes.link_of(job).token}/"
    before = client.get(f"{status}live")["ETag"]
    resend(job, OLGA, actor="ada")
    assert client.get(old).status_code == 410
    new = f"/r/{job.links.get(revoked_at=None).token}/"
    assert new in client.get(status).content.decode()
    assert client.get(f"{status}live")["ETag"] != before
    assert links_in(sent()[-1]) == {new, status}


def test_the_old_result_link_gives_nothing_to_a_click_either(
    pipeline: Pipeline, client: Client
) -> None:
    job = scenes.delivered(pipeline)
    old = scenes.link_of(job).token
    resend(job, RIGHT, actor="ada")
    assert client.post(f"/r/{old}/1").status_code == 410
    assert not LinkAct.objects.filter(kind=LinkAct.Kind.DOWNLOADED).exists()


def test_the_history_keeps_the_old_address_and_who_changed_it(pipeline: Pipeline) -> None:
    job = scenes.delivered(pipeline)
    resend(job, RIGHT.upper(), actor="ada")
    one = Resending.objects.get()
    assert (one.actor, one.old_email, one.new_email) == ("ada", OLGA, RIGHT)
    assert Job.objects.get().email == RIGHT
    assert [act.detail for act in LinkAct.objects.filter(kind=LinkAct.Kind.REVOKED)] == [
        "Replaced by a newer link. The address was corrected."
    ]


def test_the_letter_has_a_message_id_and_a_number_of_its_own(pipeline: Pipeline) -> None:
    job = scenes.delivered(pipeline)
    sent()
    for _ in range(2):
        resend(job, OLGA, actor="ada")
        sent()
    letters = Letter.objects.filter(kind=Letter.Kind.DELIVERED).order_by("number")
    assert [letter.number for letter in letters] == [0, 1, 2]
    assert len({letter.message_id for letter in letters}) == 3
    assert all(letter.sent_at for letter in letters)


def test_there_and_back_again(pipeline: Pipeline) -> None:
    job = scenes.delivered(pipeline)
    for address in (RIGHT, OLGA, RIGHT):
        resend(job, address, actor="ada")
    assert {message.to[0] for message in sent()} == {RIGHT}


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (State.UPLOADED, "received"),
        (State.SCANNING, "received"),
        (State.PENDING, "received"),
        (State.RUNNING, "received"),
        (State.HELD, "held"),
        (State.REJECTED, "rejected"),
        (State.FAILED, "failed"),
        (State.CANCELLED, "cancelled"),
    ],
)
def test_what_tells_where_the_job_stands_goes_again(
    job: Job, client: Client, state: State, kind: str
) -> None:
    walk_to(job, state)
    sent()
    resend(job, RIGHT, actor="sam")
    (letter,) = sent()
    assert letter.to == [RIGHT]
    assert Letter.objects.get(recipient=RIGHT).kind == kind
    assert f"/j/{job.status_token}/" in links_in(letter)


def test_later_letters_go_to_the_corrected_address(job: Job) -> None:
    walk_to(job, State.RUNNING)
    working = Job.objects.get()  # a worker has it, as it was
    sent()
    resend(Job.objects.get(), RIGHT, actor="sam")
    sent()
    working.move_to(State.FAILED)
    (letter,) = sent()
    assert letter.to == [RIGHT]


def test_a_letter_that_has_not_left_goes_to_the_corrected_address_once(job: Job) -> None:
    walk_to(job, State.UPLOADED)
    first = Letter.objects.get()
    resend(job, RIGHT, actor="sam")
    letter = Letter.objects.get()
    assert letter.recipient == RIGHT
    assert letter.message_id != first.message_id
    assert len(sent()) == 1


def test_a_letter_that_is_on_its_way_meanwhile_goes_again_with_the_new_links(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = scenes.delivered(pipeline)
    old = f"/r/{scenes.link_of(job).token}/"
    send = EmailMultiAlternatives.send

    def slowly(message: EmailMultiAlternatives, *args: Any) -> int:
        monkeypatch.undo()
        resend(Job.objects.get(), RIGHT, actor="ada")
        return send(message, *args)

    monkeypatch.setattr(EmailMultiAlternatives, "send", slowly)
    first = sent()
    assert old not in str(first[-1].body)
    delivered = [one for one in [*first, *sent()] if "/r/" in str(one.body)]
    assert delivered[-1].to == [RIGHT]
    assert Letter.objects.get(kind=Letter.Kind.DELIVERED).recipient == RIGHT
    assert not Letter.objects.filter(sent_at=None).exists()


def test_a_letter_that_was_written_but_not_sent_when_the_address_changed_stays_here(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk_to(job, State.UPLOADED)

    def slowly(*args: Any) -> EmailMultiAlternatives:
        message = compose(*args)
        monkeypatch.undo()
        resend(Job.objects.get(), RIGHT, actor="ada")
        return message

    monkeypatch.setattr("jobs.letters.send.compose", slowly)
    assert sent() == []
    assert [message.to for message in sent()] == [[RIGHT]]


def test_an_unconfirmed_job_asks_the_new_address_and_the_old_letter_confirms_nothing(
    pipeline: Pipeline, client: Client
) -> None:
    job = scenes.unconfirmed(pipeline)
    sent()
    old = confirmation_token(job.pk, job.status_sha256)
    resend(job, RIGHT, actor="ada")
    assert client.post(f"/c/{old}/").status_code == 404
    job.refresh_from_db()
    assert job.awaits_confirmation
    (letter,) = sent()
    (link,) = links_in(letter)
    assert client.post(link).status_code == 302
    job.refresh_from_db()
    assert not job.awaits_confirmation


def test_who_confirmed_once_is_not_asked_again(pipeline: Pipeline) -> None:
    job = scenes.unconfirmed(pipeline)
    job.move_to(State.UPLOADED, actor="collaborator", confirmed_at=timezone.now())
    sent()
    resend(job, RIGHT, actor="ada")
    assert [one.to for one in sent()] == [[RIGHT]]
    assert not job.awaits_confirmation
    assert Letter.objects.get(recipient=RIGHT).kind == "received"


@pytest.mark.parametrize("state", [State.UPLOADING, State.EXPIRED])
def test_where_no_letter_tells_of_it_nothing_is_sent(job: Job, state: State) -> None:
    if state != State.UPLOADING:
        job.move_to(state)
    with pytest.raises(NothingToSend):
        resend(job, RIGHT, actor="sam")
    assert Job.objects.get().email == OLGA
    assert not Resending.objects.exists()


def test_a_result_whose_time_is_over_is_not_sent(pipeline: Pipeline) -> None:
    job = scenes.delivered(pipeline)
    assert may_resend(job)
    job.save_fields(expires_at=timezone.now() - timedelta(seconds=1))
    assert not may_resend(job)


def test_a_job_that_moves_meanwhile_is_followed(job: Job) -> None:
    walk_to(job, State.RUNNING)
    seen_earlier = Job.objects.get()
    job.move_to(State.FAILED)
    resend(seen_earlier, RIGHT, actor="sam")
    assert "failed" in {letter.kind for letter in Letter.objects.filter(recipient=RIGHT)}


def test_the_old_status_address_says_what_became_of_it_and_nothing_of_the_job(
    pipeline: Pipeline, client: Client
) -> None:
    job = scenes.delivered(pipeline)
    old = job.status_token
    resend(job, RIGHT, actor="ada")
    answer = client.get(f"/j/{old}/")
    assert answer.status_code == 410
    text = answer.content.decode()
    assert "This address has ended" in text
    for secret in (RIGHT, OLGA, job.status_token, job.settings["title"], "Grüße"):
        assert secret not in text
    for door in ("live", "receipt", "receipt.sha256", "scan.json"):
        assert client.get(f"/j/{old}/{door}").status_code == 404
    assert client.post(f"/j/{old}/cancel").status_code == 404


def test_no_other_page_leads_to_a_job_that_got_a_new_address(
    pipeline: Pipeline, client: Client
) -> None:
    repetition = scenes.repetition(pipeline)
    first = repetition.again_of
    assert first is not None
    page = f"/j/{first.status_token}/"
    assert repetition.status_token in client.get(page).content.decode()
    resend(repetition, OLGA, actor="ada")
    assert repetition.status_token in client.get(page).content.decode()
    for _ in range(2):
        resend(repetition, OLGA, actor="ada", in_wrong_hands=True)
        assert repetition.status_token not in client.get(page).content.decode()
        answer = client.post(f"{page}again", {"name": str(repetition.announcement)})
        assert answer.status_code == 409
        assert repetition.status_token not in answer.content.decode()


def test_what_announced_the_files_does_not_lead_there_either(pipeline: Pipeline) -> None:
    name, files = uuid4(), [DeclaredFile("letters.txt", 11)]
    job = announce(pipeline, OLGA, files, name=name)
    assert announced_before(name, pipeline, OLGA, files) == job
    resend(walk_to(job, State.RUNNING), OLGA, actor="ada")
    assert announced_before(name, pipeline, OLGA, files) == job
    resend(job, OLGA, actor="ada", in_wrong_hands=True)
    with pytest.raises(AnnouncedOtherwise):
        announced_before(name, pipeline, OLGA, files)


def test_of_two_who_correct_it_at_once_each_ends_what_the_other_began(
    client: Client, pipeline: Pipeline
) -> None:
    job = scenes.delivered(pipeline)
    seen_by_ada, seen_by_sam = fresh(job), fresh(job)
    resend(seen_by_ada, "olga@near.example", actor="ada")
    between = fresh(job).status_token
    resend(seen_by_sam, "olga@far.example", actor="sam")
    assert client.get(f"/j/{job.status_token}/").status_code == 410
    assert client.get(f"/j/{between}/").status_code == 410
    last = job.resendings.last()
    assert last
    assert (last.old_email, last.new_email) == ("olga@near.example", "olga@far.example")
