"""The part of the status page that its script asks for again and again."""

from __future__ import annotations

import pytest
from django.test import Client

from jobs.states import State
from jobs.status_page.standing import is_clearing
from jobs.steps.receive import announce
from pipelines.models import Pipeline
from tests.jobs.pages import Page
from tests.jobs.scenes import SCENES
from tests.walk import walk_to
from uploads.rules import DeclaredFile

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", SCENES)
def test_the_live_part_is_the_same_and_ends_with_the_job(
    client: Client, pipeline: Pipeline, name: str
) -> None:
    job = SCENES[name](pipeline)
    address = f"/j/{job.status_token}/"
    response = client.get(f"{address}live")
    assert response.status_code == 200
    assert response["X-Over"] == str(int(job.is_over and not is_clearing(job)))
    assert response.content.decode() in client.get(address).content.decode()
    again = client.get(f"{address}live", headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304
    # The script tells the sections apart by their ids; at one without it stops for good.
    ids = [section.get("id") for section in Page(response.content.decode()).outermost]
    assert all(ids)
    assert len(set(ids)) == len(ids)


def test_the_live_part_of_thousands_of_files_is_small_and_leads_to_all(
    client: Client, pipeline: Pipeline
) -> None:
    files = [DeclaredFile(f"{number}.txt", 1) for number in range(1, 1202)]
    job = walk_to(announce(pipeline, "olga@far.example", files), State.SCANNING)
    job.upload.files.update(sha256="5e" * 32)
    address = f"/j/{job.status_token}/"
    answer = client.get(f"{address}live")
    assert len(answer.content) < 25_000
    text = answer.content.decode()
    assert "These are the first 50 of 1201 files." in text
    assert f'href="{address}receipt"' in text


def test_the_check_tells_how_many_files_it_has_looked_at(
    client: Client, pipeline: Pipeline
) -> None:
    files = [DeclaredFile(f"{number}.txt", 1) for number in range(1, 1202)]
    job = walk_to(announce(pipeline, "olga@far.example", files), State.SCANNING)
    job.upload.files.update(sha256="")
    before = client.get(f"/j/{job.status_token}/live")
    assert "looked at so far" not in before.content.decode()
    job.upload.files.filter(number__lte=1100).update(sha256="5e" * 32)
    tag = {"If-None-Match": before["ETag"]}
    after = client.get(f"/j/{job.status_token}/live", headers=tag)
    assert "1,100 of 1,201 files were looked at so far." in after.content.decode()
