"""Olga sends files with a real browser; the parts go straight to a real Swift."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from backends.base import Store
from jobs.models import Job
from jobs.states import State
from pipelines.models import Pipeline
from tests.live.browser.visitor import (
    ADDRESS,
    LARGE_BYTES,
    MIB,
    SLOW_BYTES_PER_S,
    Line,
    choose,
    content_of,
    puts_of,
    send,
    wait_until,
    wait_until_received,
    wait_until_stored,
)
from tests.live.browsers import own_page
from uploads.models import UploadedFile

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]
MakeFiles = Callable[..., list[Path]]


def test_chosen_files_arrive_whatever_their_names_are(
    upload_page: Page, real_store: Store, make_files: MakeFiles
) -> None:
    contents = {
        "Grüße an Ölga.txt": b"umlauts",
        "🧬 📈 data.csv": b"emoji",
        "שלום עולם.txt": b"right to left",
        "invoice\u202efdp.exe": b"pretends to be a PDF",
        "n" * 200 + ".txt": b"long",
        "..\\..\\x": b"would be a path elsewhere",
        "-rf": b"would be an option",
        "a/same.csv": b"one",
        "b/same.csv": b"another",
        "empty.txt": b"",
        "<img src=x onerror=alert(1)> & 100%.html": b"markup",
        '=HYPERLINK("evil.example").csv': b"formula",
        "large.bin": os.urandom(6 * MIB + 17),
    }
    choose(upload_page, *make_files(*contents.items()))
    expect(upload_page.get_by_text("13 files, 6.3 MB").first).to_be_visible()
    send(upload_page)
    job = wait_until_received(upload_page)
    assert job.email == "olga@far.example"
    stored = [(file.name, content_of(file, real_store)) for file in job.upload.files.all()]
    assert stored == [(name.rsplit("/", 1)[-1], content) for name, content in contents.items()]


def test_a_chosen_folder_keeps_its_paths(
    upload_page: Page, real_store: Store, make_files: MakeFiles
) -> None:
    paths = make_files(
        ("study/a/same.csv", b"one"), ("study/b/same.csv", b"two"), ("study/.DS_Store", b"litter")
    )
    upload_page.get_by_label("Choose a folder").set_input_files(paths[0].parents[1])
    send(upload_page)
    job = wait_until_received(upload_page)
    names = sorted(file.name for file in job.upload.files.all())
    assert names == ["study/a/same.csv", "study/b/same.csv"]


def test_files_and_folders_can_be_dropped(
    upload_page: Page, context: BrowserContext, make_files: MakeFiles
) -> None:
    single, inner = make_files(("alone.txt", b"1"), ("folder/deep/inner.txt", b"22"))
    drop(context, upload_page, single, inner.parents[1])
    rows = upload_page.locator(".files .name")
    expect(rows).to_have_count(2)
    assert sorted(rows.all_inner_texts()) == ["alone.txt", "folder/deep/inner.txt"]
    drop(context, upload_page, single)
    expect(rows).to_have_count(2)  # the same file is not taken twice


def drop(context: BrowserContext, page: Page, *paths: Path) -> None:
    """Drop them on the page as a file manager does."""
    session = context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 100, "y": 300, "data": data})


def test_a_removed_file_is_not_sent_and_the_keyboard_stays(
    upload_page: Page, real_store: Store, make_files: MakeFiles
) -> None:
    choose(upload_page, *make_files(("a.txt", b"a"), ("b.txt", b"b"), ("c.txt", b"c")))
    upload_page.get_by_role("button", name="Remove b.txt").press("Enter")
    expect(upload_page.get_by_role("button", name="Remove c.txt")).to_be_focused()
    upload_page.get_by_role("button", name="Remove c.txt").press("Enter")
    expect(upload_page.get_by_role("button", name="Remove a.txt")).to_be_focused()
    send(upload_page)
    assert [file.name for file in wait_until_received(upload_page).upload.files.all()] == ["a.txt"]


def test_a_second_file_of_one_name_is_hinted_at_and_sent(
    upload_page: Page, make_files: MakeFiles
) -> None:
    choose(upload_page, *make_files(("a/x.txt", b"one"), ("b/x.txt", b"second"), ("y.txt", b"y")))
    rows = upload_page.locator(".files > li")
    expect(upload_page.locator(".files .hint:visible")).to_have_count(1)
    expect(rows.nth(1)).to_contain_text("is in this list, too.")
    upload_page.get_by_role("button", name="Remove x.txt").first.click()
    expect(upload_page.locator(".files .hint:visible")).to_have_count(0)
    [again] = make_files(("c/x.txt", b"the third"))
    upload_page.get_by_label("Choose a folder").set_input_files(again.parent)
    expect(rows.last).to_contain_text("is in this list, too.")
    send(upload_page)
    names = [(f.name, f.node_name) for f in wait_until_received(upload_page).upload.files.all()]
    assert names == [("x.txt", "x.txt"), ("y.txt", "y.txt"), ("c/x.txt", "x-2.txt")]
    expect(upload_page.get_by_text("It was passed on as x-2.txt.")).to_be_visible()


def test_what_was_chosen_by_mistake_is_removed_at_once(
    upload_page: Page, make_files: MakeFiles
) -> None:
    remove_all = upload_page.get_by_role("button", name="Remove all")
    expect(remove_all).to_be_hidden()
    paths = make_files(*((f"many/{number}.txt", b"x") for number in range(30)))
    upload_page.get_by_label("Choose a folder").set_input_files(paths[0].parent)
    expect(upload_page.locator("#files-error")).to_contain_text("you chose 30")
    remove_all.click()
    expect(upload_page.locator(".files .name")).to_have_count(0)
    expect(upload_page.locator("#files-error")).to_be_hidden()
    expect(upload_page.get_by_label("Choose files")).to_be_focused()
    expect(remove_all).to_be_hidden()
    choose(upload_page, *paths[:2])
    send(upload_page)
    assert wait_until_received(upload_page).upload.files.count() == 2


def test_while_many_files_are_sent_the_page_counts_them(
    upload_page: Page, line: Line, make_files: MakeFiles
) -> None:
    line.send_at(SLOW_BYTES_PER_S)
    choose(upload_page, *make_files(("a.txt", b"a"), ("large.bin", os.urandom(12 * MIB))))
    send(upload_page)
    expect(upload_page.locator("[data-part=figures]")).to_contain_text("1 of 2 files")
    expect(upload_page.get_by_role("button", name="Remove all")).to_be_hidden()


def test_each_mistake_is_named_where_it_is_and_nothing_is_lost(
    upload_page: Page, offer: Pipeline, make_files: MakeFiles
) -> None:
    offer.patterns = "*.txt"
    offer.save()
    send(upload_page, "olga at far")
    email = upload_page.get_by_label("Your e-mail address")
    expect(email).to_be_focused()
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(upload_page.get_by_text("does not look like an e-mail address")).to_be_visible()
    expect(upload_page.get_by_text("Choose at least one file.")).to_be_visible()

    choose(upload_page, *make_files(("good.txt", b"g"), ("bad.exe", b"b")))
    send(upload_page)
    expect(upload_page.get_by_role("button", name="Remove bad.exe")).to_be_focused()
    row = upload_page.get_by_role("listitem").filter(has_text="bad.exe")
    expect(row.get_by_text("is not a file that this page takes: *.txt.")).to_be_visible()
    expect(email).to_have_value("olga@far.example")

    row.get_by_role("button").click()
    upload_page.get_by_role("button", name="Send").click()
    wait_until_received(upload_page)


def test_a_closed_tab_costs_nothing_that_had_arrived(
    upload_page: Page,
    line: Line,
    context: BrowserContext,
    real_store: Store,
    make_files: MakeFiles,
) -> None:
    content = os.urandom(LARGE_BYTES)
    [path] = make_files(("large.bin", content))
    line.send_at(MIB // 2)
    choose(upload_page, path)
    send(upload_page)
    wait_until_stored(upload_page, real_store, line)
    file = UploadedFile.objects.get()
    address = upload_page.url
    assert "/j/" in address
    upload_page.close()
    stored = {part.number for part in real_store.stored_parts(file.object_name, file.parts_key)}
    assert stored

    sent = puts_of(context)
    page = context.new_page()
    page.goto(address)
    expect(page.get_by_text("please choose this file again")).to_be_visible()
    assert sent == []
    choose(page, path)
    wait_until_received(page)
    assert content_of(file, real_store) == content
    assert stored.isdisjoint(sent)
    assert len(sent) == len(set(sent))


def test_a_file_that_changed_meanwhile_is_not_mixed_in(
    upload_page: Page, line: Line, context: BrowserContext, make_files: MakeFiles
) -> None:
    [path] = make_files(("data.bin", os.urandom(12 * MIB)))
    line.send_at(SLOW_BYTES_PER_S)
    choose(upload_page, path)
    send(upload_page)
    expect(upload_page.get_by_role("heading", name="Sending your files")).to_be_focused()
    address = upload_page.url
    upload_page.close()

    os.utime(path, (1_700_000_000, 1_700_000_000))
    [stranger] = make_files(("stranger.txt", b"?"))
    page = context.new_page()
    page.goto(address)
    choose(page, path)
    expect(page.get_by_text("was changed since you began to send it")).to_be_visible()
    choose(page, stranger)
    expect(
        page.get_by_text(re.compile("stranger.txt.* does not belong to this upload"))
    ).to_be_visible()
    assert Job.objects.get().state == State.UPLOADING


def test_an_outage_is_waited_out(
    upload_page: Page, line: Line, real_store: Store, make_files: MakeFiles
) -> None:
    content = os.urandom(22 * MIB)
    [path] = make_files(("large.bin", content))
    line.send_at(SLOW_BYTES_PER_S)
    choose(upload_page, path)
    send(upload_page)
    expect(upload_page.get_by_role("heading", name="Sending your files")).to_be_visible()
    line.cut()
    expect(upload_page.get_by_text("It goes on by itself")).to_be_visible()
    line.mend()
    job = wait_until_received(upload_page)
    assert content_of(job.upload.files.get(), real_store) == content


def test_an_announcement_whose_answer_is_lost_is_made_again_and_is_one_job(
    upload_page: Page, make_files: MakeFiles
) -> None:
    said: list[str] = []
    third: list[Route] = []

    def lose_the_first_two(route: Route) -> None:
        if route.request.method == "POST":
            said.append(route.request.post_data or "")
        if len(said) == 1:  # the server has heard it; the page has not heard the server
            route.fetch()
            route.abort()
        elif len(said) == 2:
            route.fulfill(status=502, body="<h1>Bad gateway</h1>")
        else:
            third.append(route)

    upload_page.route(f"**{ADDRESS}", lose_the_first_two)
    choose(upload_page, *make_files(("a.txt", b"hello")))
    send(upload_page)
    wait_until(upload_page, lambda: third)
    expect(upload_page.get_by_text("The server does not answer at the moment")).to_be_visible()
    third[0].continue_()
    wait_until_received(upload_page)
    assert len(said) == 3
    assert len(set(said)) == 1
    assert Job.objects.count() == 1


def test_sending_can_be_cancelled_on_the_page_that_sends(
    upload_page: Page, line: Line, make_files: MakeFiles
) -> None:
    expect(upload_page.get_by_text("Cancel this job", exact=True)).to_be_hidden()
    [path] = make_files(("large.bin", os.urandom(12 * MIB)))
    line.send_at(SLOW_BYTES_PER_S)
    choose(upload_page, path)
    send(upload_page)
    upload_page.get_by_text("Cancel this job", exact=True).click()
    # A question whether to leave the page would be dismissed, and nothing would happen.
    upload_page.get_by_role("button", name="Yes, cancel this job").click()
    expect(upload_page.get_by_role("heading", name="Your job was cancelled")).to_be_visible()
    assert Job.objects.get().state == State.CANCELLED


def test_a_page_that_still_sends_learns_that_its_job_was_cancelled_elsewhere(
    upload_page: Page, line: Line, make_files: MakeFiles
) -> None:
    [path] = make_files(("large.bin", os.urandom(7 * MIB)))
    line.send_at(SLOW_BYTES_PER_S)
    choose(upload_page, path)
    send(upload_page)
    expect(upload_page.get_by_role("heading", name="Sending your files")).to_be_visible()
    Job.objects.get().move_to(State.CANCELLED, "Elsewhere.", actor="collaborator")
    line.mend()
    expect(upload_page.get_by_role("heading", name="Your job was cancelled")).to_be_visible()


def test_a_file_that_can_no_longer_be_read_is_asked_for_again(
    upload_page: Page, real_store: Store, make_files: MakeFiles
) -> None:
    content = os.urandom(12 * MIB)
    [path] = make_files(("moved.bin", content))
    choose(upload_page, path)
    times = path.stat()
    elsewhere = path.rename(path.with_name("elsewhere"))
    send(upload_page)
    row = upload_page.get_by_role("listitem")
    expect(row.get_by_text("no longer lets this page read this file")).to_be_visible()
    elsewhere.rename(path)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    choose(upload_page, path)
    job = wait_until_received(upload_page)
    assert content_of(job.upload.files.get(), real_store) == content


def test_without_a_script_nothing_is_offered_that_would_not_work(
    chromium: Browser, live_server: LiveServer, offer: Pipeline
) -> None:
    # Playwright's way to switch scripts off leaves <noscript> out; tests/jobs reads that.
    with own_page(chromium, java_script_enabled=False) as page:
        page.goto(live_server.url + ADDRESS)
        expect(page.get_by_role("heading", name="Word count")).to_be_visible()
        expect(page.get_by_role("button", name="Send")).to_be_hidden()
        expect(page.get_by_label("Your e-mail address")).to_be_hidden()
