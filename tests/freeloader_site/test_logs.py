"""No log line opens a door."""

import logging
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from gunicorn.config import Config

from freeloader_site.logs import SafeFormatter, without_secrets
from freeloader_site.web_log import SafeLogger
from jobs.models import Job, ResultLink
from pipelines.models import Pipeline
from tests.jobs import scenes


@pytest.mark.django_db
def test_a_refused_request_is_logged_without_its_token(
    client: Client, job: Job, caplog: pytest.LogCaptureFixture
) -> None:
    client.post(f"/j/{job.status_token}/submit")
    client.post(f"/u/{job.upload.handle}/9/open")
    lines = [SafeFormatter().format(record) for record in caplog.records]
    assert len(lines) == 2
    for secret in (job.status_token, job.upload.handle):
        assert any(secret in record.getMessage() for record in caplog.records)
        assert all(secret not in line for line in lines)


def paths_of(names: dict[str, Any]) -> list[str]:
    """The address of every page of ours that is reached by a token."""
    pages = [page for page in get_resolver().url_patterns if not isinstance(page, URLPattern)]
    found = [page for room in pages for page in room.url_patterns if isinstance(page, URLPattern)]
    wanted = [page for page in found if "token" in page.pattern.converters]
    return [
        reverse(page.name, kwargs={name: names[name] for name in page.pattern.converters})
        for page in wanted
        if page.name
    ]


def test_no_page_with_a_token_is_logged_with_it() -> None:
    token = "tOkEn-43_" + "x" * 34
    paths = paths_of(
        {"token": token, "number": 3, "inside": 7, "name": "all.zip", "signature": token}
    )
    assert len(paths) > 10
    assert any(path.startswith("/r/") and path.endswith("/extend") for path in paths)
    for path in paths:
        assert token in path
        assert token not in without_secrets(f"GET https://free.example{path} HTTP/1.1")


@pytest.fixture
def link(pipeline: Pipeline) -> ResultLink:
    return scenes.link_of(scenes.delivered(pipeline))


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["", "1", "9", "extend", "nothing"])
def test_no_request_for_a_result_is_logged_with_its_token(
    client: Client, link: ResultLink, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    caplog.set_level(logging.DEBUG)
    link.revoked_at = link.created_at
    link.save()
    for method in (client.get, client.post, client.put):
        method(f"/r/{link.token}/{path}", headers={"Referer": f"http://testserver/r/{link.token}/"})
    lines = [SafeFormatter().format(record) for record in caplog.records]
    assert lines
    assert not [line for line in lines if link.token in line]


def test_gunicorn_names_no_token_where_an_answer_breaks_off(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logger = SafeLogger(Config())
    token = "tOkEn-43_" + "x" * 34
    logger.error("Error handling request %s %s", "POST", f"/r/{token}/all")
    logger.warning(f"Invalid request from ip=::1: 'GET /j/{token}/ HTTP/9'")
    told = capsys.readouterr().err
    assert "Error handling request POST /r/…/all" in told
    assert token not in told
    for handler in list(logger.error_log.handlers):
        logger.error_log.removeHandler(handler)


def test_nobody_is_mailed_an_error_with_its_request(settings: Any) -> None:
    assert settings.ADMINS == settings.MANAGERS == []
    assert "AdminEmailHandler" not in str(settings.LOGGING)


@pytest.mark.django_db
def test_no_other_site_is_told_the_address_of_a_result(client: Client, link: ResultLink) -> None:
    for answer in (client.get(f"/r/{link.token}/"), client.post(f"/r/{link.token}/1")):
        assert answer["Referrer-Policy"] == "same-origin"


def test_signed_urls_lose_their_signatures() -> None:
    line = "GET https://store/v1/a?temp_url_sig=0123abcd&temp_url_expires=9 and ?X-Amz-Signature=ff"
    assert without_secrets(line) == (
        "GET https://store/v1/a?temp_url_sig=…&temp_url_expires=9 and ?X-Amz-Signature=…"
    )


def test_every_handler_of_the_site_formats_safely(settings: Any) -> None:
    formatters = settings.LOGGING["formatters"]
    for handler in settings.LOGGING["handlers"].values():
        assert formatters[handler["formatter"]]["()"] == "freeloader_site.logs.SafeFormatter"
    assert logging.getLogger("django").handlers
