"""The letter before the end: once for each end, and never with a wrong date."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from backends.memory import MemoryCluster
from jobs import reasons, tasks
from jobs.letters.send import send_due_letters
from jobs.models import Job, Letter, Removal, ResultLink
from jobs.results import acts
from jobs.results.notice import notice_due
from jobs.wording import moment_text
from tests.jobs.scenes import link_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def handed_over(job: Job, ago: timedelta) -> ResultLink:
    """Its letter left so long ago, at which its time began."""
    acts.hand_over(link_of(job), timezone.now() - ago)
    return link_of(job)


def look(job: Job) -> None:
    """Expire looks at it now."""
    Job.objects.update(due_at=timezone.now())
    tasks.expire(str(job.pk))
    job.refresh_from_db()


def endings() -> list[EmailMultiAlternatives]:
    """The letters before an end that were sent."""
    send_due_letters()
    return [
        one
        for one in mail.outbox
        if isinstance(one, EmailMultiAlternatives) and "deleted soon" in one.subject
    ]


def test_it_is_due_three_days_before_the_end(delivered: Job) -> None:
    link = handed_over(delivered, timedelta())
    assert notice_due(delivered) == link.expires_at - 3 * DAY


def test_of_a_short_time_half_is_left(delivered: Job) -> None:
    delivered.settings |= {"result_days": 2}
    delivered.save()
    link = handed_over(delivered, timedelta())
    assert notice_due(delivered) == link.expires_at - DAY


def test_expire_wakes_for_it_and_writes_it_once(delivered: Job, site: MemoryCluster) -> None:
    link = handed_over(delivered, 10 * DAY)
    look(delivered)
    assert delivered.due_at == link.expires_at - 3 * DAY
    assert endings() == []
    ResultLink.objects.update(
        handed_over_at=link.handed_over_at, expires_at=timezone.now() + 2 * DAY
    )
    Job.objects.update(expires_at=timezone.now() + 2 * DAY)
    look(delivered)
    look(delivered)
    (letter,) = endings()
    assert letter.to == ["olga@far.example"]
    assert moment_text(link_of(delivered).expires_at) in str(letter.body)
    assert link_of(delivered).token in str(letter.body)
    look(delivered)
    assert len(endings()) == 1


def test_it_waits_for_nothing_that_cannot_be_deleted(delivered: Job, site: MemoryCluster) -> None:
    handed_over(delivered, 12 * DAY)
    Removal.objects.create(job=delivered, what=Removal.What.SCRATCH, objects_left=1)
    Job.objects.update(scratch_removed_at=timezone.now())
    look(delivered)
    assert delivered.waiting_for == reasons.STILL_SHOWN
    assert len(endings()) == 1


def test_it_says_whether_something_was_fetched_and_how_to_keep_it(
    delivered: Job, site: MemoryCluster
) -> None:
    delivered.settings |= {"extension_days": 7}
    delivered.save()
    handed_over(delivered, 12 * DAY)
    look(delivered)
    (letter,) = endings()
    for text in (str(letter.body), str(letter.alternatives[0][0])):
        assert "Nothing of it has been downloaded yet." in text
        assert "7 days longer" in text
    acts.count_download(link_of(delivered), file_number=1)
    acts.extend_for_recipient(link_of(delivered))
    Letter.objects.update(sent_at=None, due_at=timezone.now())
    again = endings()[-1]
    assert "Some of it was downloaded already." in str(again.body)
    assert "days longer" not in str(again.body)
    assert moment_text(link_of(delivered).expires_at) in str(again.body)


def test_a_later_end_has_a_letter_of_its_own(delivered: Job, site: MemoryCluster) -> None:
    link = handed_over(delivered, 12 * DAY)
    look(delivered)
    assert len(endings()) == 1
    acts.extend(link, timezone.now() + 20 * DAY, actor="ada")
    look(delivered)
    assert delivered.due_at > timezone.now() + 16 * DAY
    link.acts.filter(kind="extended").update(at=timezone.now() - 30 * DAY)
    Letter.objects.filter(kind="ending").update(created_at=timezone.now() - 31 * DAY)
    ResultLink.objects.update(expires_at=timezone.now() + DAY)
    Job.objects.update(expires_at=timezone.now() + DAY)
    look(delivered)
    assert len(endings()) == 2
    assert list(Letter.objects.filter(kind="ending").values_list("number", flat=True)) == [0, 1]


def test_one_that_waits_is_dropped_when_the_end_moves(delivered: Job, site: MemoryCluster) -> None:
    link = handed_over(delivered, 12 * DAY)
    look(delivered)
    assert Letter.objects.filter(kind="ending").exists()
    acts.extend(link, timezone.now() + 20 * DAY, actor="ada")
    assert endings() == []
    assert notice_due(delivered) == link_of(delivered).expires_at - 3 * DAY


@pytest.mark.parametrize("way", ["revoked", "over"])
def test_one_that_waits_is_dropped_when_the_link_ends(
    delivered: Job, site: MemoryCluster, way: str
) -> None:
    link = handed_over(delivered, 12 * DAY)
    look(delivered)
    if way == "revoked":
        acts.revoke(link, actor="sam")
    else:
        Job.objects.update(expires_at=timezone.now() - DAY)
        look(delivered)
    assert endings() == []


@pytest.mark.parametrize("why", ["quiet", "not handed over", "empty"])
def test_some_need_none(delivered: Job, why: str) -> None:
    if why != "not handed over":
        handed_over(delivered, 12 * DAY)
    delivered.is_quiet = why == "quiet"
    if why == "empty":
        delivered.results.all().delete()
    assert notice_due(delivered) is None
