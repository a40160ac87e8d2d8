"""The PI's page: who sees what, what it says, and that looking changes nothing."""

from __future__ import annotations

import csv
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from jobs.models import DigestWish, Finding, Job
from jobs.overview.tables import as_text
from jobs.states import State
from pipelines.code import read_code
from pipelines.models import Pipeline
from pipelines.publish import publish_code
from tests.jobs import scenes

pytestmark = pytest.mark.django_db
PAGE = "/admin/overview/"
LOG = "\n".join(f"line {number}" for number in range(30)) + "\nValueError: <b>no column</b>\n"


def shown(client: Client, **query: str | int) -> str:
    answer = client.get(PAGE, query)
    assert answer.status_code == 200
    return answer.content.decode()


def failed(pipeline: Pipeline, reason: str = "a.csv has no column “time”.", log: str = "") -> Job:
    job = scenes.arrived(pipeline, State.RUNNING)
    job.move_to(State.FAILED, reason, log_tail=log)
    return job


def row(page: str, title: str, table: int = 0) -> list[str]:
    """The cells of one row."""
    found = re.findall(rf'<tr><th scope="row">{title}</th>(.*?)</tr>', page, re.DOTALL)
    return [str(cell) for cell in re.findall(r">([^<]*)</td>", found[table])]


def test_a_pi_sees_her_pipelines_and_no_others(
    desk: Client, pipeline: Pipeline, other: Pipeline
) -> None:
    scenes.held(other)
    scenes.delivered(pipeline)
    page = shown(desk)
    assert "Word count" in page
    assert "Other" not in page
    assert "All together" not in page
    assert row(page, "Word count")[:2] == ["1", "1"]
    assert desk.get(PAGE, {"pipeline": other.pk}).status_code == 404
    assert desk.get(f"/admin/overview.csv?pipeline={other.pk}").status_code == 404


def test_support_sees_all_and_may_choose_any(
    client: Client, sam: User, pipeline: Pipeline, other: Pipeline
) -> None:
    client.force_login(sam)
    scenes.held(other)
    scenes.delivered(pipeline)
    assert row(shown(client), "All together")[0] == "2"
    page = shown(client, pipeline=other.pk)
    assert row(page, "Other")[0] == "1"
    assert "All together" not in page


@pytest.mark.parametrize("query", ["span=8", "span=", "pipeline=x", "pipeline=9999", "span=%00"])
def test_what_is_not_there_to_choose_is_not_found(
    desk: Client, pipeline: Pipeline, query: str
) -> None:
    assert desk.get(f"{PAGE}?{query}").status_code == 404


def test_strangers_log_in_first_and_who_may_see_no_jobs_finds_nothing(
    client: Client, pipeline: Pipeline
) -> None:
    for address in (PAGE, "/admin/overview.csv"):
        assert "/login/" in client.get(address)["Location"]
    eve = User.objects.create_user("eve", "eve@uni.example", "pw", is_staff=True)
    client.force_login(eve)
    assert client.get(PAGE).status_code == 404
    assert client.post(PAGE, {"letter": "yes"}).status_code == 404
    assert reverse("overview") not in client.get(reverse("admin:index")).content.decode()


def test_a_pi_without_a_pipeline_is_told_so(client: Client, db: None) -> None:
    eve = User.objects.create_user("eve", "eve@uni.example", "pw", is_staff=True)
    eve.user_permissions.set(Permission.objects.filter(codename="view_job"))
    client.force_login(eve)
    page = shown(client)
    assert "You have no pipeline yet" in page
    assert "every Monday" not in page


def test_the_index_and_the_pipelines_page_lead_there(desk: Client, pipeline: Pipeline) -> None:
    assert f'href="{PAGE}"' in desk.get(reverse("admin:index")).content.decode()
    form = desk.get(reverse("admin:pipelines_pipeline_change", args=[pipeline.pk]))
    assert f'href="{PAGE}?pipeline={pipeline.pk}"' in form.content.decode()


def test_the_time_is_chosen(desk: Client, pipeline: Pipeline) -> None:
    job = scenes.delivered(pipeline)
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(days=20))
    came_in = {span: row(shown(desk, span=span), "Word count")[0] for span in ("7", "30", "all")}
    assert came_in == {"7": "0", "30": "1", "all": "1"}


def test_a_failure_has_its_date_sender_reason_version_and_the_end_of_its_log(
    desk: Client, pipeline: Pipeline
) -> None:
    job = failed(pipeline, log=LOG)
    page = shown(desk)
    assert "a.csv has no column “time”." in page
    assert "sent by olga@far.example, version 1" in page
    assert f"/admin/jobs/job/{job.pk}/change/" in page
    assert "line 29\nValueError: &lt;b&gt;no column&lt;/b&gt;</pre>" in page
    assert "line 11\n" in page
    assert "line 10\n" not in page
    assert "The last 20 lines" in page
    assert "serves by now" not in page
    publish_code(
        pipeline, read_code(b"def run(inputs, output): pass\n"), file_name="a.py", user=None
    )
    assert "Version 2 of the code serves by now." in shown(desk)


def test_failures_for_the_same_reason_are_told_once_the_newest_first(
    desk: Client, pipeline: Pipeline
) -> None:
    for _ in range(7):
        failed(pipeline, log="the same\n")
    failed(pipeline, "It broke.", log="another\n")
    page = shown(desk)
    assert page.count("a.csv has no column") == 1
    assert page.index("It broke.") < page.index("a.csv has no column")
    assert "7 jobs for the same reason" in page
    assert "and 4 more" in page
    assert page.count("sent by olga@far.example") == 4


def test_a_log_that_went_with_its_jobs_files_is_told_to_be_deleted(
    desk: Client, pipeline: Pipeline
) -> None:
    job = failed(pipeline)
    assert "It left no log." in shown(desk)
    Job.objects.filter(pk=job.pk).update(cleared_at=timezone.now())
    assert "Its log is deleted" in shown(desk)


def test_what_waits_for_her_decision_stands_first_whatever_its_age(
    desk: Client, pipeline: Pipeline
) -> None:
    held, on_hold = scenes.held(pipeline), scenes.on_hold(pipeline)
    Job.objects.update(created_at=timezone.now() - timedelta(days=90))
    page = shown(desk, span="7")
    waiting = page[page.index("Waiting for your decision") : page.index("<table>")]
    assert waiting.index(held.short_id) < waiting.index(on_hold.short_id)
    assert "held for review" in waiting
    assert "On hold: people decide" in waiting
    held.move_to(State.CLEAN, "Test data.", actor="ada")
    assert held.short_id not in shown(desk, span="7")


def test_of_many_that_wait_the_oldest_are_shown_and_all_are_counted(
    desk: Client, pipeline: Pipeline
) -> None:
    jobs = [scenes.arrived(pipeline, State.HELD) for _ in range(12)]
    page = shown(desk)
    assert [job for job in jobs if job.short_id in page] == jobs[:10]
    assert "These wait longest, of 12 in all" in page


def test_what_the_check_found_is_told_by_kind_and_number(desk: Client, pipeline: Pipeline) -> None:
    scenes.held(pipeline)
    scenes.rejected(pipeline)
    page = shown(desk)
    assert "harmful content (Eicar-Test)" in page
    person = Finding.objects.filter(entity="PERSON").first()
    assert person is None or "a person" in page
    released = shown(desk, span="7")
    assert released.count("harmful content") == 1


def test_names_and_reasons_of_others_are_text_and_no_markup(
    desk: Client, pipeline: Pipeline
) -> None:
    Pipeline.objects.update(title="<script>alert(1)</script>")
    failed(pipeline, "<script>alert(2)</script>", log="<script>alert(3)</script>")
    Job.objects.update(email="<script>alert(4)</script>@x.example")
    assert "<script>alert" not in shown(desk)


def test_the_page_asks_the_database_the_same_number_of_times_however_many_jobs_there_are(
    desk: Client, pipeline: Pipeline
) -> None:
    counts = []
    for _ in range(2):
        failed(pipeline, log=LOG)
        failed(pipeline, f"Reason {Job.objects.count()}.")
        scenes.held(pipeline)
        scenes.delivered(pipeline)
        with CaptureQueriesContext(connection) as asked:
            shown(desk, span="all")
        counts.append(len(asked))
    assert counts[0] == counts[1] < 40


# --- the file -------------------------------------------------------------------------------------


def test_the_file_has_every_figure_with_its_unit(desk: Client, pipeline: Pipeline) -> None:
    scenes.delivered(pipeline)
    failed(pipeline)
    answer = desk.get("/admin/overview.csv?span=7")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert re.search(
        r'attachment; filename="jobs-\d{4}-\d\d-\d\d-7.csv"', answer["Content-Disposition"]
    )
    first, total = csv.DictReader(answer.content.decode("utf-8-sig").splitlines())
    assert (first["pipeline"], first["address"]) == ("Word count", "/p/word-count/")
    assert (first["came_in"], first["delivered"], first["failed"]) == ("2", "1", "1")
    assert first["received_bytes"] == str(2 * sum(scenes.SIZES))
    assert first["core_hours"] == "0.0"
    assert total["pipeline"] == "All together"


def test_no_spreadsheet_takes_a_title_for_a_formula(desk: Client, pipeline: Pipeline) -> None:
    Pipeline.objects.update(title='=HYPERLINK("http://evil.example","x")')
    answer = desk.get("/admin/overview.csv").content.decode("utf-8-sig")
    (first, _total) = csv.DictReader(answer.splitlines())
    assert first["pipeline"].startswith("'=")
    for name in ("+1", "-1", "@x", "\tx", "\rx", " =1"):
        assert as_text(name) == f"'{name}"
    assert as_text("a=1") == "a=1"


# --- the wish for a letter ------------------------------------------------------------------------


def test_the_switch_asks_for_the_letter_and_ends_it(
    desk: Client, pipeline: Pipeline, ada: User
) -> None:
    assert "Send me this every Monday" in shown(desk)
    answer = desk.post(f"{PAGE}?span=7&pipeline={pipeline.pk}", {"letter": "yes"})
    assert answer["Location"] == f"{PAGE}?span=7&pipeline={pipeline.pk}"
    desk.post(PAGE, {"letter": "yes"})
    assert DigestWish.objects.get().user == ada
    page = shown(desk)
    assert "You get the letter every Monday" in page
    assert "Stop sending me this letter" in page
    desk.post(PAGE, {"letter": "no"})
    assert not DigestWish.objects.exists()


def test_looking_changes_nothing(desk: Client, pipeline: Pipeline) -> None:
    scenes.delivered(pipeline)
    for letter in ("yes", "no"):
        desk.get(PAGE, {"letter": letter})
        desk.head(PAGE, {"letter": letter})
    assert not DigestWish.objects.exists()


def test_the_switch_cannot_be_pressed_from_another_site(ada: User, pipeline: Pipeline) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    assert client.post(PAGE, {"letter": "yes"}).status_code == 403


def test_without_an_address_or_a_pipeline_there_is_no_switch(
    client: Client, desk: Client, sam: User, ada: User, pipeline: Pipeline
) -> None:
    User.objects.filter(pk=ada.pk).update(email="")
    assert "every Monday" not in shown(desk)
    assert desk.post(PAGE, {"letter": "yes"}).status_code == 404
    client.force_login(sam)
    assert "every Monday" not in shown(client)
