"""The page of a result: fetching its files, keeping it longer, and what is left to read after."""

from __future__ import annotations

import re
import shlex
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import escape
from pytest_django import Settings

from jobs import reasons
from jobs.models import Job, LinkAct, ResultLink
from jobs.results import acts
from jobs.results.commands import commands
from jobs.results.names import result_paths
from jobs.results.pages import SIGNED_FOR_AT_MOST_S, signed_for_s
from jobs.states import State
from jobs.steps.resend import resend
from jobs.wording import moment_text
from pipelines.models import Pipeline
from tests.jobs.pages import read, status_text
from tests.jobs.scenes import link_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def extensible(told: Job) -> Job:
    """Its pipeline lets the recipient keep it seven days longer."""
    told.settings |= {"extension_days": 7}
    told.save()
    return told


def page_of(job: Job) -> str:
    """Where its live link leads."""
    return f"/r/{job.links.get(revoked_at=None).token}/"


def downloads(job: Job) -> list[int | None]:
    """The numbers of the files that were counted as fetched."""
    acts = LinkAct.objects.filter(link__job=job, kind="downloaded")
    return list(acts.values_list("file_number", flat=True))


def test_a_click_is_counted_and_sees_the_store(told: Job, client: Client) -> None:
    answer = client.post(f"{page_of(told)}2")
    assert answer.status_code == 303
    assert answer["Location"].startswith("https://store.invalid/results/")
    assert downloads(told) == [2]
    assert link_of(told).downloads == 1


@pytest.mark.parametrize(
    "header", [{"Range": "bytes=1000-"}, {"Content-Range": "bytes 1000-999/1000"}]
)
def test_a_download_that_goes_on_is_not_counted_again(
    told: Job, client: Client, header: dict[str, str]
) -> None:
    client.post(f"{page_of(told)}2")
    assert client.post(f"{page_of(told)}2", headers=header).status_code == 303
    assert downloads(told) == [2]


@pytest.mark.parametrize("range_header", ["bytes=0-", "bytes=0-99", "bytes=-5", "lines=3-", "x"])
def test_what_begins_at_the_beginning_is_a_download(
    told: Job, client: Client, range_header: str
) -> None:
    for _ in range(2):
        client.post(f"{page_of(told)}2", headers={"Range": range_header})
    assert downloads(told) == [2, 2]


def test_nobody_fetches_a_file_unseen_by_pretending_to_go_on(told: Job, client: Client) -> None:
    client.post(f"{page_of(told)}1")
    client.post(f"{page_of(told)}2", headers={"Range": "bytes=1-"})
    assert downloads(told) == [1, 2]


def test_an_ended_link_fetches_nothing_even_to_go_on(told: Job, client: Client) -> None:
    page = page_of(told)
    client.post(f"{page}2")
    acts.revoke(link_of(told), actor="sam")
    assert client.post(f"{page}2", headers={"Range": "bytes=9-"}).status_code == 410
    assert client.post(f"{page}2").status_code == 410
    assert downloads(told) == [2]


def test_who_comes_without_the_button_is_led_to_it(told: Job, client: Client) -> None:
    answer = client.get(f"{page_of(told)}2")
    assert (answer.status_code, answer["Location"]) == (303, page_of(told))
    assert client.get(f"{page_of(told)}4").status_code == 404
    assert client.put(f"{page_of(told)}2").status_code == 405


def test_a_url_is_good_for_as_long_as_a_slow_line_takes(told: Job, client: Client) -> None:
    assert signed_for_s(0) == 15 * 60
    assert signed_for_s(2_000_000_000) == 15 * 60 + 1000
    assert signed_for_s(10**13) == SIGNED_FOR_AT_MOST_S
    told.results.filter(number=2).update(size_bytes=2_000_000_000)
    url = client.post(f"{page_of(told)}2")["Location"]
    left = int(parse_qs(urlsplit(url).query)["expires"][0]) - timezone.now().timestamp()
    assert 15 * 60 < left <= 15 * 60 + 1001


def test_the_page_says_until_when_it_is_kept(told: Job, client: Client) -> None:
    told.settings |= {"extension_days": 0}
    told.save()
    page = read(client.get(page_of(told)))
    assert f"kept until {moment_text(link_of(told).expires_at)}" in page.text
    assert "days longer" not in page.text


def test_before_the_letter_has_left_the_time_has_not_begun(delivered: Job, client: Client) -> None:
    words = "kept for 14 days, which begin when our letter about it leaves"
    assert words in read(client.get(page_of(delivered))).text
    assert words in status_text(client, delivered)


def test_its_recipient_keeps_it_longer_once(extensible: Job, client: Client) -> None:
    page = page_of(extensible)
    before = link_of(extensible).expires_at
    assert "Keep it 7 days longer" in read(client.get(page)).text
    answer = client.post(f"{page}extend")
    assert (answer.status_code, answer["Location"]) == (303, page)
    client.post(f"{page}extend")
    link = link_of(extensible)
    assert link.expires_at == before + 7 * DAY
    text = read(client.get(page)).text
    assert moment_text(link.expires_at) in text
    assert "can be done once" in text
    assert "Keep it 7 days longer" not in text


@pytest.mark.parametrize("method", ["get", "head"])
def test_only_the_button_keeps_it_longer(extensible: Job, client: Client, method: str) -> None:
    before = link_of(extensible).expires_at
    assert getattr(client, method)(f"{page_of(extensible)}extend").status_code == 303
    assert link_of(extensible).expires_at == before


def test_where_the_pipeline_allows_none_the_button_is_not_there(told: Job, client: Client) -> None:
    told.settings |= {"extension_days": 0}
    told.save()
    page, before = page_of(told), link_of(told).expires_at
    assert f"{page}extend" not in client.get(page).content.decode()
    client.post(f"{page}extend")
    assert link_of(told).expires_at == before


def test_a_new_link_changes_nothing_of_when_the_result_was_made(told: Job, client: Client) -> None:
    told.ended_at = timezone.now() - 3 * DAY
    told.save()
    resend(told, told.email, actor="sam")
    text = read(client.get(page_of(told))).text
    assert f"Made on {moment_text(told.ended_at)}." in text
    assert text.count("is kept") == 1


def test_an_ended_link_offers_to_send_again_only_where_no_newer_link_replaced_it(
    told: Job, client: Client
) -> None:
    old = link_of(told)
    resend(told, told.email, actor="sam")
    replaced = read(client.get(f"/r/{old.token}/"), 410).text
    assert "Look for the newer letter" in replaced
    assert "Send your files again" not in replaced
    new = page_of(told)
    acts.revoke(told.links.get(revoked_at=None), actor="sam")
    assert "Send your files again" in read(client.get(new), 410).text


# --- lines for a shell -----------------------------------------------------------------------


LINE = re.compile(
    r"curl -C - --create-dirs -o ('[^']+'|\"[^\"$`!]+\") "
    r"\"\$\(curl -fsS -d get -H 'Range: bytes=1-' -w '%{redirect_url}' '(https?://[\w./:-]+)'\)\""
)


def named(link: ResultLink, *names: str) -> list[tuple[str, str]]:
    """The place below the result's folder, and the address, in the line for each file."""
    for file, name in zip(link.job.results.all(), names, strict=True):
        file.name = name
        file.size_bytes = 100 - file.number
        file.save()
    found = [LINE.fullmatch(one.line) for one in commands(link).lines if one.file]
    folder = f"word-count-{link.job.short_id}/"
    places = [(shlex.split(one[1])[0], one[2]) for one in found if one]
    assert all(place.startswith(folder) for place, _ in places)
    return [(place.removeprefix(folder), address) for place, address in places]


def test_the_lines_name_file_and_address(told: Job, settings: Settings) -> None:
    settings.SITE_URL = "https://free.example"
    link = link_of(told)
    first, second, third = named(link, "a.csv", "b/a.csv", "Grüße, Olga.txt")
    assert first == ("a.csv", f"https://free.example/r/{link.token}/1")
    assert second[0] == "b/a.csv"
    assert third[0] == "Grüße, Olga.txt"


def test_the_first_line_fetches_everything_if_that_is_offered(
    told: Job, client: Client, settings: Settings
) -> None:
    settings.SITE_URL = "https://free.example"
    link = link_of(told)
    found = LINE.fullmatch(commands(link).lines[0].line)
    assert found
    assert found.groups() == (
        f"'word-count-{told.short_id}.zip'",
        f"https://free.example/r/{link.token}/all",
    )
    page = read(client.get(page_of(told)))
    assert page.texts["dt"][0] == "Everything in one ZIP"
    copied = [one["data-copies"] for one in page.all("button") if "data-copies" in one]
    assert {"line-1", "line-2", "line-3", "line-4"} <= set(copied)
    told.results.filter(number=1).update(crc32=None)
    assert all(one.file for one in commands(link).lines)
    assert len(commands(link).lines) == commands(link).files == 3


def test_no_name_is_more_than_a_name_to_a_shell(told: Job) -> None:
    bad = ["$(reboot)`reboot`", "'; reboot; '", "-K\n%PATH%!x\\"]
    names = [name for name, _ in named(link_of(told), *bad)]
    assert names == ["$(reboot)`reboot`", "'; reboot; '", "-K%PATH%!x_"]
    names = [name for name, _ in named(link_of(told), "'$(a)", "\u2019`a`", "_$(a)")]
    assert names == ["_$(a)-2", "_`a`", "_$(a)"]


def test_nothing_lands_beside_the_folder_of_the_result(told: Job) -> None:
    names = [name for name, _ in named(link_of(told), "../../.profile", "/etc/passwd", "..")]
    assert names == [".profile", "etc/passwd", "file"]


def test_the_list_of_checksums_names_files_as_the_lines_and_the_archive_do(
    told: Job, client: Client
) -> None:
    names = ["#1 & 100 %.csv", "plots/Ada's (best).txt", "SHA256SUMS"]
    found = [name for name, _ in named(link_of(told), *names)]
    assert found == ["#1 & 100 %.csv", "plots/Ada's (best).txt", "SHA256SUMS-2"]
    assert found == result_paths(names)
    answer = client.get(f"{page_of(told)}result.sha256")
    folder = f"word-count-{told.short_id}"
    assert answer.content.decode().splitlines() == [
        f"{'ab12cd34' * 8}  {folder}/{name}" for name in found
    ]
    assert answer["Content-Disposition"] == f'attachment; filename="{folder}.sha256"'
    assert link_of(told).downloads == 0


def test_what_no_shell_can_be_told_is_in_the_list_as_the_archive_calls_it_too(
    told: Job, client: Client
) -> None:
    names = ["Ada's wow!.txt", "Ada_s wow!.txt", "b.txt"]
    found = [name for name, _ in named(link_of(told), *names)]
    assert found == ["Ada_s wow!-2.txt", "Ada_s wow!.txt", "b.txt"]
    told.results.filter(number=2).update(sha256="f" * 64)
    listed = client.get(f"{page_of(told)}result.sha256").content.decode()
    by_place = {line[64:]: line[:8] for line in listed.splitlines()}
    folder = f"  word-count-{told.short_id}/"
    assert by_place == {
        f"{folder}Ada's wow!.txt": "ab12cd34",
        f"{folder}Ada_s wow!-2.txt": "ab12cd34",
        f"{folder}Ada_s wow!.txt": "ffffffff",
        f"{folder}b.txt": "ab12cd34",
    }


def test_the_check_is_told_for_each_system(told: Job, client: Client, settings: Settings) -> None:
    settings.SITE_URL = "https://free.example"
    name = f"'word-count-{told.short_id}.sha256'"
    check = commands(link_of(told)).check
    address = f"https://free.example{page_of(told)}result.sha256"
    assert check.fetch == f"curl -fsS -o {name} '{address}'"
    assert check.linux == f"sha256sum -c --ignore-missing {name}"
    assert check.macos == f"shasum -a 256 -c --ignore-missing {name}"
    assert check.powershell.startswith(f"Get-Content -Encoding utf8 {name} | ForEach-Object {{ $s")
    page = client.get(page_of(told)).content.decode()
    for line in (check.fetch, check.linux, check.macos, check.powershell):
        assert escape(line) in page


def test_an_ended_link_gives_no_checksums(told: Job, client: Client) -> None:
    page = page_of(told)
    acts.revoke(link_of(told), actor="sam")
    assert client.get(f"{page}result.sha256").status_code == 410


def test_a_line_that_is_given_again_is_one_download(told: Job, client: Client) -> None:
    for _ in range(3):
        client.post(f"{page_of(told)}2", "get", "text/plain", headers={"Range": "bytes=1-"})
    assert downloads(told) == [2]
    LinkAct.objects.filter(kind="downloaded").update(at=timezone.now() - DAY)
    client.post(f"{page_of(told)}2", "get", "text/plain", headers={"Range": "bytes=1-"})
    assert downloads(told) == [2, 2]


# --- after the end ---------------------------------------------------------------------------


def gone(client: Client, link: ResultLink) -> str:
    """What the page of an ended link says."""
    return read(client.get(f"/r/{link.token}/"), 410).text


def test_after_the_end_the_page_says_what_it_was(
    told: Job, client: Client, settings: Settings
) -> None:
    settings.SUPPORT_EMAIL = "help@uni.example"
    link, over = link_of(told), timezone.now() - DAY
    ResultLink.objects.update(expires_at=over)
    text = gone(client, link)
    assert told.ended_at
    assert "Word count" in text
    assert f"was kept until {moment_text(over)}" in text
    assert f"3 files (48 GB together), made on {moment_text(told.ended_at)}" in text
    assert "help@uni.example" in text


def test_a_withdrawn_link_says_so_and_a_replaced_one_where_to_look(
    told: Job, client: Client
) -> None:
    link = link_of(told)
    acts.revoke(link, actor="sam")
    assert "was withdrawn on" in gone(client, link)
    text = status_text(client, told)
    assert "The link to the result was withdrawn" in text
    assert "Your result is ready" not in text
    resend(told, told.email, actor="sam", with_new_link=True)
    assert "replaced by a newer link" in gone(client, link)
    assert "See the result" in status_text(client, told)


def test_the_status_page_of_the_expired_says_what_it_was(told: Job, client: Client) -> None:
    told.move_to(State.EXPIRED, reasons.RESULT_OVER)
    text = status_text(client, told)
    assert "The result was 3 files (48 GB together)" in text


def test_whoever_answers_for_the_page_is_asked_first(
    told: Job, client: Client, settings: Settings
) -> None:
    settings.SUPPORT_EMAIL = "help@uni.example"
    Pipeline.objects.update(contact_email="words@uni.example")
    told.move_to(State.EXPIRED, reasons.RESULT_OVER)
    for address in ("/p/word-count/", page_of(told), f"/j/{told.status_token}/"):
        html = client.get(address).content.decode()
        assert "words@uni.example" in html
        assert "help@uni.example" not in html
    assert "help@uni.example" in client.get("/").content.decode()
