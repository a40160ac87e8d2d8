"""No log line opens a door."""

import logging
from typing import Any

import pytest
from django.test import Client

from freeloader_site.logs import SafeFormatter, without_secrets
from jobs.models import Job


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
