"""What bench-results reckons and makes up; and, live, that its quick form comes to its end."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from deploy.bench.results import crowd, curl
from deploy.bench.results.__main__ import measured_on
from deploy.bench.results.figures import (
    QUICK,
    Downloads,
    Fetched,
    FirstByte,
    Look,
    Measured,
    Memory,
    Round,
    Rounds,
    Scale,
)
from deploy.bench.results.report import show, summary
from jobs.held.figures import RESULT, holdings
from jobs.models import Job
from jobs.overview.figures import figures_of
from jobs.overview.scope import Scope
from jobs.states import MOVES, State
from pipelines.models import Pipeline
from tests.object_server import ObjectServer

PROMISED = {
    "zip_ratio",
    "zip_small_ratio",
    "web_s_per_gb",
    "web_peak_of_four_mib",
    "resume_first_byte_s",
    "record_s",
    "record_bytes",
    "held_queries",
    "overview_s",
    "overview_all_queries",
}


def measured(*, zip_s: float = 4.0) -> Downloads:
    """The files took two seconds for two GB."""
    each = [Round(Fetched(zip_s, web_s=3.0, store_s=1.0), Fetched(2.0, web_s=0, store_s=1.0))] * 3
    rounds = Rounds(2 * 10**9, each)
    return Downloads(rounds, rounds, Memory(80, 82, 90 + zip_s, 81), FirstByte(0.01, 0.02, 0.003))


def all_measured() -> Measured:
    looks = dict.fromkeys(("record", "held", "overview", "overview_all"), Look(0.5, 0.4, 1000, 12))
    return Measured({"native": measured(), "s3": measured(zip_s=8.0)}, 0.6, looks)


def test_the_last_line_has_the_worse_of_both_apis_under_plain_names() -> None:
    said = summary(all_measured(), Scale())

    assert said.keys() >= PROMISED
    assert said["zip_ratio"] == said["s3"]["zip_ratio"] == 0.25
    assert said["native"]["zip_mb_per_s"] == 500
    assert (said["web_s_per_gb"], said["web_peak_of_four_mib"]) == (1.5, 98)
    assert (said["held_s"], said["overview_queries"]) == (0.5, 12)


def test_the_last_line_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    show(all_measured(), Scale())

    *words, last = capsys.readouterr().out.splitlines()
    assert json.loads(last)["record_bytes"] == 1000
    assert "  overview, all: 0.50 s, 0.40 s of processor time, 12 queries, 1,000 bytes" in words


def test_a_ratio_is_of_one_round_and_the_median_of_them_counts() -> None:
    seconds = [(1, 1), (10, 1), (1, 2)]
    rounds = [Round(Fetched(z, 0, 0), Fetched(files, 0, 0)) for z, files in seconds]

    assert Rounds(1, rounds).ratio == 1


# --- curl ---


def test_curl_fetches_all_of_them_and_counts_their_bytes() -> None:
    with ObjectServer() as store:
        store.objects = {"a": b"x" * 70_000, "b": b"y"}

        assert curl.fetch([store.url("a"), store.url("b")]) == 70_001


@pytest.mark.parametrize("fault", ["refused", "cut"])
def test_what_did_not_come_as_a_whole_is_no_measurement(fault: str) -> None:
    with ObjectServer() as store:
        store.objects = {"a": b"x" * 70_000, "b": b"y"}
        if fault == "refused":
            store.answers["a"] = [503]
        else:
            store.cuts["a"] = [10]

        with pytest.raises(curl.CurlFailed):
            curl.fetch([store.url("a"), store.url("b")])


def test_a_page_is_looked_at_as_a_whole() -> None:
    with ObjectServer() as store:
        store.objects = {"page": b"x" * 70_000}
        store.answers["elsewhere"] = [302]

        seconds, size_bytes = curl.look(store.url("page"))
        assert (size_bytes, seconds > 0) == (70_000, True)
        with pytest.raises(curl.CurlFailed, match="302"):
            curl.look(store.url("elsewhere"))


def test_the_first_byte_is_of_what_is_left() -> None:
    with ObjectServer() as store:
        store.objects = {"a": b"x" * 5_000_000}

        assert curl.first_byte_s(store.url("a"), 2_500_000) > 0
        assert store.ranges == ["bytes=2500000-"]


def test_a_refusal_has_no_first_byte() -> None:
    with ObjectServer() as store, pytest.raises(curl.CurlFailed):
        curl.first_byte_s(store.url("nothing"), 0)


# --- the many jobs ---


def test_the_pages_tell_of_every_job_of_the_crowd(pipeline: Pipeline) -> None:
    crowd.fill(40)

    figures = figures_of(Scope([pipeline]))[pipeline.pk]
    assert (figures.came_in, figures.delivered, figures.failed) == (40, 26, 4)
    assert (figures.to_decide, figures.under_way) == (2, 4)
    assert figures.downloads == 2 * figures.delivered
    kept = Job.objects.filter(state=State.DELIVERED).count()
    held = {one.why: one.jobs for one in holdings(Pipeline.objects.all())}
    assert 0 < held[RESULT] == kept < 26


@pytest.mark.parametrize("way", dict.fromkeys(crowd.WAYS))
def test_the_jobs_of_the_crowd_went_ways_that_there_are(way: tuple[State, ...]) -> None:
    assert all(new in MOVES[old] for old, new in pairwise(way))


# --- all of it ---


@pytest.mark.live
@pytest.mark.timeout(900)
def test_the_quick_form_comes_to_its_end_on_real_parts(tmp_path: Path) -> None:
    scale = replace(QUICK, size_mib=12)
    found = measured_on(["s3"], tmp_path / "state", scale)

    said = summary(found, scale)
    assert said.keys() >= PROMISED
    assert len(found.downloads["s3"].large.rounds) == scale.rounds
    assert found.downloads["s3"].large.web_s_per_gb > 0
    memory = found.downloads["s3"].memory
    assert memory.peak_of_four_mib >= memory.before_mib > 20
    assert found.looks["record"].size_bytes > 500 * (scale.record_files + scale.record_starts)
    assert all(one.seconds > 0 and 0 < one.queries < 60 for one in found.looks.values())
    assert not (tmp_path / "state").exists()
