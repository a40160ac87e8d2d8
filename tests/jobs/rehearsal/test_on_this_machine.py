"""Rehearsals of real code on this machine: the node's program runs, and is really killed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from backends.local import LocalCluster
from backends.memory import MemoryStore
from jobs.models import Rehearsal
from pipelines.code import read_code
from pipelines.models import Cluster, Pipeline
from pipelines.publish import publish_code
from tests.jobs.rehearsal.acting import rehearsed_for_good
from tests.jobs.steps.served_store import served

# Real processes: they take longer than the quick suite may.
pytestmark = [pytest.mark.django_db, pytest.mark.live, pytest.mark.timeout(600)]
# A start that is to be interrupted waits for that: on a machine with much else to do it could be
# done before, and another time than the undisturbed run it takes anyway.
WAIT = """
import json, threading, time

def wait_if_to_be_interrupted(attempt):
    told = json.loads((attempt.parent / "job.json").read_text())
    if int(attempt.name.split(".")[-1]) < len(told.get("interrupt_after_s", [])):
        threading.Event().wait()
"""
UNITS = f"""{WAIT}
def run(inputs, output, checkpoint):
    done = int(checkpoint.load("done", b"0"))
    FIRST
    for unit in range(done, 8):
        time.sleep(0.1)
        checkpoint.save("done", str(unit + 1))
        if unit == done + 1:
            wait_if_to_be_interrupted(output.parent)
    for path in inputs:
        (output / path.name).write_text(str(len(path.read_text().split())))
    LAST
"""
STARTS = '(checkpoint / "starts").open("a").write("x")'
SHOWN = '(output / "starts").write_text((checkpoint / "starts").read_text())'
COMPARE = """
def compare(first, second):
    words = [(folder / "letters.txt").read_text() for folder in (first, second)]
    return words[0] == words[1] or "The numbers of words differ."
"""
PARTS = f"""{WAIT}
def split(inputs):
    return [inputs for _ in range(4)]

def run(inputs, output):
    time.sleep(0.5)
    attempt = output.parents[2]
    if (attempt / "one").exists():
        wait_if_to_be_interrupted(attempt)
    (attempt / "one").touch()
    (output / "words").write_text(str(len(inputs[0].read_text().split())))

def merge(outputs, output):
    counts = [int((folder / "words").read_text()) for folder in outputs]
    (output / "sum").write_text(str(sum(counts)))
"""


def units(first: str = "", last: str = "", more: str = "") -> str:
    return UNITS.replace("FIRST", first or "pass").replace("LAST", last or "pass") + more


@pytest.fixture
def here(
    closed: Pipeline, store: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Pipeline]:
    """Ada's pipeline, on this machine."""
    cluster = LocalCluster(tmp_path / "scratch", sys.executable)
    monkeypatch.setattr("jobs.tasks.cluster_port", lambda row: cluster)
    Cluster.objects.update(kind=Cluster.Kind.LOCAL)
    with served(store):
        yield closed


def rehearse(pipeline: Pipeline, user: User, store: MemoryStore, source: str) -> Rehearsal:
    publish_code(pipeline, read_code(source.encode()), file_name="code.py")
    return rehearsed_for_good(pipeline, user, store)


def test_code_that_keeps_what_it_did_loses_little(
    here: Pipeline, pi: User, store: MemoryStore
) -> None:
    rehearsal = rehearse(here, pi, store, units())
    assert rehearsal.outcome == "passed", rehearsal.text
    figures = rehearsal.figures
    assert (figures["interruptions"], figures["starts"]) == (3, 4)


def test_code_whose_result_tells_of_interruptions_is_refused(
    here: Pipeline, pi: User, store: MemoryStore
) -> None:
    rehearsal = rehearse(here, pi, store, units(STARTS, SHOWN))
    assert rehearsal.outcome == "failed"
    assert (
        "the results are not the same: “starts” differs in line 1 (size in bytes" in rehearsal.text
    )


def test_codes_own_compare_may_find_them_equal(
    here: Pipeline, pi: User, store: MemoryStore
) -> None:
    rehearsal = rehearse(here, pi, store, units(STARTS, SHOWN, COMPARE))
    assert rehearsal.outcome == "passed"
    assert "compare() finds them equal" in rehearsal.text


def test_code_that_writes_elsewhere_is_refused(
    here: Pipeline, pi: User, store: MemoryStore, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    rehearsal = rehearse(here, pi, store, units(f'open("{outside}", "a").write("x")'))
    assert rehearsal.outcome == "failed"
    assert str(outside) in rehearsal.text


def test_parts_that_write_elsewhere_are_found_out_too(
    here: Pipeline, pi: User, store: MemoryStore, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    source = PARTS.replace("time.sleep(0.5)", f'open("{outside}", "a").write("x")')
    rehearsal = rehearse(here, pi, store, source)
    assert rehearsal.outcome == "failed"
    assert str(outside) in rehearsal.text
    assert rehearsal.jobs.count() == 1  # there is no need to interrupt it


def test_parts_are_interrupted_in_their_worker(
    here: Pipeline, pi: User, store: MemoryStore
) -> None:
    rehearsal = rehearse(here, pi, store, PARTS)
    assert rehearsal.outcome == "passed", rehearsal.text
    figures = rehearsal.figures
    assert figures["planned"] == 3
    assert figures["interruptions"] >= 3  # split() and merge() are, too, if they take so long
