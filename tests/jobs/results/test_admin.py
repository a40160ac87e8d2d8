"""A job's page in the admin: who fetched what and when, and keeping, ending, renewing its link."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core import mail
from django.test import Client
from django.utils import timezone

from jobs.letters.send import send_due_letters
from jobs.models import Job, LinkAct
from jobs.results import acts
from jobs.results.ends import latest_end
from jobs.wording import day_text
from tests.jobs.scenes import HOSTILE, link_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client, sam: User) -> Client:
    """Sam's browser."""
    client.force_login(sam)
    return client


def may(user: User, *names: str) -> User:
    """She gets these permissions about jobs."""
    user.user_permissions.add(*Permission.objects.filter(codename__in=names))
    return user


def press(client: Client, job: Job, act: str, **fields: Any) -> str:
    """What the page says after the button was pressed."""
    said = {"act": act, "sure": "yes"} | fields
    answer = client.post(f"/admin/jobs/job/{job.pk}/links/", said, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def page_of(client: Client, job: Job) -> str:
    """The job's page."""
    return client.get(f"/admin/jobs/job/{job.pk}/change/").content.decode()


def today() -> date:
    """When the test runs: a run may go on past midnight."""
    return timezone.localdate()


def acts_of(job: Job) -> list[tuple[str, str]]:
    """What was done and by whom, without what was done before the test began."""
    rows = LinkAct.objects.filter(link__job=job).exclude(kind="handed over")
    return list(rows.values_list("kind", "actor"))


def test_staff_keep_a_result_longer(staff: Client, told: Job) -> None:
    day = today() + timedelta(days=90)
    assert f"kept until the end of {day_text(day)}" in press(staff, told, "keep", until=day)
    told.refresh_from_db()
    assert told.expires_at == link_of(told).expires_at
    assert timezone.localdate(told.expires_at) == day
    assert acts_of(told) == [("extended", "sam")]


def beyond(job: Job) -> date:
    """A day too far."""
    return timezone.localdate(latest_end(job)) + timedelta(days=1)


def test_nobody_keeps_it_for_more_than_a_year_or_until_no_day(staff: Client, told: Job) -> None:
    for until in (beyond(told), "", "some day"):
        assert "Please choose" in press(staff, told, "keep", until=until)
    assert "longer than that already" in press(staff, told, "keep", until=today())
    assert acts_of(told) == []


def test_staff_end_a_link_and_say_why(staff: Client, told: Job, client: Client) -> None:
    link = link_of(told)
    assert "The link has ended." in press(staff, told, "end", reason="It was passed on.")
    assert client.get(f"/r/{link.token}/").status_code == 410
    assert acts_of(told) == [("revoked", "sam")]
    assert "It was passed on." in page_of(staff, told)
    assert "nothing was changed" in press(staff, told, "end")
    assert "nothing was changed" in press(staff, told, "keep", until=today() + timedelta(days=9))


def test_a_new_link_is_mailed_and_shown_to_nobody_else(staff: Client, told: Job) -> None:
    old = link_of(told)
    page = press(staff, told, "renew", reason="It was lost.")
    assert "A new link to the result goes to olga@far.example" in page
    send_due_letters()
    old.refresh_from_db()
    new = told.links.get(revoked_at=None)
    assert old.revoked_at
    assert new.token in str(mail.outbox[-1].body)
    assert mail.outbox[-1].to == ["olga@far.example"]
    assert new.expires_at == old.expires_at
    for secret in (old.token, new.token, told.status_token):
        assert secret not in page_of(staff, told)


def test_a_new_link_comes_after_one_that_was_ended(staff: Client, told: Job) -> None:
    press(staff, told, "end")
    press(staff, told, "renew")
    assert told.links.filter(revoked_at=None).count() == 1


@pytest.mark.parametrize("act", ["end", "renew"])
def test_what_cannot_be_taken_back_is_asked_about_once(staff: Client, told: Job, act: str) -> None:
    page = press(staff, told, act, sure="", reason="It was <passed> on.")
    assert 'name="reason" value="It was &lt;passed&gt; on."' in page
    assert 'name="sure"' in page
    assert acts_of(told) == []


def test_a_replaced_link_is_told_from_one_that_was_ended(staff: Client, told: Job) -> None:
    press(staff, told, "renew")
    page = page_of(staff, told)
    assert "replaced by a newer one on" in page
    assert "A new link was mailed." in page
    assert "ended by hand" not in page
    press(staff, told, "end")
    assert "ended by hand on" in page_of(staff, told)


def test_the_status_page_ends_with_the_link_only_if_somebody_else_has_it(
    staff: Client, told: Job, client: Client
) -> None:
    page = f"/j/{told.status_token}/"
    press(staff, told, "renew")
    assert told.links.get(revoked_at=None).token in client.get(page).content.decode()
    press(staff, told, "renew", in_wrong_hands="on")
    assert client.get(page).status_code == 410


def test_what_is_over_gets_no_new_link(staff: Client, told: Job) -> None:
    over = timezone.now() - timedelta(seconds=1)
    Job.objects.update(expires_at=over)
    told.links.update(expires_at=over)
    assert "time is over" in press(staff, told, "renew")
    assert 'name="act"' not in page_of(staff, told)
    assert acts_of(told) == []


def test_the_page_says_who_fetched_which_file(staff: Client, told: Job) -> None:
    acts.count_download(link_of(told), file_number=1)
    acts.count_download(link_of(told), file_number=2)
    acts.count_download(link_of(told), file_number=None)
    page = page_of(staff, told)
    for words in ("Grüße, Olga.csv", "all files in one", "collaborator", "3 downloads"):
        assert words in page
    assert HOSTILE not in page
    assert "<script>alert(1)" not in page


def test_a_pi_does_it_for_her_own_jobs(client: Client, ada: User, told: Job) -> None:
    client.force_login(may(ada, "view_job", "change_job"))
    press(client, told, "keep", until=today() + timedelta(days=30))
    assert acts_of(told) == [("extended", "ada")]


def test_who_may_only_look_does_nothing(client: Client, ada: User, told: Job) -> None:
    client.force_login(may(ada, "view_job"))
    assert 'name="act"' not in page_of(client, told)
    answer = client.post(f"/admin/jobs/job/{told.pk}/links/", {"act": "end"})
    assert answer.status_code == 403
    assert acts_of(told) == []


def test_to_eve_the_job_is_not_there(client: Client, told: Job) -> None:
    eve = User.objects.create_user("eve", "eve@uni.example", "pw", is_staff=True)
    client.force_login(may(eve, "view_job", "change_job"))
    answer = client.post(f"/admin/jobs/job/{told.pk}/links/", {"act": "end"})
    assert answer.status_code == 404
    client.logout()
    answer = client.post(f"/admin/jobs/job/{told.pk}/links/", {"act": "end"})
    assert answer["Location"].startswith("/admin/login/")
    assert acts_of(told) == []


def test_looking_changes_nothing(staff: Client, told: Job) -> None:
    assert staff.get(f"/admin/jobs/job/{told.pk}/links/").status_code == 405
