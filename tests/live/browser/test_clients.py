"""Clients without a browser, as docs/uploads.md shows them, against a real Swift by either API."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from backends.base import Store
from jobs.models import Job
from jobs.states import State
from pipelines.models import Pipeline
from tests.freeloader_site.test_docs import snippet
from tests.parts import need_program
from uploads.models import UploadedFile

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]
MIB = 2**20
# Dies as if the network did, before the part with this number is sent.
CUT = """#!/bin/sh
for word in "$@"; do case $word in *partNumber=2*|*/00000002*) kill -9 "$PPID"; exit 7;; esac; done
exec /usr/bin/curl "$@"
"""


@pytest.fixture
def script(live_server: LiveServer) -> str:
    need_program("jq")
    shown = snippet("docs/uploads.md", "sh", 1)
    return shown.replace(
        "http://127.0.0.1:8000/p/word-statistics/", f"{live_server.url}/p/word-count/"
    )


def run(script: str, folder: Path) -> int:
    path = f"{folder / 'bin'}:{os.environ['PATH']}"
    shell = ["sh", "-c", script]
    return subprocess.run(
        shell, cwd=folder, env=os.environ | {"PATH": path}, check=False
    ).returncode


def test_the_curl_client_goes_on_where_it_was_broken_off(
    offer: Pipeline, real_store: Store, script: str, tmp_path: Path
) -> None:
    content = os.urandom(11 * MIB)
    (tmp_path / "letter.txt").write_bytes(content)
    curl = tmp_path / "bin" / "curl"
    curl.parent.mkdir()
    curl.write_text(CUT)
    curl.chmod(0o755)
    assert run(script, tmp_path) != 0
    file = UploadedFile.objects.get()
    stored = real_store.stored_parts(file.object_name, file.parts_key)
    assert [part.number for part in stored] == [1]

    curl.unlink()
    assert run(script, tmp_path) == 0
    job = Job.objects.get()
    assert job.state == State.UPLOADED
    assert real_store.read(file.object_name, max_bytes=12 * MIB) == content
    assert not list(tmp_path.glob("letter.txt.*"))


def test_the_curl_client_sends_a_small_file(
    offer: Pipeline, real_store: Store, script: str, tmp_path: Path
) -> None:
    (tmp_path / "letter.txt").write_bytes(b"hello")
    assert run(script, tmp_path) == 0
    file = Job.objects.get().upload.files.get()
    assert real_store.read(file.object_name, max_bytes=9) == b"hello"
