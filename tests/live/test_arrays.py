"""A job array on a real Slurm: seen as one job, from its submission to its end; and a whole job."""

from __future__ import annotations

import pytest

from backends.base import JobRef, Observation, Phase, Resources, Submission
from backends.memory import MemoryStore
from backends.slurm_looks import from_sacct
from backends.slurm_text import parse_sacct, sacct_argv
from deploy.testbed.site import until
from jobs.manifest import find_manifest
from jobs.models import Job, Stage
from jobs.states import State
from pipelines.models import Pipeline
from tests.backends.cluster_beds import SlurmBed
from tests.jobs.steps.following import fresh
from tests.jobs.steps.in_parts import accepted, followed, work_on
from tests.jobs.steps.served_store import served

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]
# Each task runs until somebody writes its exit code into a file of its own.
TASKS = b"""#!/bin/sh
task=$SLURM_ARRAY_TASK_ID
echo "run ${SLURM_RESTART_COUNT:-0}"
while [ ! -s "finish.$task" ]; do sleep 0.1; done
exit "$(cat "finish.$task")"
"""
WHOLE_NODE = Resources(cpus=4, memory_mb=100, time_limit_min=10)


class Array:
    """Three tasks, each on a node of its own."""

    def __init__(self, bed: SlurmBed) -> None:
        self._bed = bed
        bed.keys.append(key := f"{bed.submission().key}-array")
        submission = Submission(key, WHOLE_NODE, {"job.sh": TASKS}, tasks=3)
        slurm_id = bed.cluster.submit(submission)
        assert bed.cluster.submit(submission) == slurm_id
        self.job = JobRef(key, slurm_id, tasks=3)

    def node(self, task: int) -> str:
        """Where a task runs; "" if it does not."""
        which = f"--jobs={self.job.slurm_id}_{task}"
        return self._bed.slurm("squeue", "-h", "-t", "running", which, "-o", "%N").strip()

    def finish(self, task: int, exit_code: int = 0) -> None:
        self._bed.cluster.put_file(self.job.key, f"finish.{task}", b"%d" % exit_code)

    def seen(self) -> Observation:
        return self._bed.cluster.observe([self.job])[self.job.key]

    def log(self, task: int) -> bytes:
        return self._bed.cluster.read_file(self.job.key, f"log.{task}.txt", max_bytes=1000)

    def accounted(self) -> Observation:
        """What accounting tells of it, once squeue has forgotten it."""
        argv = sacct_argv([self.job.slurm_id])
        return from_sacct(self.job, parse_sacct(self._bed.slurm(*argv)))


@pytest.fixture
def array(slurm_bed: SlurmBed) -> Array:
    started = Array(slurm_bed)
    until(lambda: all(started.node(task) for task in range(3)), what="the tasks to run")
    return started


def test_an_array_with_a_preempted_task_completes_when_all_have(
    slurm_bed: SlurmBed, array: Array
) -> None:
    assert array.seen().phase is Phase.RUNNING
    array.finish(0)
    slurm_bed.watch(array.job, lambda seen: seen.ended_tasks == 1)
    # Of a start that is interrupted before slurmdbd has heard of it there is no record.
    until(lambda: len(array.accounted().runs) == 3, what="accounting to know the starts")

    slurm_bed.take(array.node(1))

    seen = slurm_bed.watch(array.job, lambda seen: seen.restart_count == 1)
    assert seen.phase is Phase.RUNNING
    array.finish(2)
    slurm_bed.watch(array.job, lambda seen: seen.ended_tasks == 2)
    slurm_bed.watch(array.job, lambda seen: seen.phase is Phase.RUNNING)
    array.finish(1)
    seen = slurm_bed.watch_end(array.job)
    assert (seen.phase, seen.restart_count, seen.slurm_id) == (
        Phase.COMPLETED,
        1,
        array.job.slurm_id,
    )
    assert [array.log(task) for task in range(3)] == [b"run 0\n", array.log(1), b"run 0\n"]
    assert array.log(1).endswith(b"run 1\n")
    until(lambda: array.accounted().phase is Phase.COMPLETED, what="accounting")
    runs = [(run.task, run.restart_count, run.phase) for run in array.accounted().runs]
    assert sorted(runs, key=lambda run: run[:2]) == [
        (0, 0, Phase.COMPLETED),
        (1, 0, Phase.INTERRUPTED),
        (1, 1, Phase.COMPLETED),
        (2, 0, Phase.COMPLETED),
    ]


def test_a_failed_task_fails_the_array_while_the_others_run(
    slurm_bed: SlurmBed, array: Array
) -> None:
    array.finish(1, exit_code=3)
    seen = slurm_bed.watch_end(array.job)
    assert (seen.phase, seen.task, seen.exit_code) == (Phase.FAILED, 1, 3)
    assert array.node(0)

    slurm_bed.cluster.cancel(array.job)
    until(lambda: not any(array.node(task) for task in range(3)), what="the end of the others")
    assert array.seen().phase is Phase.FAILED


def test_a_cancelled_array_is_cancelled_also_where_tasks_never_began(slurm_bed: SlurmBed) -> None:
    key = f"{slurm_bed.submission().key}-wide"
    slurm_bed.keys.append(key)
    submission = Submission(key, WHOLE_NODE, {"job.sh": TASKS}, tasks=9)
    job = JobRef(key, slurm_bed.cluster.submit(submission), tasks=9)
    slurm_bed.watch(job, lambda seen: seen.phase is Phase.RUNNING)
    slurm_bed.cluster.cancel(job)
    assert slurm_bed.watch_end(job).phase is Phase.CANCELLED


@pytest.mark.django_db
def test_a_job_whose_code_splits_goes_through_its_stages_across_a_preemption(
    slurm_bed: SlurmBed,
    pipeline: Pipeline,
    store: MemoryStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("jobs.tasks.cluster_port", lambda row: slurm_bed.cluster)
    pipeline.memory_mb = 100
    pipeline.cpus = 4
    pipeline.save()
    with served(store):
        go = slurm_bed.folder_for_all("arrays") / "go"
        contents = [b"one", b"two words", b"now three words"]
        job = accepted(pipeline, store, contents, go_file=str(go))
        slurm_bed.keys += [*(f"fl-{job.pk}{n}" for n in ("", "-2", "-3")), job.kept_key]
        until(lambda: len(at_work(slurm_bed, work_on(job))) == 3, what="three workers")
        taken = running(slurm_bed, fresh(job))[0]
        slurm_bed.take(taken)
        until(lambda: taken not in running(slurm_bed, fresh(job)), what="the preemption")
        go.touch()
        job = followed(job)

    assert (job.state, job.stage, job.submission) == (State.COMPLETED, Stage.MERGE, 3)
    results = find_manifest(job, store)
    assert results
    assert store.read(results[0].pieces[0][0], max_bytes=100) == b"6 of 3"
    starts = job.attempts.filter(submission=2)
    assert {start.task for start in starts} == {0, 1, 2}
    assert [start for start in starts if start.slurm_state == "REQUEUED"]


def at_work(bed: SlurmBed, job: Job) -> set[str]:
    """What the workers of the job's parts noted when they began."""
    return bed.cluster.list_files(job.key, "begin.") if job.stage == Stage.PARTS else set()


def running(bed: SlurmBed, job: Job) -> list[str]:
    """The nodes on which the workers of the job's parts run now."""
    if job.stage != Stage.PARTS:
        return []
    return bed.slurm("squeue", "-h", "-t", "running", f"--name={job.key}", "-o", "%N").split()
