"""The receipt: what came, whether it is what was sent, and how to see that for oneself."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from backends.memory import MemoryStore
from backends.memory.scanner import MemoryScanner
from jobs import tasks
from jobs.models import Job
from jobs.states import State
from jobs.status_page.receipt import checksum_line
from jobs.steps.receive import announce
from pipelines.models import Pipeline
from tests.jobs import scenes
from tests.jobs.pages import Page, read
from tests.jobs.scenes import SCENES
from tests.walk import walk_to
from uploads.rules import DeclaredFile

pytestmark = pytest.mark.django_db
EVIL = [
    "Grüße an Olga.csv",
    "two\nlines.txt",
    "back\\slash.txt",
    "-rf",
    "  spaces  ",
    "folder/*.txt",
    "\\n.txt",
    "# no comment",
    "\U0001f984.csv",
    "\u202egpj.exe",
]
# shasum does not read what GNU coreutils, from 9.0 on, makes of this one.
FOR_GNU = [*EVIL, "carriage\rreturn.txt"]


def address(job: Job) -> str:
    return f"/j/{job.status_token}/receipt"


def receipt(client: Client, job: Job) -> Page:
    return read(client.get(address(job)))


def links(page: Page) -> list[str | None]:
    return [link.get("href") for link in page.all("a")]


def test_the_receipt_says_what_came_when_and_for_which_page(
    client: Client, pipeline: Pipeline
) -> None:
    job = scenes.arrived(pipeline, State.PENDING)
    page = receipt(client, job)
    assert page.texts["h1"] == ["Word count"]
    assert "We received 3 files, 48 GB in all, on" in page.text
    assert "olga@far.example" in page.text
    at = job.transitions.get(new=State.UPLOADED).at
    assert page.all("time")[0]["datetime"] == at.isoformat()
    assert "Grüße, Olga.csv48 GB" in page.text
    assert "<script>alert(1)</script>\ufffdcod.exe2.3 MB" in page.text
    assert page.text.count("5e" * 32) == 3


def test_the_receipt_says_of_each_file_how_far_it_is_proved(
    client: Client, pipeline: Pipeline
) -> None:
    job = scenes.arrived(pipeline, State.SCANNING)
    job.upload.files.filter(number=1).update(verified_at=timezone.now())
    job.upload.files.filter(number=3).update(sha256="")
    text = receipt(client, job).text
    assert text.count("The same as on your computer") == 1
    assert text.count("Computed here; your computer gave none") == 1
    assert text.count("Being computed: this page has it as soon as") == 1
    assert "stored exactly" not in text


def test_the_receipt_says_when_all_is_proved(client: Client, pipeline: Pipeline) -> None:
    job = scenes.arrived(pipeline, State.CLEAN)
    assert "stored exactly as it is on your computer" not in receipt(client, job).text
    job.upload.files.update(verified_at=timezone.now())
    assert "stored exactly as it is on your computer" in receipt(client, job).text


def test_the_receipt_names_what_was_damaged(client: Client, pipeline: Pipeline) -> None:
    text = receipt(client, scenes.damaged(pipeline)).text
    assert "Not all of it arrived as it is on your computer" in text
    assert text.count("Not the same as on your computer") == 1
    assert text.count("The same as on your computer") == 2


def test_the_receipt_of_a_job_that_ended_before_its_check_promises_nothing(
    client: Client, job: Job
) -> None:
    walk_to(job, State.UPLOADED).move_to(State.CANCELLED)
    page = receipt(client, job)
    assert "Not computed: the job ended before" in page.text
    assert "as soon as the check is through" not in page.text
    assert "Download the checksums" not in page.text


@pytest.mark.parametrize("name", SCENES)
def test_the_status_page_leads_to_the_receipt_once_the_files_are_here(
    client: Client, pipeline: Pipeline, name: str
) -> None:
    job = SCENES[name](pipeline)
    page = read(client.get(f"/j/{job.status_token}/"))
    is_here = job.transitions.filter(new=State.UPLOADED).exists()
    assert (address(job) in links(page)) == is_here
    assert client.get(address(job)).status_code == (200 if is_here else 302)
    assert client.get(f"{address(job)}.sha256").status_code == (200 if is_here else 404)


def test_a_receipt_of_nobodys_is_not_found(client: Client, db: None) -> None:
    assert client.get("/j/nobody/receipt").status_code == 404
    assert client.get("/j/nobody/receipt.sha256").status_code == 404


def test_looking_at_a_receipt_changes_nothing_and_asks_the_database_little(
    client: Client, pipeline: Pipeline, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    job = scenes.arrived(pipeline, State.CLEAN)
    before = Job.objects.values().get()
    with django_assert_max_num_queries(12):
        client.get(address(job))
    assert client.post(address(job)).status_code == 405
    assert Job.objects.values().get() == before


def test_the_receipt_stays_when_the_files_are_deleted(
    client: Client, uploaded_job: Job, scanners: dict[str, MemoryScanner], store: MemoryStore
) -> None:
    scanners["presidio"].partial_reasons = ("CRASHED",)
    tasks.scan(str(uploaded_job.pk))
    Job.objects.get().move_to(State.REJECTED)
    tasks.expire(str(uploaded_job.pk))
    assert list(store.list_objects("")) == []
    page = receipt(client, uploaded_job)
    assert "The files were deleted here on" in page.text
    assert uploaded_job.upload.files.get().sha256 in page.text


def test_a_receipt_for_thousands_shows_the_first_and_its_download_has_all(
    client: Client, pipeline: Pipeline
) -> None:
    names = [DeclaredFile(f"{number}.txt", 1) for number in range(1, 1202)]
    job = walk_to(announce(pipeline, "olga@far.example", names), State.CLEAN)
    page = receipt(client, job)
    assert "These are the first 1000 of 1201 files." in page.text
    assert page.text.count("0" * 64) == 1000
    assert client.get(f"{address(job)}.sha256").content.count(b"\n") == 1201


# --- the download ------------------------------------------------------------------------------


def test_the_checksums_are_a_text_file_to_be_kept(client: Client, pipeline: Pipeline) -> None:
    job = scenes.arrived(pipeline, State.SCANNING)
    job.upload.files.filter(number=3).update(sha256="")
    answer = client.get(f"{address(job)}.sha256")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"] == f'attachment; filename="receipt-{job.short_id}.sha256"'
    first, second = answer.content.decode().splitlines()
    assert first == f"{'5e' * 32}  Grüße, Olga.csv"
    assert second.endswith("  <script>alert(1)</script>\u202ecod.exe")


@pytest.mark.parametrize(
    ("command", "names"), [("sha256sum -c", FOR_GNU), ("shasum -a 256 -c", EVIL)]
)
def test_the_commands_on_the_receipt_find_the_senders_own_files_whatever_their_names(
    client: Client, pipeline: Pipeline, tmp_path: Path, command: str, names: list[str]
) -> None:
    files = [DeclaredFile(name, len(name.encode())) for name in names]
    job = walk_to(announce(pipeline, "olga@far.example", files), State.SCANNING)
    for file in job.upload.files.all():
        (tmp_path / file.name).parent.mkdir(exist_ok=True)
        (tmp_path / file.name).write_bytes(file.name.encode())
        file.sha256 = hashlib.sha256(file.name.encode()).hexdigest()
        file.save()
    list_file = f"receipt-{job.short_id}.sha256"
    (tmp_path / list_file).write_bytes(client.get(f"{address(job)}.sha256").content)
    assert f"{command} {list_file}" in receipt(client, job).text
    status, said = run([*command.split(), "--strict", list_file], tmp_path)
    assert (status, said.count(b": OK\n")) == (0, len(names)), said
    (tmp_path / names[1]).write_bytes(b"another")
    status, said = run([*command.split(), list_file], tmp_path)
    assert (status, said.count(b": FAILED\n")) == (1, 1), said


def of_names(pipeline: Pipeline, *names: str) -> Job:
    files = [DeclaredFile(name, 1) for name in names]
    return walk_to(announce(pipeline, "olga@far.example", files), State.CLEAN)


@pytest.mark.parametrize("page", ["", "receipt"])
def test_pages_say_under_which_name_a_file_was_passed_on(
    client: Client, pipeline: Pipeline, page: str
) -> None:
    names = ("x.txt", "x.txt", '"q" <b>', "folder/kept.txt", "Mu\u0308ller.csv")
    job = of_names(pipeline, *names)
    text = read(client.get(f"/j/{job.status_token}/{page}")).text
    assert "It was passed on as x-2.txt." in text
    assert "It was passed on as _q_ _b_." in text
    assert text.count("It was passed on as") == 2


@pytest.mark.parametrize(
    ("names", "listed"),
    [
        (["x.txt", "x.txt", "<y>"], ["x.txt", "x-2.txt", "<y>"]),
        (["a/x.txt", "b/x.txt"], ["a/x.txt", "b/x.txt"]),
        (["x.txt", "x.txt", "x-2.txt"], ["x.txt", "x-2.txt", "x-2-2.txt"]),
    ],
)
def test_no_two_checksums_have_the_same_name(
    client: Client, pipeline: Pipeline, names: list[str], listed: list[str]
) -> None:
    job = of_names(pipeline, *names)
    lines = client.get(f"{address(job)}.sha256").content.decode().splitlines()
    assert [line.split("  ")[1] for line in lines] == listed
    is_said = "Some of your files have the same name." in receipt(client, job).text
    assert is_said == (len(set(names)) < len(names))


def run(command: list[str], folder: Path) -> tuple[int, bytes]:
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    return done.returncode, done.stdout


@given(name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_every_name_is_one_line(name: str) -> None:
    line = checksum_line("5e" * 32, name)
    assert line.endswith("\n")
    assert line.count("\n") == 1
    assert "\r" not in line
