"""Olga pauses, goes on, removes, comes back: what has arrived is never sent twice."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.signals import request_started
from playwright.sync_api import BrowserContext, Dialog, Page, Request, Route, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from backends.base import Store
from backends.s3 import S3Store
from deploy.swift_one import Credentials
from jobs.models import Job
from jobs.states import State
from pipelines.models import Pipeline
from tests.live.browser.conftest import use_store
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
from uploads.models import UploadedFile, UploadedPart

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]
MakeFiles = Callable[..., list[Path]]


def part_bytes(store: Store) -> int:
    """Of a file of several parts; see the fixture `real_store`."""
    return 5 * MIB if isinstance(store, S3Store) else MIB


def test_what_is_paused_sends_nothing_and_goes_on_where_it_was(
    upload_page: Page,
    line: Line,
    context: BrowserContext,
    real_store: Store,
    make_files: MakeFiles,
) -> None:
    content = os.urandom(LARGE_BYTES)
    line.send_at(MIB // 2)
    choose(upload_page, *make_files(("large.bin", content)))
    send(upload_page)
    wait_until_stored(upload_page, real_store, line)
    upload_page.get_by_role("button", name="Pause large.bin").press("Enter")
    expect(upload_page.get_by_role("heading", name="Paused")).to_be_visible()
    expect(upload_page.get_by_text(re.compile(r"paused at \d+ %"))).to_be_visible()
    file = UploadedFile.objects.get()
    stored = {part.number for part in real_store.stored_parts(file.object_name, file.parts_key)}

    sent = puts_of(context)
    line.mend()
    upload_page.wait_for_timeout(300)
    assert sent == []
    upload_page.get_by_role("button", name="Go on with large.bin").press("Enter")
    wait_until_received(upload_page)
    assert content_of(file, real_store) == content
    assert stored.isdisjoint(sent)


def test_leaving_is_asked_about_unless_all_is_paused(
    upload_page: Page, line: Line, real_store: Store, make_files: MakeFiles
) -> None:
    contents = {"one.bin": os.urandom(11 * MIB), "two.bin": os.urandom(11 * MIB)}
    paths = make_files(*contents.items())
    questions: list[str] = []

    def stay(question: Dialog) -> None:
        questions.append(question.type)
        question.dismiss()

    upload_page.on("dialog", stay)
    line.send_at(SLOW_BYTES_PER_S)
    choose(upload_page, *paths)
    send(upload_page)
    expect(upload_page.get_by_role("heading", name="Sending your files")).to_be_visible()
    upload_page.close(run_before_unload=True)
    wait_until(upload_page, lambda: questions)
    assert questions == ["beforeunload"]

    upload_page.get_by_role("button", name="Pause", exact=True).click()
    expect(upload_page.get_by_role("button", name="Go on", exact=True)).to_be_focused()
    expect(upload_page.get_by_text(re.compile(r"paused at \d+ %"))).to_have_count(2)
    expect(upload_page.get_by_role("status")).to_have_text(re.compile("Sending is paused"))
    upload_page.reload()
    assert questions == ["beforeunload"]
    line.mend()
    choose(upload_page, *paths)
    job = wait_until_received(upload_page)
    kept = {file.name: content_of(file, real_store) for file in job.upload.files.all()}
    assert kept == contents


def test_a_file_can_be_taken_out_but_not_the_last_one(
    upload_page: Page, line: Line, real_store: Store, make_files: MakeFiles
) -> None:
    line.send_at(SLOW_BYTES_PER_S)
    paths = make_files(("wrong.bin", os.urandom(11 * MIB)), ("right.bin", os.urandom(6 * MIB)))
    choose(upload_page, *paths)
    send(upload_page)
    expect(upload_page.get_by_text(re.compile(r"being sent: [1-9]\d* %")).first).to_be_visible()
    wrong = upload_page.get_by_role("button", name="Remove wrong.bin")
    wrong.click()
    expect(upload_page.get_by_role("button", name="No, keep it")).to_be_focused()
    upload_page.keyboard.press("Escape")
    expect(wrong).to_be_focused()
    wrong.click()
    upload_page.get_by_role("button", name="Yes, remove it").click()
    expect(upload_page.get_by_role("listitem")).to_have_count(1)
    right = upload_page.get_by_role("button", name="Remove right.bin")
    expect(right).to_be_focused()

    expect(upload_page.get_by_text(re.compile(r"being sent: [1-9]\d* %"))).to_be_visible()
    right.click()
    upload_page.get_by_role("button", name="Yes, remove it").click()
    expect(upload_page.get_by_text("Cancel the job instead")).to_be_visible()
    line.mend()
    job = wait_until_received(upload_page)
    assert [file.name for file in job.upload.files.all()] == ["right.bin"]
    assert content_of(job.upload.files.get(), real_store) == paths[1].read_bytes()


def test_without_the_files_that_lack_the_others_are_handed_over(
    upload_page: Page, line: Line, context: BrowserContext, make_files: MakeFiles
) -> None:
    line.send_at(SLOW_BYTES_PER_S)
    choose(upload_page, *make_files(("small.txt", b"s"), ("huge.bin", os.urandom(22 * MIB))))
    send(upload_page)
    upload_page.get_by_role("button", name="Pause huge.bin").click()
    expect(upload_page.get_by_text("arrived", exact=True)).to_be_visible()
    address = upload_page.url
    upload_page.close()
    page = context.new_page()
    page.goto(address)
    expect(page.get_by_text("One file has not arrived completely: ⁨huge.bin⁩.")).to_be_visible()
    page.get_by_role("button", name="Remove huge.bin").click()
    job = wait_until_received(page)
    assert [file.name for file in job.upload.files.all()] == ["small.txt"]


def test_a_page_opened_again_says_which_files_to_choose_and_knows_them_in_their_folder(
    upload_page: Page, line: Line, context: BrowserContext, make_files: MakeFiles, real_store: Store
) -> None:
    paths = make_files(*((f"study/{n}/same.csv", bytes([n]) * 400_000) for n in range(8)))
    study = paths[0].parents[1]
    line.send_at(SLOW_BYTES_PER_S // 10)
    upload_page.get_by_label("Choose a folder").set_input_files(study)
    send(upload_page)
    expect(upload_page.get_by_role("heading", name="Sending your files")).to_be_visible()
    address = upload_page.url
    upload_page.close()

    page = context.new_page()
    page.goto(address)
    asked = page.get_by_role("region", name="Please choose your files again")
    expect(asked).to_contain_text("8 files have not arrived completely: ⁨study/0/same.csv⁩")
    expect(asked).to_contain_text("⁨study/4/same.csv⁩ and 3 more.")
    os.utime(paths[1], (1_700_000_000, 1_700_000_000))
    page.get_by_label("Choose a folder").set_input_files(study)
    expect(page.get_by_text("was changed since you began to send it")).to_have_count(1)
    expect(asked).to_contain_text("One file has not arrived completely: ⁨study/1/same.csv⁩.")
    file = UploadedFile.objects.get(name="study/1/same.csv")
    os.utime(paths[1], ns=(file.modified_ms * 10**6, file.modified_ms * 10**6))
    choose(page, paths[1])  # out of its folder: by its base name
    job = wait_until_received(page)
    for file, path in zip(job.upload.files.order_by("name"), paths, strict=True):
        assert content_of(file, real_store) == path.read_bytes()


def test_sums_go_with_the_parts_also_with_those_that_another_page_had_sent(
    upload_page: Page, line: Line, context: BrowserContext, make_files: MakeFiles, real_store: Store
) -> None:
    content = os.urandom(LARGE_BYTES)
    [path] = make_files(("large.bin", content))
    line.send_at(MIB // 2)
    choose(upload_page, path)
    send(upload_page)
    wait_until_stored(upload_page, real_store, line)
    address = upload_page.url
    upload_page.close()
    assert not UploadedPart.objects.exists()

    headers: list[dict[str, str]] = []
    context.on("request", lambda one: headers.append(one.headers) if one.method == "PUT" else None)
    page = context.new_page()
    page.goto(address)
    choose(page, path)
    wait_until_received(page)
    step = part_bytes(real_store)
    cut = [content[at : at + step] for at in range(0, len(content), step)]
    sums = dict(UploadedPart.objects.values_list("number", "sha256"))
    assert sums == {number: hashlib.sha256(one).hexdigest() for number, one in enumerate(cut, 1)}
    if header := real_store.limits().sha256_header:
        verified = {one[header] for one in headers}
        assert verified <= {base64.b64encode(bytes.fromhex(one)).decode() for one in sums.values()}


def test_urls_are_renewed_before_they_end(
    upload_page: Page, line: Line, context: BrowserContext, make_files: MakeFiles, real_store: Store
) -> None:
    content = os.urandom(6 * part_bytes(real_store))  # all signed for at once; four fly at once
    signed: set[int] = set()

    def note(request: Request) -> None:
        if request.url.endswith("/sign"):
            signed.update(json.loads(request.post_data or "")["parts"]["1"])

    upload_page.on("request", note)
    sent = puts_of(context)
    upload_page.clock.install()
    line.send_at(SLOW_BYTES_PER_S)
    choose(upload_page, *make_files(("large.bin", content)))
    send(upload_page)
    wait_until(upload_page, lambda: len(sent) >= 4)
    upload_page.clock.set_system_time(datetime.now() + timedelta(hours=5, minutes=1))
    line.mend()
    job = wait_until_received(upload_page)
    assert set(sent[4:]) <= signed
    assert len(sent) == 6
    assert content_of(job.upload.files.get(), real_store) == content


def test_what_the_page_does_not_take_is_said_before_anything_is_sent(
    page: Page, live_server: LiveServer, offer: Pipeline, make_files: MakeFiles
) -> None:
    offer.patterns = "*.txt, *.[ct]sv"
    offer.max_files, offer.max_file_mb, offer.max_total_mb = 4, 1, 2
    offer.accept_empty_files = False
    offer.save()
    page.goto(live_server.url + ADDRESS)
    posts: list[str] = []
    page.on("request", lambda one: posts.append(one.url) if one.method == "POST" else None)
    rows = {
        "good.TSV": b"g",
        "empty.txt": b"",
        "photo.heic": b"p",
        "large.txt": bytes(1_500_000),
        "other.csv": bytes(900_000),
    }
    choose(page, *make_files(*rows.items()))
    for name, said in {
        "empty.txt": "is empty (0 bytes). Was it saved?",
        "photo.heic": "is not a file that this page takes: *.txt, *.[ct]sv.",
        "large.txt": "is 1.5 MB; this page takes files up to 1 MB.",
    }.items():
        row = page.get_by_role("listitem").filter(has_text=name)
        expect(row.get_by_text(said)).to_be_visible()
    assert page.locator(".files .error:visible").count() == 3
    of_all = page.locator("#files-error")
    expect(of_all).to_contain_text("This page takes at most 4 files; you chose 5.")
    expect(of_all).to_contain_text("All files together are 2.4 MB; this page takes 2 MB at most.")
    for name in ("empty.txt", "photo.heic", "large.txt"):
        page.get_by_role("button", name=f"Remove {name}").click()
    expect(of_all).to_be_hidden()
    assert posts == []


@pytest.fixture
def calls() -> Iterator[Counter[str]]:
    """How often each call has reached the site; to hear of it by the browser would slow it."""
    counts: Counter[str] = Counter()

    def note(environ: dict[str, str], **_: object) -> None:
        if environ["PATH_INFO"].startswith("/u/"):
            counts[environ["PATH_INFO"].rsplit("/", 1)[1]] += 1

    request_started.connect(note)
    yield counts
    request_started.disconnect(note)


def test_a_thousand_small_files_cost_a_handful_of_calls(
    page: Page,
    live_server: LiveServer,
    offer: Pipeline,
    settings: Settings,
    swift_for_browsers: Credentials,
    calls: Counter[str],
    tmp_path: Path,
) -> None:
    store = use_store(settings, swift_for_browsers, live_server.url, "swift")
    offer.max_files = 1000
    offer.save()
    many = tmp_path / "many"
    many.mkdir()
    for number in range(1000):
        (many / f"{number}.txt").write_text(f"file {number}")
    page.goto(live_server.url + ADDRESS)
    page.get_by_label("Choose a folder").set_input_files(many)
    expect(page.locator("[data-part=total]")).to_have_text(re.compile("1,?000 files, 7.9 kB"))
    began = time.monotonic()
    send(page)
    page.wait_for_url(re.compile("/j/"))
    # Asked of the database: to look for something on a page of a thousand rows slows it down.
    wait_until(page, lambda: Job.objects.get().state != State.UPLOADING, seconds=200)
    job = Job.objects.get()
    assert calls["open"] <= 8
    # What has waited for ten seconds is completed though more is on its way: parts.js.
    assert calls["complete"] <= 20 + (time.monotonic() - began) / 10
    assert calls["sign"] == 0
    sizes = {row.name: row.size_bytes for row in store.list_objects(f"uploads/{job.upload_id}/")}
    assert sizes == {file.object_name: file.size_bytes for file in job.upload.files.all()}
    last = job.upload.files.get(name="many/999.txt")
    assert store.read(last.object_name, max_bytes=100) == b"file 999"


def test_small_files_go_together_where_the_store_has_forms(
    upload_page: Page, context: BrowserContext, real_store: Store, make_files: MakeFiles
) -> None:
    sent: list[str] = []
    context.on("request", lambda one: sent.append(one.method) if "/uploads/" in one.url else None)
    Pipeline.objects.update(max_files=100)
    upload_page.reload()
    contents = {f"{number}.txt": os.urandom(number) for number in range(60)}
    choose(upload_page, *make_files(*contents.items()))
    send(upload_page)
    job = wait_until_received(upload_page)
    stored = {file.name: content_of(file, real_store) for file in job.upload.files.all()}
    assert stored == contents
    has_forms = real_store.sign_form("uploads/", max_files=1, max_bytes=1, expires_s=1) is not None
    assert len(sent) < 30 if has_forms else len(sent) >= 60
    assert set(sent) == ({"POST"} if has_forms else {"PUT"})
    proofs = UploadedPart.objects.values_list("file__name", "sha256")
    assert dict(proofs) == {
        name: hashlib.sha256(data).hexdigest() for name, data in contents.items()
    }


def keep_nothing(route: Route) -> None:
    """As if all were well."""
    route.fulfill(status=201, headers={"Access-Control-Allow-Origin": "*"})


@pytest.mark.parametrize("answer", [Route.abort, keep_nothing])
def test_a_store_that_takes_no_form_after_all_gets_each_file_by_itself(
    upload_page: Page,
    real_store: Store,
    make_files: MakeFiles,
    answer: Callable[[Route], None],
) -> None:
    upload_page.route(
        "**/uploads/**",
        lambda route: answer(route) if route.request.method == "POST" else route.continue_(),
    )
    Pipeline.objects.update(max_files=100)
    upload_page.reload()
    contents = {f"{number}.txt": os.urandom(number) for number in range(40)}
    choose(upload_page, *make_files(*contents.items()))
    send(upload_page)
    job = wait_until_received(upload_page)
    stored = {file.name: content_of(file, real_store) for file in job.upload.files.all()}
    assert stored == contents
