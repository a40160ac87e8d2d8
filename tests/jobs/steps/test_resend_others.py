"""A letter goes again: what becomes of other jobs on the same files, and of what was withdrawn."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client

from jobs.again.acts import again
from jobs.models import Job, Letter, LinkAct, Resending
from jobs.results.acts import revoke
from jobs.states import State
from jobs.steps.resend import ResultWithdrawn, resend
from pipelines.models import Pipeline
from tests.jobs import scenes
from tests.jobs.steps.following import fresh
from tests.jobs.steps.mailed import OLGA, RIGHT, links_in, sent
from tests.walk import walk_to

pytestmark = pytest.mark.django_db


def test_repetitions_get_the_corrected_address_too_with_a_row_and_a_letter_each(
    pipeline: Pipeline, client: Client
) -> None:
    repetition = scenes.repetition(pipeline)
    first = repetition.again_of
    assert first is not None
    old = set().union(*(links_in(message) for message in sent()))
    assert resend(first, RIGHT, actor="ada") == [repetition]
    letters = sent()
    assert [letter.to for letter in letters] == [[RIGHT]] * 2
    for link in old:
        assert client.get(link).status_code in (404, 410), link
    new = set().union(*map(links_in, letters))
    assert {client.get(link).status_code for link in new} == {200}
    rows = Resending.objects.order_by("pk")
    assert [(row.job, row.old_email, row.new_email) for row in rows] == [
        (first, OLGA, RIGHT),
        (repetition, OLGA, RIGHT),
    ]
    assert all(row.ended_sha256 for row in rows)


def test_a_letter_of_a_repetition_that_has_not_left_goes_to_the_corrected_address_once(
    pipeline: Pipeline,
) -> None:
    repetition = scenes.repetition(pipeline)
    assert repetition.again_of
    repetition.move_to(State.FAILED, "It has failed.")
    resend(repetition.again_of, RIGHT, actor="ada")
    of_it = Letter.objects.filter(transition__job=repetition, kind="failed")
    assert [letter.recipient for letter in of_it] == [RIGHT]
    assert {message.to[0] for message in sent()} == {RIGHT}


def test_a_correction_of_a_repetition_counts_for_the_first_job_and_its_result(
    pipeline: Pipeline, client: Client
) -> None:
    repetition = scenes.repetition(pipeline)
    first = repetition.again_of
    assert first is not None
    result = f"/r/{scenes.link_of(first).token}/"
    assert client.get(result).status_code == 200
    assert resend(repetition, RIGHT, actor="ada") == [first]
    assert client.get(result).status_code == 410
    assert fresh(first).email == RIGHT
    (link,) = first.links.filter(revoked_at=None)
    assert link.acts.get(kind=LinkAct.Kind.MADE).detail == "The address was corrected."


def test_of_a_job_of_which_nothing_is_left_only_the_address_ends(
    pipeline: Pipeline, client: Client
) -> None:
    repetition = scenes.repetition(pipeline)
    first = repetition.again_of
    assert first is not None
    first.move_to(State.EXPIRED, "The result's time is over; it was deleted.")
    sent()
    resend(repetition, RIGHT, actor="ada")
    assert len(sent()) == 1  # the repetition's
    assert client.get(f"/j/{first.status_token}/").status_code == 410
    assert fresh(first).email == RIGHT


def test_what_is_the_same_address_again_leaves_repetitions_as_they_are(
    pipeline: Pipeline, client: Client
) -> None:
    repetition = scenes.repetition(pipeline)
    assert repetition.again_of
    assert resend(repetition.again_of, OLGA, actor="ada") == []
    assert client.get(f"/j/{repetition.status_token}/").status_code == 200


def test_in_wrong_hands_are_all_pages_that_the_jobs_own_page_leads_to(
    pipeline: Pipeline, client: Client
) -> None:
    repetition = scenes.repetition(pipeline)
    first = repetition.again_of
    assert first is not None
    repetition.move_to(State.FAILED, "It has failed.")
    second = again(fresh(repetition), name=uuid4())
    assert resend(fresh(repetition), OLGA, actor="ada", in_wrong_hands=True) == [second]
    assert client.get(f"/j/{first.status_token}/").status_code == 200
    for job in (repetition, second):
        assert client.get(f"/j/{job.status_token}/").status_code == 410
    assert [row.job for row in Resending.objects.order_by("pk")] == [repetition, second]


def test_jobs_for_somebody_else_and_of_rehearsals_are_left_alone(pipeline: Pipeline) -> None:
    repetition = scenes.repetition(pipeline)
    first = repetition.again_of
    assert first is not None
    Job.objects.filter(pk=repetition.pk).update(is_quiet=True)
    assert resend(first, RIGHT, actor="ada") == []
    Job.objects.filter(pk=repetition.pk).update(is_quiet=False, email="eve@far.example")
    assert resend(first, OLGA, actor="ada") == []
    assert not repetition.resendings.exists()


# --- what was withdrawn on purpose ------------------------------------------------------------


@pytest.fixture
def withdrawn(pipeline: Pipeline) -> Job:
    """Ada has ended the only link to the result; all letters have left."""
    job = scenes.kept(pipeline)
    sent()
    assert revoke(scenes.link_of(job), actor="ada", why="Wrong data.")
    return job


@pytest.mark.parametrize("in_wrong_hands", [True, False])
def test_a_withdrawn_result_stays_withdrawn_when_another_job_is_corrected(
    withdrawn: Job, client: Client, in_wrong_hands: bool
) -> None:
    repetition = walk_to(again(withdrawn, name=uuid4()), State.RUNNING)
    sent()
    resend(repetition, RIGHT, actor="ada", in_wrong_hands=in_wrong_hands)
    assert not withdrawn.links.filter(revoked_at=None).exists()
    assert {letter.kind for letter in Letter.objects.filter(recipient=RIGHT)} == {"received"}
    (letter,) = sent()
    assert f"/j/{fresh(repetition).status_token}/" in links_in(letter)
    assert fresh(withdrawn).email == RIGHT
    assert client.get(f"/j/{withdrawn.status_token}/").status_code == 410
    assert withdrawn.resendings.get().new_email == RIGHT


def test_repetitions_that_were_withdrawn_stay_so_when_somebody_else_has_the_links(
    withdrawn: Job,
) -> None:
    repetition = walk_to(again(withdrawn, name=uuid4()), State.RUNNING)
    Job.objects.filter(pk=repetition.pk).update(again_of=None)
    Job.objects.filter(pk=withdrawn.pk).update(again_of=repetition)
    resend(fresh(repetition), OLGA, actor="ada", in_wrong_hands=True, with_new_link=True)
    assert withdrawn.resendings.exists()
    assert not withdrawn.links.filter(revoked_at=None).exists()


def test_a_corrected_address_brings_no_withdrawn_result_back(
    withdrawn: Job, client: Client
) -> None:
    old = f"/j/{withdrawn.status_token}/"
    resend(withdrawn, RIGHT, actor="sam")
    assert sent() == []
    assert not withdrawn.links.filter(revoked_at=None).exists()
    assert fresh(withdrawn).email == RIGHT
    assert client.get(old).status_code == 410


def test_whose_link_is_to_be_a_new_one_gets_it_by_letter(withdrawn: Job) -> None:
    resend(withdrawn, RIGHT, actor="sam", with_new_link=True)
    (link,) = withdrawn.links.filter(revoked_at=None)
    (letter,) = sent()
    assert letter.to == [RIGHT]
    assert f"/r/{link.token}/" in links_in(letter)


def test_nothing_is_said_to_be_sent_of_what_was_withdrawn(withdrawn: Job) -> None:
    with pytest.raises(ResultWithdrawn):
        resend(withdrawn, OLGA, actor="sam")
    assert not Resending.objects.exists()
    assert sent() == []
