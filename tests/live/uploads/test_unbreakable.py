"""An upload that cannot break: each way to break it ends with the right bytes, nothing sent twice.

Real Chromium, gunicorn and Swift, each a process of its own, and a link that can be cut.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from deploy.link import Line
from tests.live.uploads.conftest import MakeSite, Visitor
from tests.live.uploads.sending import (
    MIB,
    assert_intact,
    begin,
    choose,
    large_file,
    standing_still,
    sum_of,
    unsettled,
    until_arrived,
    until_sent,
    until_settled,
    until_stored,
)

pytestmark = [pytest.mark.live, pytest.mark.timeout(400)]
both = pytest.mark.parametrize("kind", ["swift", "s3"])
OUTAGE_MS = 60_000
URLS_GOOD_FOR_S = 12
URLS_GOOD_FOR_LONGER_S = 30  # the page leaves a sixth of it: also a slow machine sends within that
# As if the computer had slept meanwhile, or its clock went wrong.
PROMISE_MUCH = """
    const real = window.fetch;
    window.fetch = async (url, options) => {
        const answer = await real(url, options);
        if (!answer.ok || !/[/](open|sign)$/.test(url)) return answer;
        return Response.json({...await answer.json(), good_for_s: 6 * 3600});
    };
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Twelve parts of 8 MiB."""
    return large_file(tmp_path, 96)


@both
def test_a_reload_costs_no_part_that_was_stored(
    make_site: MakeSite, olga: Visitor, file: Path, kind: str
) -> None:
    site = make_site(kind)
    page = olga.open(site.page)
    begin(page, file)
    until_stored(site, 3)
    with standing_still(site):
        page.reload()
    choose(page, file)
    until_arrived(page)
    assert_intact(site, file)


@both
def test_a_killed_browser_goes_on_in_the_same_profile(
    make_site: MakeSite, olga: Visitor, file: Path, kind: str
) -> None:
    site = make_site(kind)
    address = begin(olga.open(site.page), file)
    until_stored(site, 3)
    with standing_still(site):
        olga.kill()
    page = olga.open(address)
    choose(page, file)
    until_arrived(page)
    assert_intact(site, file)


def test_another_browser_goes_on_by_the_same_address(
    make_site: MakeSite, olga: Visitor, make_visitor: Callable[[str], Visitor], file: Path
) -> None:
    site = make_site("s3")
    address = begin(olga.open(site.page), file)
    until_stored(site, 3)
    with standing_still(site):
        olga.kill()
    page = make_visitor("olga-at-home").open(address)
    expect(page.get_by_text("please choose this file again")).to_be_visible()
    choose(page, file)
    until_arrived(page)
    assert_intact(site, file)


def test_a_minute_without_a_network_is_waited_out(
    make_site: MakeSite, olga: Visitor, file: Path
) -> None:
    site = make_site("swift")
    page = olga.open(site.page)
    begin(page, file)
    until_stored(site, 3)
    with standing_still(site):
        page.context.set_offline(True)
    expect(page.get_by_text("It goes on by itself")).to_be_visible()
    page.wait_for_timeout(OUTAGE_MS)
    page.context.set_offline(False)
    until_arrived(page)
    assert_intact(site, file)


def test_a_minute_without_a_store_is_waited_out(
    make_site: MakeSite, olga: Visitor, file: Path
) -> None:
    site = make_site("s3")
    page = olga.open(site.page)
    begin(page, file)
    until_stored(site, 3)
    site.kill_swift()
    page.wait_for_timeout(OUTAGE_MS)
    site.start_swift()
    until_arrived(page)
    assert_intact(site, file)


@both
def test_a_web_server_that_is_killed_and_comes_back_later_stops_nothing(
    make_site: MakeSite, olga: Visitor, file: Path, kind: str
) -> None:
    site = make_site(kind)
    page = olga.open(site.page)
    begin(page, file)
    until_stored(site, 3)
    site.kill_web()
    until_stored(site, 12)  # the store needs no web server
    site.start_web()
    until_arrived(page)
    assert_intact(site, file)


@both
def test_expired_urls_are_asked_for_anew(
    make_site: MakeSite, olga: Visitor, tmp_path: Path, kind: str
) -> None:
    # Nine parts, four at once: the last one begins when the URLs of all have expired.
    file = large_file(tmp_path, 72)
    site = make_site(kind, urls_good_for_s=URLS_GOOD_FOR_S, line=Line(bytes_per_s=1.2e6))
    page = olga.open("about:blank")
    page.add_init_script(PROMISE_MUCH)
    page.goto(site.page)
    begin(page, file)
    until_arrived(page)
    refused = [row for row in site.link.ledger.exchanges if row.status in (401, 403)]
    assert refused  # the page had believed its URLs for too long
    assert_intact(site, file)


def test_urls_are_not_used_when_they_have_expired(
    make_site: MakeSite, olga: Visitor, file: Path
) -> None:
    site = make_site("swift", urls_good_for_s=URLS_GOOD_FOR_LONGER_S)
    page = olga.open(site.page)
    begin(page, file)
    until_stored(site, 3)
    site.link.cut()
    page.wait_for_timeout(1000 * URLS_GOOD_FOR_LONGER_S)
    site.link.mend()
    until_arrived(page)
    assert not [row for row in site.link.ledger.exchanges if row.status in (401, 403)]
    assert_intact(site, file)


@both
def test_a_part_whose_answer_got_lost_is_not_sent_again(
    make_site: MakeSite, olga: Visitor, file: Path, kind: str
) -> None:
    site = make_site(kind)
    page = olga.open(site.page)
    with site.link.holding("PUT") as holding:
        begin(page, file)
        holding.wait(2, timeout_s=120)  # the store has them; the page does not know
        site.link.cut()
    until_settled(site)
    for _ in range(2):  # the first may have been asked before
        with page.expect_response(lambda answer: answer.url.endswith("/open")):
            pass
    site.link.mend()
    until_arrived(page)
    assert_intact(site, file)


@pytest.mark.timeout(900)
def test_fifty_cuts_at_random_moments_cost_no_stored_part(
    make_site: MakeSite, olga: Visitor, tmp_path: Path
) -> None:
    site = make_site("s3", line=Line())
    path = large_file(tmp_path, 2048)
    draw = random.Random(2026)  # noqa: S311 - the same cuts each time
    page = olga.open(site.page)
    begin(page, path)
    ledger, late = site.link.ledger, 0
    for _ in range(50):
        until_sent(site, ledger.sent_bytes + draw.randrange(5 * MIB, 60 * MIB))
        site.link.cut()
        page.wait_for_timeout(draw.randrange(10, 500))
        late += unsettled(ledger, 32 * MIB)  # the page may ask for them before they are stored
        site.link.mend()
    until_arrived(page, seconds=600)
    parts = len(ledger.stored())
    assert site.stored_sums() == [sum_of(path)]
    assert len(ledger.resent()) <= 0.02 * parts + late
