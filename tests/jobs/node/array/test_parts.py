"""Stage parts: workers share the parts, and what is finished is never computed again."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.jobs.node.conftest import NewSplitJob
from tests.jobs.node.kills import some_lines, start_traced
from tests.jobs.node.split_job import COUNT_IN_PARTS
from tests.jobs.node.tallied import LONG_S, TALLIED, Tallied
from tests.object_server import DEADLINE_S, ObjectServer, wait_until

# Real processes: they take longer than the quick suite may.
pytestmark = pytest.mark.live

NewTallied = Callable[[int], Tallied]


@pytest.fixture
def tallied(new_split_job: NewSplitJob, tmp_path_factory: pytest.TempPathFactory) -> NewTallied:
    return lambda parts: Tallied(new_split_job(TALLIED), tmp_path_factory.mktemp("tally"), parts)


def progress(store: ObjectServer) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(store.objects["progress"])
    return told


def halt(process: subprocess.Popen[bytes]) -> None:
    """Until it goes on it does nothing more, not even what it was at."""
    process.send_signal(signal.SIGSTOP)
    os.waitpid(process.pid, os.WUNTRACED)


def kill_all_of(process: subprocess.Popen[bytes]) -> None:
    """Also its zygote, and what that has forked, which could else begin a part when it is done."""
    with contextlib.suppress(ProcessLookupError):  # it has ended, and nothing is left of it
        os.killpg(process.pid, signal.SIGKILL)


def age(claim: Path, seconds: float) -> None:
    """As if the file server had not seen it touched for so long."""
    then = time.time() - seconds
    os.utime(claim, (then, then))


def test_one_worker_without_an_array_does_all_parts(
    new_split_job: NewSplitJob, store: ObjectServer
) -> None:
    job = new_split_job(COUNT_IN_PARTS, {"a b ü.txt": b"one two three", "b.txt": b"four"})
    job.split()

    assert job.run() == 0

    assert job.finished() == {0, 1}
    assert job.claimed() == set()
    assert (job.kept / "part.0" / "output" / "a b ü.count").read_text() == "3"
    assert progress(store)["fraction"] == 1
    assert progress(store)["message"] == "2 of 2 parts are done"
    assert job.run_stage("merge") == 0
    assert job.results() == {"sum.txt": b"4"}


def test_when_a_rehearsal_interrupts_parts_they_end_in_another_order(
    new_split_job: NewSplitJob,
) -> None:
    job = new_split_job("""
        def split(inputs): return inputs * 3
        def run(inputs, output): print("computes")
        def merge(outputs, output): pass
    """)
    job.split()
    job.also["interrupt_after_s"] = []
    job.tell()

    assert job.run() == 0

    said = [line for line in job.log().splitlines() if line.startswith("-- part")]
    assert said == ["-- part 3 of 3", "-- part 2 of 3", "-- part 1 of 3"]


def test_no_part_is_computed_again_whatever_workers_are_killed(tallied: NewTallied) -> None:
    job = tallied(64)
    attempts = [0, 0, 0]
    workers = [job.start(0, task) for task in range(3)]
    kills = 8

    for kill in range(kills):
        job.wait_for(6 * kill + 3)
        task = random.randrange(3)  # noqa: S311
        kill_all_of(workers[task])
        workers[task].wait(timeout=DEADLINE_S)
        attempts[task] += 1
        workers[task] = job.start(attempts[task], task)

    assert [worker.wait(timeout=DEADLINE_S) for worker in workers] == [0, 0, 0]
    assert job.job.finished() == set(range(64))
    assert job.job.claimed() == set()
    assert job.computed_again() == []
    assert 64 <= job.times_begun() <= 64 + kills
    assert job.merged() == job.squares()


@pytest.mark.timeout(900)  # a thousand times to the disk and back
def test_a_thousand_parts_are_each_computed_once(tallied: NewTallied) -> None:
    job = tallied(1000)

    workers = [job.start(0, task) for task in range(2)]

    assert [worker.wait(timeout=LONG_S) for worker in workers] == [0, 0]
    assert job.told() == {f"began {number}": 1 for number in range(1000)}
    assert job.merged() == job.squares()


def test_a_worker_killed_at_any_line_is_taken_up(tallied: NewTallied) -> None:
    """Between the syncing and the renaming of a part, too."""
    job = tallied(4)
    kills = some_lines(job.job, 8)
    for path in job.job.kept.glob("part.*"):
        shutil.rmtree(path)
    job.tally.unlink()

    for attempt, line in enumerate(kills, start=1):
        job.job.forget_ends()
        assert start_traced(job.job, attempt, line) in (-signal.SIGKILL, 0), f"line {line}"
        kill_all_of(job.job.processes[-1])
        done = {number: part_of(job, number) for number in job.job.finished()}
        assert all(square == str(number**2) for number, square in done.items())

    job.job.forget_ends()
    assert job.start(len(kills) + 1).wait(timeout=DEADLINE_S) == 0
    assert job.computed_again() == []
    assert job.merged() == job.squares()


def part_of(job: Tallied, number: int) -> str:
    return (job.job.kept / f"part.{number}" / "output" / "square").read_text()


def test_a_worker_that_wakes_after_its_successor_changes_nothing(tallied: NewTallied) -> None:
    job = tallied(3)
    old = job.start_held(0, 0)
    halt(old)

    assert job.start(1, 0).wait(timeout=DEADLINE_S) == 0
    job.let_go()
    old.send_signal(signal.SIGCONT)

    assert old.wait(timeout=DEADLINE_S) == 76
    assert job.job.end("0.0")["reason"] == "superseded"
    assert job.job.end("0.1")["reason"] == "done"
    assert not (job.job.kept / "part.0" / "output" / "held").exists()
    assert job.merged() == job.squares()


def test_a_worker_that_lost_its_part_to_another_task_goes_on_with_the_rest(
    tallied: NewTallied,
) -> None:
    job = tallied(3)
    old = job.start_held(0, 0)
    halt(old)
    age(job.job.kept / "claim.0", 61)

    assert job.start(0, 1).wait(timeout=DEADLINE_S) == 0
    job.let_go()
    old.send_signal(signal.SIGCONT)

    assert old.wait(timeout=DEADLINE_S) == 0
    assert not (job.job.kept / "part.0" / "output" / "held").exists()
    assert job.job.claimed() == set()
    assert job.computed_again() == []
    assert job.merged() == job.squares()


def test_a_part_that_somebody_else_has_taken_over_is_left_to_them(tallied: NewTallied) -> None:
    job = tallied(1)
    process = job.start_held(0, 0)

    (job.job.kept / "claim.0").write_text(f"{job.job.path.name} 1 0")

    assert process.wait(timeout=DEADLINE_S) == 0
    assert job.job.claimed() == {0}
    assert job.job.finished() == set()


def test_a_claim_that_is_touched_is_left_alone(tallied: NewTallied) -> None:
    """The other task of this array will be started again if it is stopped: nobody waits for it."""
    job = tallied(3)
    first = job.start_held(0, 0)

    assert job.start(0, 1).wait(timeout=DEADLINE_S) == 0
    assert job.job.finished() == {1, 2}
    assert job.told()["began 0"] == 1

    job.let_go()
    assert first.wait(timeout=DEADLINE_S) == 0
    assert (job.job.kept / "part.0" / "output" / "held").exists()


def test_a_worker_touches_its_claim_while_it_computes(tallied: NewTallied) -> None:
    job = tallied(1)
    process = job.start_held()
    claim = job.job.kept / "claim.0"

    age(claim, 40)

    wait_until(lambda: claim.stat().st_mtime > time.time() - 30, "the touch")
    job.let_go()
    assert process.wait(timeout=DEADLINE_S) == 0


@pytest.mark.parametrize("owner", ["fl-earlier 0 0", ""])
def test_claims_of_an_earlier_submission_are_waited_for_until_they_are_stale(
    tallied: NewTallied, owner: str
) -> None:
    job = tallied(2)
    claim = job.job.kept / "claim.0"
    claim.write_text(owner)
    process = job.start()
    wait_until(lambda: job.job.finished() == {1}, "the other part")
    assert process.poll() is None

    age(claim, 61)

    assert process.wait(timeout=DEADLINE_S) == 0
    assert job.job.finished() == {0, 1}


def test_sigterm_gives_the_part_back(tallied: NewTallied) -> None:
    job = tallied(3)
    process = job.start_held(0, 0)
    assert job.job.claimed() == {0}

    process.terminate()

    assert process.wait(timeout=DEADLINE_S) == 128 + signal.SIGTERM
    assert job.job.claimed() == set()
    assert not (job.job.path / "end.0.0.json").exists()
    note = json.loads((job.job.path / "begin.0.0.json").read_text())
    assert note["stopped_at"]
    assert note["progress"] == 0
    assert job.start(0, 1).wait(timeout=DEADLINE_S) == 0
    assert job.merged() == job.squares()


def test_what_a_start_found_finished_is_noted(tallied: NewTallied) -> None:
    job = tallied(3)
    for attempt in (0, 1):
        job.start(attempt, 5).wait(timeout=DEADLINE_S)
        job.job.forget_ends()

    notes = [json.loads((job.job.path / f"begin.5.{n}.json").read_text()) for n in (0, 1)]
    assert [note["begun_with"] for note in notes] == [{}, {"kind": "parts", "done": 3, "of": 3}]
