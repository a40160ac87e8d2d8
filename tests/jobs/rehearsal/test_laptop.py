"""The program that a PI downloads, to try her file at home."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from jobs import node

ADDRESS = "/freeloader.pyz"


def test_anybody_may_download_the_program_that_runs_on_the_nodes(client: Client) -> None:
    answer = client.get(ADDRESS)

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/octet-stream"
    assert 'filename="freeloader.pyz"' in answer["Content-Disposition"]
    assert members(answer.content) == members(node.program())


def members(program: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(program)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_what_a_browser_has_already_is_not_sent_again(client: Client) -> None:
    known = client.get(ADDRESS)["ETag"]

    answer = client.get(ADDRESS, headers={"If-None-Match": known})

    assert (answer.status_code, answer.content) == (304, b"")


def test_the_download_is_all_that_a_try_needs(client: Client, tmp_path: Path) -> None:
    (tmp_path / "freeloader.pyz").write_bytes(client.get(ADDRESS).content)
    (tmp_path / "a.txt").write_text("one two")
    (tmp_path / "count.py").write_text(
        "def run(inputs, output):\n    (output / 'n').write_text(inputs[0].read_text())\n"
    )
    argv = [sys.executable, "-I", "freeloader.pyz", "try", "count.py", "a.txt"]

    subprocess.run(argv, cwd=tmp_path, check=True, timeout=240, capture_output=True)

    assert (tmp_path / "output-of-count" / "n").read_text() == "one two"


@pytest.mark.django_db
def test_a_pi_finds_it_where_she_chooses_her_file(client: Client) -> None:
    client.force_login(User.objects.create_superuser("ada"))

    page = client.get(reverse("admin:pipelines_pipeline_add")).content.decode()

    assert f'href="{ADDRESS}"' in page
