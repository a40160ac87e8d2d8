"""The line, end to end, on real parts: Chromium, Swift, clamd, Presidio, SSH, Slurm, SMTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from deploy.testbed import control
from deploy.testbed.site import LiveSite, needed, until
from tests.live.browsers import own_page

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]
# Written as hex, so that no virus scanner takes this file away.
EICAR = bytes.fromhex(
    "58354f2150254041505b345c505a58353428505e2937434329377d2445494341522d5354414e444152442d"
    "414e544956495255532d544553542d46494c452124482b482a"
)
# By either API a scanner is given the same bytes: test_store.py has the reading, and what is sent
# across a preemption is scanned on both.
ON_ONE_STORE = pytest.mark.parametrize("live_site", ["swift"], indirect=True)
WORDS = "the quick brown fox jumps over the lazy dog\n" * 100


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Olga's; closed at the end, or it would go on asking its site for news."""
    with own_page(chromium) as page:
        yield page


def send(page: Page, site: LiveSite, slug: str, email: str, file: Path) -> None:
    """As a person does: the address, the file, the button."""
    page.goto(f"{site.url}/p/{slug}/")
    page.get_by_label("e-mail").fill(email)
    page.locator("#pick-files").set_input_files(file)
    page.get_by_role("button", name="Send").click()
    page.wait_for_url(f"{site.url}/j/*/")


def slurm_jobs() -> set[str]:
    """The names of all jobs that Slurm still knows; it forgets ended ones after a while."""
    return set(control.slurm("squeue", "-h", "-a", "-t", "all", "-o", "%j").split())


def shows(page: Page, text: str, *, seconds: float = 240) -> None:
    """The status page comes to show this, by itself."""
    expect(page.locator("main")).to_contain_text(text, timeout=seconds * 1000)


def test_a_file_comes_back_as_a_result_across_a_preemption(
    live_site: LiveSite, page: Page, tmp_path: Path
) -> None:
    olga = f"olga-{live_site.port}@far.example"
    (tmp_path / "fox.txt").write_text(WORDS)
    send(page, live_site, "slow-count", olga, tmp_path / "fox.txt")
    job, node = until(running_job, what="the job's start")
    until(lambda: "step" in (page.text_content("main") or ""), what="progress")
    # Of a start that is interrupted before slurmdbd has heard of it there is no record.
    until(lambda: accounted(job) == ["RUNNING"], what="accounting to know the start")
    with control.node_taken(node):
        shows(page, "more urgent job")
    link = until(lambda: live_site.link_in_letter(olga, "r"), what="the letter")
    page.goto(link)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").first.click()
    assert download.value.suggested_filename == "fox.count"
    assert Path(download.value.path()).read_text() == "900"
    until(lambda: accounted(job) == ["PREEMPTED", "COMPLETED"], what="accounting to know the ends")
    kinds = [str(letter["Subject"]) for letter in live_site.letters_to(olga)]
    assert len(kinds) == 2


def test_a_running_job_is_cancelled_on_its_page_and_leaves_nothing(
    live_site: LiveSite, page: Page, tmp_path: Path
) -> None:
    olga = f"olga-cancel-{live_site.port}@far.example"
    (tmp_path / "fox.txt").write_text(WORDS)
    send(page, live_site, "slow-count", olga, tmp_path / "fox.txt")
    name, _node = until(running_job, what="the job's start")
    job_directory = needed(live_site.bed.sshd).scratch / name
    assert job_directory.is_dir()
    page.get_by_text("Cancel this job", exact=True).click()
    page.get_by_role("button", name="Yes, cancel this job").click()
    shows(page, "Nothing of it runs any more, and your files are deleted.")
    assert name not in control.slurm("squeue", "-h", "-a", "-t", "running,pending", "-o", "%j")
    assert not job_directory.exists()
    until(lambda: len(live_site.letters_to(olga)) == 2, what="the letter")
    assert str(live_site.letters_to(olga)[-1]["Subject"]).startswith("Your job was cancelled")
    assert not live_site.link_in_letter(olga, "r")


def accounted(name: str) -> list[str]:
    """The states of all starts of the job, as accounting has heard of them until now."""
    asked = ("sacct", "-D", "-X", "-n", "-P", f"--name={name}", "-o", "State")
    return control.slurm(*asked).split()


def running_job() -> tuple[str, ...]:
    """(name, node) of the one job of ours that runs now; empty while none does."""
    answer = control.slurm("squeue", "-h", "-t", "running", "-p", "restart", "-o", "%j %N")
    names = [line.split() for line in answer.splitlines() if line.startswith("fl-")]
    return tuple(names[-1]) if names else ()


@ON_ONE_STORE
def test_a_virus_is_rejected_before_any_slurm_job_exists(
    live_site: LiveSite, page: Page, tmp_path: Path
) -> None:
    olga = f"olga-virus-{live_site.port}@far.example"
    (tmp_path / "letter.txt").write_bytes(b"Dear all\n" + EICAR)
    before = slurm_jobs()
    send(page, live_site, "slow-count", olga, tmp_path / "letter.txt")
    shows(page, "EICAR")
    until(lambda: len(live_site.letters_to(olga)) == 2, what="the letter")
    assert slurm_jobs() <= before
    assert not live_site.link_in_letter(olga, "r")


@ON_ONE_STORE
def test_personal_data_is_held_by_policy(live_site: LiveSite, page: Page, tmp_path: Path) -> None:
    olga = f"olga-held-{live_site.port}@far.example"
    value = "078-05-1120"
    (tmp_path / "notes.txt").write_text(f"Visit 3\nHer social security number is {value}.\n")
    send(page, live_site, "slow-count", olga, tmp_path / "notes.txt")
    shows(page, "line 2")
    until(lambda: len(live_site.letters_to(olga)) == 2, what="the letter")
    assert value not in page.content()
    assert all(value not in letter.as_string() for letter in live_site.letters_to(olga))
