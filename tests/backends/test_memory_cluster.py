"""What the cluster in memory shows of a job's end, and when: as squeue and sacct do in turn."""

from __future__ import annotations

from backends.base import JobRef, Phase, Resources, Submission
from backends.memory import MemoryCluster

JOB = JobRef("fl-1", "1")


def ended() -> MemoryCluster:
    cluster = MemoryCluster()
    cluster.submit(Submission(JOB.key, Resources(1, 100, 10), {"job.sh": b""}))
    cluster.start(JOB.key)
    cluster.preempt(JOB.key)
    cluster.start(JOB.key)
    cluster.finish(JOB.key)
    return cluster


def test_squeue_tells_of_no_runs() -> None:
    seen = ended().observe([JOB])[JOB.key]
    assert (seen.phase, seen.exit_code, seen.runs) == (Phase.COMPLETED, 0, ())


def test_after_min_job_age_accounting_tells_every_run() -> None:
    cluster = ended()
    cluster.age(JOB.key)
    seen = cluster.observe([JOB])[JOB.key]
    assert [run.phase for run in seen.runs] == [Phase.INTERRUPTED, Phase.COMPLETED]
    assert (seen.phase, seen.restart_count) == (Phase.COMPLETED, 1)


def test_of_a_job_without_a_trace_only_its_end_file_tells() -> None:
    cluster = ended()
    cluster.files[JOB.key]["end.1001.json"] = cluster.files[JOB.key]["end.1.json"]
    cluster.forget(JOB.key)
    seen = cluster.observe([JOB])[JOB.key]
    assert (seen.phase, seen.restart_count, len(seen.runs)) == (Phase.COMPLETED, 1, 1)
