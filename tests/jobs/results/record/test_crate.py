"""The run record: whole, true, the same after the files are gone, and without a person in it."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from django.conf import settings
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from jobs.models import Job
from jobs.results.names import RECORD
from jobs.results.record.crate import crate_json
from jobs.results.record.methods import methods_text
from jobs.states import State
from pipelines.models import Pipeline
from tests.jobs.results.record import made
from tests.jobs.results.record.made import WAYS
from tests.walk import walk_to

pytestmark = pytest.mark.django_db


def graph_of(job: Job) -> dict[str, dict[str, Any]]:
    """Its entities, by id."""
    return {one["@id"]: one for one in crate_json(job)["@graph"]}


def run_in(graph: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The one run that it is about."""
    (run,) = [one for one in graph.values() if one["@type"] == "CreateAction"]
    return run


def ids(told: Any) -> list[str]:
    """What a property points at: nothing, one entity, or several."""
    told = told if isinstance(told, list) else [told] if told else []
    return [one["@id"] for one in told]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_every_id_is_a_uri_and_there_once_and_all_that_is_pointed_at_is_there(
    pipeline: Pipeline, way: made.Way
) -> None:
    entities = crate_json(way(pipeline))["@graph"]
    counts = Counter(one["@id"] for one in entities)
    assert max(counts.values()) == 1
    for id in counts:
        assert id.isascii()
        assert not set(id) & set(' <>"{}|\\^`\n')
        urlsplit(id)
    pointed_at = {
        id
        for one in entities
        for name, value in one.items()
        if name not in ("@id", "@type") and (isinstance(value, dict | list))
        for id in ids(value)
    }
    assert pointed_at - set(counts) == {"https://w3id.org/ro/crate/1.1"}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_no_person_no_address_and_no_token_is_in_it(pipeline: Pipeline, way: made.Way) -> None:
    job = way(pipeline)
    text = json.dumps(crate_json(job))
    assert "Person" not in text
    assert "@uni.example" not in text
    assert job.email not in text
    assert job.status_token not in text
    assert job.status_sha256 not in text


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_it_stays_the_same_when_the_files_are_gone(pipeline: Pipeline, way: made.Way) -> None:
    job = way(pipeline)
    before = crate_json(job)
    walk_to(job, State.EXPIRED)
    with translation.override("de"):
        assert crate_json(Job.objects.get(pk=job.pk)) == before


def test_the_run_names_its_code_inputs_results_and_times(pipeline: Pipeline) -> None:
    job = made.from_checkpoint(pipeline)
    graph = graph_of(job)
    run = run_in(graph)
    assert run["@id"] == f"urn:uuid:{job.pk}"
    assert run["description"] == methods_text(job)
    code = graph[run["instrument"]["@id"]]
    assert (code["version"], code["sha256"]) == ("1", job.code.sha256)
    assert [graph[id]["name"] for id in ids(run["object"])] == ["a.csv", "b.csv"]
    (result,) = (graph[id] for id in ids(run["result"]))
    assert (result["@id"], result["contentSize"]) == ("words.csv", "5")
    assert (result["sha256"], result["encodingFormat"]) == ("ab12cd34" * 8, "text/csv")
    assert graph[run["agent"]["@id"]]["name"] == settings.SITE_NAME
    assert graph[f"{settings.SITE_URL}/#freeloader"]["softwareVersion"] == settings.VERSION
    assert graph["#interruptions"]["value"] == 2
    assert graph["#core-seconds"]["value"] == 3 * 21_600
    assert run["startTime"] < run["endTime"]
    assert run["startTime"].endswith("+00:00")


def test_each_start_says_where_when_how_it_ended_and_one_whose_outputs_these_are(
    pipeline: Pipeline,
) -> None:
    graph = graph_of(made.from_checkpoint(pipeline))
    starts = [one for id, one in graph.items() if one["@type"] == "Action"]
    assert [one["actionStatus"].rpartition("/")[2] for one in starts] == [
        "FailedActionStatus", "FailedActionStatus", "CompletedActionStatus",
    ]  # fmt: skip
    assert [one.get("result") for one in starts] == [None, None, {"@id": "./"}]
    assert {one["location"] for one in starts} == {"node7"}
    assert starts[0]["description"] == "preempted; began with: nothing"
    assert starts[2]["description"].startswith("ended well; began with: checkpoint, 12 MB")
    assert graph[starts[0]["resourceUsage"]["@id"]]["value"] == 21_600


def test_of_files_that_were_put_together_the_start_is_told_by_its_end(pipeline: Pipeline) -> None:
    job = made.from_checkpoint(pipeline)
    job.results.update(object_name=f"results/{job.pk}/whole/1")
    assert graph_of(job)["#start-1-0-2"]["result"] == {"@id": "./"}


def test_of_a_start_without_times_none_are_told(pipeline: Pipeline) -> None:
    start = graph_of(made.with_a_gap(pipeline))["#start-1-0-0"]
    assert not {"startTime", "endTime", "location", "resourceUsage"} & set(start)
    assert start["description"] == "interrupted; began with: not known"


def test_a_run_that_was_lost_is_told(pipeline: Pipeline) -> None:
    graph = graph_of(made.lost(pipeline))
    assert graph["#begun-anew"]["value"] == 1
    assert graph["#start-1-0-0"]["actionStatus"].endswith("/FailedActionStatus")
    assert graph["#start-2-0-0"]["result"] == {"@id": "./"}


def test_dmtcp_is_a_requirement_of_the_code(pipeline: Pipeline) -> None:
    job = made.under_dmtcp(pipeline)
    graph = graph_of(job)
    tools = ids(graph[run_in(graph)["instrument"]["@id"]]["softwareRequirements"])
    assert [graph[id]["name"] for id in tools] == ["Freeloader", "DMTCP"]


def test_of_the_check_it_tells_the_coverage_and_no_finding(pipeline: Pipeline) -> None:
    job = made.hostile(pipeline)
    assert job.findings.exists()
    graph = graph_of(job)
    assert graph["#coverage-presidio"]["value"] == "PARTIAL"
    assert "2 as a whole, 1 in part" in graph["#coverage-presidio"]["description"]
    assert "Why not all: SAMPLED." in graph["#coverage-presidio"]["description"]
    assert "PHONE_NUMBER" not in json.dumps(graph)


def test_hostile_names_are_data_and_their_ids_are_safe_paths(pipeline: Pipeline) -> None:
    graph = graph_of(made.hostile(pipeline))
    results = ids(run_in(graph)["result"])
    assert sorted(graph[id]["name"] for id in results) == sorted(made.HOSTILE)
    paths = [unquote(id) for id in results]
    assert len({path.casefold() for path in paths} | {RECORD}) == len(made.HOSTILE) + 1
    for path in paths:
        assert not path.startswith("/")
        assert ".." not in path.split("/")
        assert path.isprintable()


def test_ten_thousand_files_take_few_queries(
    pipeline: Pipeline, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    names = [f"plate {number:05}.csv" for number in range(300)]
    job = made.deliver(made.of_files(pipeline, names), names)
    with django_assert_max_num_queries(16):
        crate_json(job)


@pytest.mark.live
def test_ten_thousand_files_and_starts_are_recorded(pipeline: Pipeline) -> None:
    names = [f"plate {number:05}.csv" for number in range(10_000)]
    job = made.deliver(made.of_files(pipeline, names), names)
    text = json.dumps(crate_json(job))
    assert len(text) < 10_000_000
    assert text.count('"@type": "File"') == 20_000


def test_a_zip_of_many_files_says_of_how_many(pipeline: Pipeline) -> None:
    job = made.once(pipeline)
    job.results.update(name="results.zip", preview={"packed_files": 3001})
    graph = graph_of(job)
    assert graph["results.zip"]["description"] == "3,001 files, packed into one ZIP."
    assert "It left 3,001 files, packed into one ZIP" in run_in(graph)["description"]
