"""The gate: what was not rehearsed does not open a page, nor take over one that is open."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from pipelines.admin import PipelineForm
from pipelines.code import read_code
from pipelines.models import CodeVersion, Pipeline
from pipelines.publish import certify, propose_code, publish_code, waive
from tests.conftest import SOURCE
from tests.pipelines.test_admin import form

pytestmark = pytest.mark.django_db
NEWER, NEWEST = SOURCE + b"\n# better\n", SOURCE + b"\n# best\n"


def filled_in(pipeline: Pipeline, **changes: object) -> dict[str, object]:
    """Its form, with its owners."""
    owners = [owner.pk for owner in pipeline.owners.all()]
    said = {"slug": pipeline.slug, "owners": owners} | changes
    return form(pipeline.cluster, pipeline.result_expiry, **said)


def save(client: Client, pipeline: Pipeline, *, is_open: bool, source: bytes = b"") -> str:
    """Save the pipeline's form; what is wrong with it, else ""."""
    file = SimpleUploadedFile("word_count.py", source) if source else ""
    data = filled_in(pipeline, code_file=file)
    if is_open:
        data["is_open"] = "on"
    url = reverse("admin:pipelines_pipeline_change", args=[pipeline.pk])
    answer = client.post(url, data)
    pipeline.refresh_from_db()
    return "" if answer.status_code == 302 else answer.content.decode()


@pytest.fixture
def desk(client: Client, sam: User) -> Client:
    client.force_login(sam)
    return client


def propose(pipeline: Pipeline, source: bytes) -> CodeVersion:
    return propose_code(pipeline, read_code(source), file_name="word_count.py")


def test_a_closed_page_opens_only_with_code_that_may_serve(
    desk: Client, pipeline: Pipeline
) -> None:
    assert save(desk, pipeline, is_open=False) == ""
    assert "not rehearsed yet" in save(desk, pipeline, is_open=True)
    assert not pipeline.is_open
    assert pipeline.code
    certify(pipeline.code)
    assert "not rehearsed yet" in save(desk, pipeline, is_open=True, source=NEWER)
    assert save(desk, pipeline, is_open=True) == ""
    assert pipeline.is_open


def test_what_is_open_already_stays_open(desk: Client, pipeline: Pipeline) -> None:
    assert save(desk, pipeline, is_open=True) == ""
    assert pipeline.is_open


def test_a_new_file_of_an_open_page_waits_and_the_old_version_serves(
    desk: Client, pipeline: Pipeline
) -> None:
    old = pipeline.code
    assert save(desk, pipeline, is_open=True, source=NEWER) == ""
    assert (pipeline.code, pipeline.candidate and pipeline.candidate.number) == (old, 2)
    assert pipeline.newest == pipeline.candidate
    assert "version 2 waits" in desk.get("/admin/pipelines/pipeline/").content.decode()
    waiting = pipeline.candidate
    assert waiting
    certify(waiting)
    pipeline = Pipeline.objects.get()
    assert (pipeline.code, pipeline.candidate) == (waiting, None)


def test_only_the_newest_candidate_takes_over(pipeline: Pipeline) -> None:
    second, third = propose(pipeline, NEWER), propose(pipeline, NEWEST)
    certify(second)
    pipeline.refresh_from_db()
    assert pipeline.code
    assert (pipeline.code.number, pipeline.candidate) == (1, third)
    waive(third, "A comment was changed.")
    pipeline.refresh_from_db()
    assert pipeline.code == third


def opening(pipeline: Pipeline, user: User) -> Callable[[], None]:
    """The form that opens the page is read and found good; to be called: it is saved."""
    request = RequestFactory().post("/")
    request.user = user
    request._messages = CookieStorage(request)  # type: ignore[attr-defined]
    data = filled_in(pipeline, is_open="on")
    filled = PipelineForm(data, instance=Pipeline.objects.get(pk=pipeline.pk))
    assert filled.is_valid()
    room = admin.site._registry[Pipeline]
    return lambda: room.save_model(request, filled.instance, filled, change=True)


def test_a_file_that_comes_while_the_form_is_saved_is_not_opened_unrehearsed(
    pipeline: Pipeline, sam: User
) -> None:
    Pipeline.objects.update(is_open=False)
    pipeline.refresh_from_db()
    assert pipeline.code
    certify(pipeline.code)
    save = opening(pipeline, sam)
    newer = propose(pipeline, NEWER)
    save()
    pipeline.refresh_from_db()
    assert (pipeline.code, pipeline.is_open) == (newer, False)


def test_a_form_that_is_saved_meanwhile_takes_back_no_candidates_place(
    pipeline: Pipeline, sam: User
) -> None:
    newer = propose(pipeline, NEWER)
    save = opening(pipeline, sam)
    certify(newer)  # the rehearsal passes while the form is being saved
    save()
    pipeline.refresh_from_db()
    assert (pipeline.code, pipeline.candidate, pipeline.is_open) == (newer, None, True)


def test_the_same_text_again_is_the_version_that_it_was_with_its_certificate(
    pipeline: Pipeline,
) -> None:
    second = propose(pipeline, NEWER)
    assert propose(pipeline, NEWER) == second
    certify(second)
    pipeline.refresh_from_db()
    third = propose(pipeline, NEWEST)
    assert (pipeline.code, pipeline.candidate) == (second, third)
    assert propose(pipeline, NEWER) == second  # she thinks better of it
    pipeline.refresh_from_db()
    assert (pipeline.code, pipeline.candidate) == (second, None)


def test_going_back_to_a_rehearsed_version_needs_no_other_rehearsal(pipeline: Pipeline) -> None:
    assert pipeline.code
    first = pipeline.code
    certify(first)
    publish_code(pipeline, read_code(NEWER), file_name="word_count.py")
    assert propose(pipeline, SOURCE).pk == first.pk
    assert pipeline.code == first


def test_programs_publish_at_once(pipeline: Pipeline) -> None:
    newer = publish_code(pipeline, read_code(NEWER), file_name="word_count.py")
    assert (pipeline.code, newer.may_serve) == (newer, False)


def test_a_reason_that_is_not_needed_is_not_kept(pipeline: Pipeline, sam: User) -> None:
    assert pipeline.code
    certify(pipeline.code)
    waive(pipeline.code, "whatever", sam)
    assert pipeline.code.waived_at is None


def test_staff_read_how_a_version_may_serve(pipeline: Pipeline, sam: User) -> None:
    version = pipeline.code
    assert version
    assert version.standing == "not rehearsed"
    waive(version, "A copy of theirs.", sam)
    day = timezone.now().strftime("%Y")
    assert version.standing.startswith("released without a rehearsal by sam, ")
    assert version.standing.endswith(f"{day}: A copy of theirs.")
