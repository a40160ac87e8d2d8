"""The page that shows a result."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from jobs.models import Job, ResultFile
from pipelines.models import Pipeline
from tests.jobs import scenes
from tests.jobs.pages import Page, read
from tests.jobs.scenes import HOSTILE, link_of


@pytest.fixture
def delivered(pipeline: Pipeline) -> Job:
    return scenes.delivered(pipeline)


def page_of(client: Client, job: Job) -> Page:
    return read(client.get(f"/r/{link_of(job).token}/"))


def doors(page: Page) -> list[str]:
    """Where the buttons of single files lead."""
    actions = [str(form["action"]) for form in page.all("form")]
    return [action for action in actions if action.rpartition("/")[2].isdecimal()]


def test_it_says_what_it_is_and_how_much(client: Client, delivered: Job) -> None:
    assert "Counts the words of each text file. " in page_of(client, delivered).text
    delivered.pipeline.description = "Finds what matters,\nand counts it.\n\nFor experts."
    delivered.pipeline.save()

    text = page_of(client, delivered).text

    assert "Finds what matters, and counts it. " in text
    assert "For experts" not in text
    assert "3 files, 48 GB in all" in text
    assert "\u202e" not in text


@pytest.mark.parametrize("kind", ["picture", "svg", "pdf"])
def test_pictures_are_shown(client: Client, delivered: Job, kind: str) -> None:
    preview = {"kind": kind, "width": 300, "height": 200, "pages": 7}
    delivered.results.filter(number=2).update(preview=preview)

    page = page_of(client, delivered)

    picture = page.all("img")[-1]
    assert picture["src"] == f"/r/{link_of(delivered).token}/2/preview"
    assert (picture["width"], picture["height"]) == ("300", "200")
    assert picture["alt"] == f"Preview of {HOSTILE}".replace("\u202e", "\ufffd")
    assert "first of 7 pages" in page.text


def test_a_report_has_a_frame_in_which_nothing_is_allowed(client: Client, delivered: Job) -> None:
    delivered.results.filter(number=2).update(preview={"kind": "html"})

    response = client.get(f"/r/{link_of(delivered).token}/")

    frame = read(response).all("iframe")[0]
    assert (frame["sandbox"], frame["referrerpolicy"]) == ("", "no-referrer")
    policy = response["Content-Security-Policy"].split("; ")
    assert {"frame-src 'self'", "script-src 'self'", "default-src 'none'"} <= set(policy)


def test_tables_and_texts_have_a_place_and_lead_there_without_scripts(
    client: Client, delivered: Job
) -> None:
    preview = {"kind": "table", "rows": 412, "columns": 4, "cut": 1}
    delivered.results.filter(number=2).update(preview=preview)

    page = page_of(client, delivered)

    address = f"/r/{link_of(delivered).token}/2/preview"
    assert [place["data-part"] for place in page.all("div") if "data-part" in place] == [address]
    assert address in [link.get("href") for link in page.all("a")]
    assert "412 rows, 4 columns" in page.text


def test_every_file_has_one_button(client: Client, delivered: Job) -> None:
    delivered.results.filter(number=2).update(preview={"kind": "text"})
    delivered.results.filter(number=3).update(preview={"kind": "picture"})

    page = page_of(client, delivered)

    token = link_of(delivered).token
    assert sorted(doors(page)) == [f"/r/{token}/{number}" for number in (1, 2, 3)]
    assert {form["method"] for form in page.all("form")} == {"post"}


@pytest.mark.live  # seconds
@pytest.mark.postgres
def test_of_ten_thousand_files_the_first_are_listed_by_folder_and_all_are_counted(
    client: Client, delivered: Job
) -> None:
    ResultFile.objects.bulk_create(
        ResultFile(
            job=delivered, number=number, name=f"part {number % 2}/x{number}.dat", size_bytes=1,
            sha256="ab" * 32, object_name=f"results/{delivered.pk}/0/{number}",
            preview={"kind": "text"} if number == 9_999 else {},
        )
        for number in range(4, 10_001)
    )  # fmt: skip

    page = page_of(client, delivered)

    assert len(doors(page)) == 301
    assert page.texts["h3"][-2:] == ["part 0/", "part 1/"]
    assert "10000 files" in page.text
    assert "These are 301 of 10000 files." in page.text


def test_an_empty_result_says_so(client: Client, delivered: Job) -> None:
    delivered.results.all().delete()

    assert "it left no files" in page_of(client, delivered).text


def test_what_explains_comes_first_and_names_are_sorted_as_people_do(
    client: Client, delivered: Job
) -> None:
    delivered.results.all().delete()
    files = {
        "run_10.log": "text", "run_9.log": "text", "cell_10.png": "picture", "Cell_2.png": "svg",
        "README": "text", "report.html": "html", "raw/b10.bam": "", "raw/b9.bam": "",
    }  # fmt: skip
    ResultFile.objects.bulk_create(
        ResultFile(
            job=delivered, number=number, name=name, size_bytes=1, sha256="ab" * 32,
            object_name=f"results/{delivered.pk}/0/{number}",
            preview={"kind": kind} if kind else {},
        )
        for number, (name, kind) in enumerate(files.items(), 1)
    )  # fmt: skip

    page = page_of(client, delivered)

    assert [door.rpartition("/")[2] for door in doors(page)] == [
        "5",
        "6",
        "4",
        "3",
        "2",
        "1",
        "8",
        "7",
    ]
    headings = ["To read", "Pictures", "Tables and texts", "More files"]
    assert [heading for heading in page.texts["h2"] if heading in headings] == headings


@pytest.mark.parametrize(
    ("files", "words", "is_why_told"),
    [
        (3001, "3,001 files in one ZIP, 48 GB As there are more than 100, they cannot", True),
        (7, "7 files in one ZIP, 48 GB Unpack the ZIP", False),
        (1, "One file in a ZIP, 48 GB Unpack the ZIP", False),
    ],
)
def test_of_packed_files_it_says_how_many_and_why(
    client: Client, delivered: Job, files: int, words: str, is_why_told: bool
) -> None:
    delivered.results.exclude(number=1).delete()
    delivered.results.update(name="results.zip", preview={"packed_files": files})

    page = page_of(client, delivered)

    assert words in page.text
    assert "One file, 48" not in page.text
    assert ("more than 100" in page.text) is is_why_told


def test_of_files_that_came_one_by_one_it_speaks_of_no_packing(
    client: Client, delivered: Job
) -> None:
    assert "in one ZIP," not in page_of(client, delivered).text


def test_it_names_the_job_and_does_not_lead_to_its_status(client: Client, delivered: Job) -> None:
    answer = client.get(f"/r/{link_of(delivered).token}/")
    assert f"Your result · job {delivered.short_id}" in read(answer).text
    assert delivered.status_token not in answer.content.decode()


def test_the_lines_for_large_files_stand_beside_the_downloads(
    client: Client, delivered: Job
) -> None:
    delivered.links.update(extended_at=timezone.now())
    text = page_of(client, delivered).text
    order = ["48 GB in all", "on a command line", "Grüße, Olga.csv", "Kept longer"]
    assert sorted(order, key=text.index) == order
