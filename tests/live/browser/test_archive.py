"""Everything in one ZIP, by the button of the result page, in a real browser."""

from __future__ import annotations

import hashlib
import zipfile
import zlib

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from backends.base import Store
from jobs.models import ResultFile
from pipelines.models import Pipeline
from tests.jobs.scenes import delivered, link_of

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]
FILES = {
    "plots/Größe.csv": b"=cmd|' /C calc'!A0",
    "../../.bashrc": b"echo harm",
    "C:\\Windows\\con\u202etxt.exe": b"MZ",
    "<script>alert(1)</script>.html": b"<script>alert(1)</script>",
    "large.bin": bytes(3_000_000),
}


def test_the_button_saves_all_files_whatever_they_are_called(
    page: Page, live_server: LiveServer, offer: Pipeline, real_store: Store
) -> None:
    job = delivered(offer)
    job.results.all().delete()
    for number, (name, data) in enumerate(FILES.items(), 1):
        file = ResultFile.objects.create(
            job=job, number=number, name=name, size_bytes=len(data), crc32=zlib.crc32(data),
            sha256=hashlib.sha256(data).hexdigest(), object_name=f"results/{job.pk}/0/{number}",
        )  # fmt: skip
        real_store.write(file.object_name, data)
    page.goto(f"{live_server.url}/r/{link_of(job).token}/")
    with page.expect_download() as saving:
        page.get_by_role("button", name="Download everything").click()
    assert saving.value.suggested_filename == f"word-count-{job.short_id}.zip"
    with zipfile.ZipFile(saving.value.path()) as archive:
        assert archive.testzip() is None
        names = [name.partition("/")[2] for name in archive.namelist()]
    assert names == [
        "plots/Größe.csv", ".bashrc", "C__Windows_contxt.exe", "_script_alert(1)_/script_.html",
        "large.bin",
        "ro-crate-metadata.json", "SHA256SUMS",
    ]  # fmt: skip
    assert link_of(job).downloads == 1
