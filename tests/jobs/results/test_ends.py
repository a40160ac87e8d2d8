"""The end of a result: its time begins with its letter, and what is granted is never lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backends.memory import MemoryCluster, MemoryStore
from jobs import tasks
from jobs.letters.send import send_due_letters
from jobs.models import Job, Letter, LinkAct, ResultLink
from jobs.results import acts
from jobs.results.ends import GRACE, LONGEST_KEPT, MAIL_PATIENCE, latest_end, provisional_end
from jobs.states import State
from jobs.steps import expire
from jobs.steps.resend import resend
from jobs.wording import moment_text
from tests.jobs.results.conftest import ends_of
from tests.jobs.scenes import link_of
from tests.jobs.steps.following import fresh

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def kinds(job: Job) -> list[str]:
    """What was done with the job's links, in order."""
    return [act.kind for act in LinkAct.objects.filter(link__job=job)]


def end_now(job: Job, ago: timedelta) -> None:
    """The time of its result was over so long ago, and it is due."""
    over = timezone.now() - ago
    Job.objects.filter(pk=job.pk).update(expires_at=over, due_at=over)
    job.links.update(expires_at=over)


def test_until_its_letter_leaves_the_mails_own_time_is_added(delivered: Job) -> None:
    made_at = timezone.now()
    assert provisional_end(delivered, made_at) == made_at + 14 * DAY + MAIL_PATIENCE
    delivered.is_quiet = True  # no letter will come
    assert provisional_end(delivered, made_at) == made_at + 14 * DAY


def test_the_time_begins_when_the_letter_leaves(delivered: Job, link: ResultLink) -> None:
    link.expires_at = timezone.now() + 28 * DAY
    link.save()
    Job.objects.update(expires_at=link.expires_at, due_at=link.expires_at)
    send_due_letters()
    assert ends_of(delivered) == (14 * DAY, 14 * DAY)
    assert delivered.due_at <= timezone.now()  # for `expire` rested until the provisional end
    assert kinds(delivered) == ["made", "handed over"]
    assert moment_text(link_of(delivered).expires_at) in str(mail.outbox[-1].body)


def test_a_letter_that_does_not_leave_begins_nothing(delivered: Job, settings: object) -> None:
    settings.EMAIL_BACKEND = "tests.jobs.letters.test_send.BadServer"  # type: ignore[attr-defined]
    from tests.jobs.letters.test_send import BadServer

    BadServer.answer = ConnectionRefusedError("refused")
    send_due_letters()
    assert link_of(delivered).handed_over_at is None
    assert kinds(delivered) == ["made"]


def test_a_second_letter_begins_no_second_time(told: Job) -> None:
    assert not acts.hand_over(link_of(told), timezone.now())
    resend(told, told.email, actor="sam")
    send_due_letters()
    assert ends_of(told) == (4 * DAY, 4 * DAY)
    assert told.links.filter(handed_over_at=None).count() == 0


def test_the_time_begins_anew_where_the_letter_came_back(told: Job) -> None:
    Letter.objects.filter(kind=Letter.Kind.DELIVERED).update(bounced_at=timezone.now())
    resend(told, "olga@right.example", actor="sam")
    send_due_letters()
    assert ends_of(told) == (14 * DAY, 14 * DAY)
    assert told.expires_at
    assert moment_text(told.expires_at) in str(mail.outbox[-1].body)
    end = told.expires_at
    resend(told, "olga@right.example", actor="sam")  # the one before has arrived
    send_due_letters()
    told.refresh_from_db()
    assert told.expires_at == end


def test_what_was_extended_before_the_letter_left_is_not_cut(
    delivered: Job, link: ResultLink
) -> None:
    assert acts.extend(link, timezone.now() + 60 * DAY, actor="ada")
    send_due_letters()
    assert ends_of(delivered) == (60 * DAY, 60 * DAY)


def test_an_extension_keeps_link_and_files_and_is_written_down(told: Job) -> None:
    assert acts.extend(link_of(told), timezone.now() + 30 * DAY, actor="ada")
    assert ends_of(told) == (30 * DAY, 30 * DAY)
    assert told.due_at <= timezone.now()
    act = LinkAct.objects.get(kind="extended")
    assert (act.actor, act.detail[:6]) == ("ada", "until ")


@pytest.mark.parametrize("days", [0, 3])
def test_nothing_is_kept_shorter_by_an_extension(told: Job, days: int) -> None:
    assert not acts.extend(link_of(told), timezone.now() + days * DAY, actor="ada")
    assert ends_of(told) == (4 * DAY, 4 * DAY)
    assert "extended" not in kinds(told)


def test_a_link_that_has_ended_cannot_be_extended(told: Job) -> None:
    link = link_of(told)
    acts.revoke(link, actor="sam")
    assert not acts.extend(link, timezone.now() + 30 * DAY, actor="ada")
    end_now(told, timedelta(seconds=1))
    assert not acts.extend(acts.reissue(told, actor="sam"), timezone.now() + DAY, actor="ada")


def test_no_link_is_extended_whose_files_are_gone(told: Job) -> None:
    Job.objects.update(results_deleted_at=timezone.now())
    assert not acts.extend(link_of(told), timezone.now() + 30 * DAY, actor="ada")
    assert ends_of(told)[0] == 4 * DAY
    assert "extended" not in kinds(told)


def test_its_recipient_extends_once_as_the_pipeline_allows(told: Job) -> None:
    told.settings |= {"extension_days": 7}
    told.save()
    assert acts.extend_for_recipient(link_of(told))
    assert ends_of(told) == (11 * DAY, 11 * DAY)
    assert not acts.extend_for_recipient(link_of(told))
    acts.reissue(told, actor="sam")
    assert not acts.extend_for_recipient(link_of_newest(told))
    assert ends_of(told) == (11 * DAY, 11 * DAY)


def link_of_newest(job: Job) -> ResultLink:
    """The link that lives."""
    return job.links.get(revoked_at=None)


def test_two_clicks_at_once_extend_once(told: Job) -> None:
    told.settings |= {"extension_days": 7}
    told.save()
    first, second = link_of(told), link_of(told)
    assert acts.extend_for_recipient(first)
    assert not acts.extend_for_recipient(second)


def test_its_recipient_cannot_extend_what_the_pipeline_does_not_allow(told: Job) -> None:
    told.settings |= {"extension_days": 0}
    told.save()
    assert not acts.extend_for_recipient(link_of(told))


def test_its_recipient_cannot_extend_before_the_time_has_begun(delivered: Job) -> None:
    delivered.settings |= {"extension_days": 7}
    delivered.save()
    assert not acts.extend_for_recipient(link_of(delivered))


def test_people_keep_it_a_year_at_most(told: Job) -> None:
    assert told.ended_at
    assert latest_end(told) == told.ended_at + LONGEST_KEPT


def test_a_new_link_ends_the_old_and_lives_as_long(told: Job) -> None:
    old = link_of(told)
    new = acts.reissue(told, actor="sam", why="It was passed on.")
    old.refresh_from_db()
    assert (old.is_live, new.is_live) == (False, True)
    assert new.expires_at == old.expires_at
    assert new.token != old.token
    assert kinds(told)[-2:] == ["revoked", "made"]


def test_results_outlive_their_link_by_a_minute(
    told: Job, site: MemoryCluster, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    end_now(told, timedelta(seconds=59))
    tasks.expire(str(told.pk))
    assert fresh(told).state == State.DELIVERED
    end_now(told, timedelta(seconds=60))
    tasks.expire(str(told.pk))
    assert fresh(told).state == State.EXPIRED


def test_expire_sees_an_extension_that_came_while_it_worked(
    told: Job, site: MemoryCluster, store: MemoryStore
) -> None:
    end_now(told, timedelta(hours=1))
    held = Job.objects.claim(told.pk, "expire")
    assert held
    later = timezone.now() + 9 * DAY
    Job.objects.filter(pk=told.pk).update(expires_at=later, due_at=timezone.now())
    expire.expire(held, store=store, cluster=site)
    told.refresh_from_db()
    assert (told.state, told.results_deleted_at) == (State.DELIVERED, None)
    assert told.due_at == later + GRACE


def test_a_letter_that_leaves_too_late_promises_nothing(delivered: Job) -> None:
    end_now(delivered, ago=timedelta(hours=1))
    was = link_of(delivered).expires_at
    send_due_letters()
    assert moment_text(was) in str(mail.outbox[-1].body)
    assert link_of(delivered).expires_at == was


def rows_changed(act: Callable[[], object]) -> list[str]:
    """The tables of the rows that it changes, in their order."""
    with CaptureQueriesContext(connection) as queries:
        act()
    changed = (re.match(r'UPDATE "jobs_(\w+)"', query["sql"]) for query in queries)
    return [match[1] for match in changed if match]


def test_all_who_change_several_rows_begin_with_the_job(delivered: Job, link: ResultLink) -> None:
    """In two orders, two who come at once would wait for one another."""
    Letter.objects.exclude(kind=Letter.Kind.DELIVERED).delete()
    _claimed, *noted = rows_changed(send_due_letters)
    assert (noted[0], noted[-1]) == ("job", "letter")
    until = timezone.now() + 20 * DAY
    assert rows_changed(lambda: acts.extend(link, until, actor="ada"))[0] == "job"
    again = rows_changed(lambda: resend(fresh(delivered), "olga@near.example", actor="ada"))
    assert again[0] == "job"
