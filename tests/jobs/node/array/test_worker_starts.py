"""When a worker asks for another start, and what the batch script makes of an array task."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.jobs.node.conftest import NewSplitJob
from tests.jobs.node.fake_slurm import fake_scontrol
from tests.jobs.node.split_job import SplitJob
from tests.object_server import DEADLINE_S, wait_until

# Real processes: they take longer than the quick suite may.
pytestmark = pytest.mark.live

TEN = """
    import threading
    def split(inputs): return inputs * 10
    def run(inputs, output): threading.Event().wait(0.05)
    def merge(outputs, output): pass
"""
A_MOMENT = 0.0001  # minutes: more than half of it is over as soon as the first part is finished
TASK_3 = {"SLURM_ARRAY_JOB_ID": "36", "SLURM_ARRAY_TASK_ID": "3", "SLURM_JOB_ID": "36"}


@pytest.fixture
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a scontrol, and of what it was asked."""
    folder = tmp_path_factory.mktemp("bin")
    fake_scontrol(folder, preempt_time="None")
    (folder / "asked").touch()
    return folder


@pytest.fixture
def ten_parts(new_split_job: NewSplitJob, slurm: Path) -> Callable[..., SplitJob]:
    def make(minutes: float) -> SplitJob:
        job = new_split_job(TEN)
        job.limits = {"time_limit_min": minutes}
        job.split()
        job.environment = {"PATH": f"{slurm}:{os.environ['PATH']}", **TASK_3}
        return job

    return make


def test_a_worker_asks_for_another_start_when_half_of_its_time_is_over(
    ten_parts: Callable[..., SplitJob], slurm: Path
) -> None:
    job = ten_parts(A_MOMENT)
    process = job.start(0, 3)
    # by its own number all tasks of the array would be requeued: the last one has the array's
    wait_until(lambda: "requeue 36_3\n" in (slurm / "asked").read_text(), "the requeue")
    assert job.finished() == {0}
    assert job.claimed() == set()

    process.terminate()  # as Slurm does then

    assert process.wait(timeout=DEADLINE_S) == 143
    assert not (job.path / "end.3.0.json").exists()


def test_where_another_start_is_refused_a_worker_goes_on_and_asks_no_more(
    ten_parts: Callable[..., SplitJob], slurm: Path
) -> None:
    (slurm / "scontrol").write_text(f'#!/bin/sh\necho "$@" >>"{slurm}/asked"\nexit 1\n')
    job = ten_parts(A_MOMENT)

    assert job.start(0, 3).wait(timeout=DEADLINE_S) == 0

    assert (slurm / "asked").read_text() == "requeue 36_3\n"
    assert job.finished() == set(range(10))


@pytest.mark.parametrize("minutes", [60, 0])
def test_a_worker_with_time_enough_asks_for_nothing(
    ten_parts: Callable[..., SplitJob], slurm: Path, minutes: float
) -> None:
    job = ten_parts(minutes)

    assert job.start(0, 3).wait(timeout=DEADLINE_S) == 0

    assert (slurm / "asked").read_text() == ""


def test_a_worker_that_has_finished_nothing_asks_for_nothing(
    new_split_job: NewSplitJob, slurm: Path
) -> None:
    """Else one part that is longer than half of the limit would go on for ever."""
    job = new_split_job(TEN.replace("* 10", ""))
    job.limits = {"time_limit_min": A_MOMENT}
    job.split()
    job.environment = {"PATH": f"{slurm}:{os.environ['PATH']}", **TASK_3}

    assert job.start(0, 3).wait(timeout=DEADLINE_S) == 0

    assert (slurm / "asked").read_text() == ""


def test_the_batch_script_of_a_task_runs_a_worker(new_split_job: NewSplitJob) -> None:
    job = new_split_job()
    job.split()

    assert job.run_script(2, **TASK_3) == 0

    assert json.loads((job.path / "end.3.2.json").read_text())["reason"] == "done"
    assert (job.path / "log.3.txt").exists()
    assert (job.path / "newest.3").read_text() == "2\n"
    assert job.finished() == {0}


def test_tasks_of_one_array_are_no_twins_and_another_array_is(new_split_job: NewSplitJob) -> None:
    job = new_split_job()
    job.split()
    first, second = ({**TASK_3, "SLURM_ARRAY_TASK_ID": task, "SLURM_JOB_ID": task} for task in "01")

    assert job.run_script(0, **first) == 0
    assert job.run_script(0, **second) == 0
    assert job.run_script(0, **{**first, "SLURM_ARRAY_JOB_ID": "40"}) == 0

    assert {path.name for path in job.path.glob("end.*")} == {"end.0.0.json", "end.1.0.json"}


def test_a_missing_python_is_told_in_the_end_file_of_the_task(new_split_job: NewSplitJob) -> None:
    job = new_split_job()

    assert job.run_script(1, "/no/such/python", **TASK_3) == 78

    told = json.loads((job.path / "end.3.1.json").read_text())
    assert (told["reason"], told["attempt"]) == ("broken_job", 1)
