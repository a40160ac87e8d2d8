"""What only the local cluster promises: order, surviving us, and keeping our secrets."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from backends.base import JobRef, Phase, Resources, Submission
from backends.local import LocalCluster
from backends.local_notes import NoteBook
from backends.processes import is_alive, start_of
from tests.backends.cluster_beds import LocalBed

STUBBORN = b"""#!/bin/sh
trap '' TERM
sleep 1000 &
echo ready >ready
wait
"""


def submit(bed: LocalBed, script: bytes | None = None) -> JobRef:
    submission = bed.submission(script) if script else bed.submission()
    return JobRef(submission.key, bed.cluster.submit(submission))


def phases(bed: LocalBed, jobs: list[JobRef]) -> list[Phase]:
    seen = bed.cluster.observe(jobs)
    return [seen[job.key].phase for job in jobs]


def wait_until(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_ready(bed: LocalBed, job: JobRef) -> bool:
    return bed.cluster.read_file(job.key, "ready", max_bytes=10) != b""


def test_only_so_many_run_at_once_and_the_others_keep_their_order(local_bed: LocalBed) -> None:
    jobs = [submit(local_bed) for _ in range(4)]
    first, _, third, _ = jobs
    running, waiting = Phase.RUNNING, Phase.WAITING
    assert phases(local_bed, jobs) == [running, running, waiting, waiting]

    local_bed.finish(first)
    local_bed.watch_end(first)

    assert phases(local_bed, jobs) == [Phase.COMPLETED, running, running, waiting]
    local_bed.cluster.cancel(third)
    local_bed.watch_end(third)
    assert phases(local_bed, jobs)[3] is running


def test_a_waiting_job_that_is_cancelled_never_runs(local_bed: LocalBed) -> None:
    jobs = [submit(local_bed) for _ in range(3)]
    local_bed.cluster.cancel(jobs[2])
    assert phases(local_bed, jobs)[2] is Phase.CANCELLED
    assert local_bed.cluster.read_file(jobs[2].key, "log.txt", max_bytes=10) == b""


def test_an_interrupted_job_is_not_overtaken(local_bed: LocalBed) -> None:
    jobs = [submit(local_bed) for _ in range(3)]
    local_bed.interrupt(jobs[0])
    local_bed.watch(jobs[0], lambda seen: seen.restart_count == 1)
    assert phases(local_bed, jobs) == [Phase.RUNNING, Phase.RUNNING, Phase.WAITING]


def test_a_job_that_is_always_killed_starts_again_until_it_is_held(local_bed: LocalBed) -> None:
    job = submit(local_bed, b"kill -9 $$")
    local_bed.watch(job, lambda seen: seen.restart_count >= 7)

    local_bed.cluster.hold(job)

    seen = local_bed.watch(job, lambda seen: seen.phase is Phase.HELD)
    assert local_bed.cluster.observe([job])[job.key] == seen


def test_each_run_is_told(local_bed: LocalBed) -> None:
    job = local_bed.started()
    local_bed.interrupt(job)
    local_bed.watch(job, lambda seen: seen.restart_count == 1)
    local_bed.finish(job)
    first, second = local_bed.watch_end(job).runs
    assert (first.phase, first.restart_count, first.exit_code) == (Phase.INTERRUPTED, 0, None)
    assert first.slurm_state == "REQUEUED"  # not NODE_FAIL: staff would look for a fault
    assert (second.phase, second.restart_count, second.exit_code) == (Phase.COMPLETED, 1, 0)
    assert first.ended_at
    assert second.started_at
    assert first.ended_at <= second.started_at


def test_what_a_killed_shell_left_running_ends_before_the_next_run(local_bed: LocalBed) -> None:
    job = submit(local_bed, b"sleep 1000 & echo $! >child; echo x >ready; wait")
    wait_until(lambda: is_ready(local_bed, job))
    child = int(local_bed.cluster.read_file(job.key, "child", max_bytes=20))

    os.kill(local_bed.leader(job.key), signal.SIGKILL)
    local_bed.watch(job, lambda seen: seen.restart_count == 1)

    wait_until(lambda: not start_of(child))


def test_a_job_that_will_not_end_is_killed(
    local_bed: LocalBed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backends.local.KILL_WAIT_S", 1000)
    job = submit(local_bed, STUBBORN)
    wait_until(lambda: is_ready(local_bed, job))

    local_bed.cluster.cancel(job)

    assert phases(local_bed, [job]) == [Phase.ENDING]
    monkeypatch.setattr("backends.local.KILL_WAIT_S", 0)
    assert local_bed.watch_end(job).phase is Phase.CANCELLED


def test_a_job_may_not_run_longer_than_it_asked_for(local_bed: LocalBed) -> None:
    submission = local_bed.submission()
    in_no_time = Submission(submission.key, Resources(1, 100, 0), submission.files)
    job = JobRef(submission.key, local_bed.cluster.submit(in_no_time))
    seen = local_bed.watch_end(job)
    assert (seen.phase, seen.reason) == (Phase.FAILED, "TimeLimit")
    # As Slurm says it: only so is it told in words, and not handed in again.
    assert seen.slurm_state == seen.runs[-1].slurm_state == "TIMEOUT"


def test_removal_ends_the_job_and_frees_its_key(local_bed: LocalBed) -> None:
    job = submit(local_bed, STUBBORN)
    wait_until(lambda: is_ready(local_bed, job))
    leader = local_bed.leader(job.key)

    local_bed.cluster.remove(job.key)

    wait_until(lambda: not start_of(leader))
    assert phases(local_bed, [job]) == [Phase.GONE]


def test_removal_copes_with_a_directory_that_may_not_be_written(
    local_bed: LocalBed, tmp_path: Path
) -> None:
    job = local_bed.started()
    locked = tmp_path / "cluster" / job.key / "output"
    locked.mkdir()
    (locked / "file").touch()
    locked.chmod(0o500)
    local_bed.cluster.remove(job.key)
    assert not locked.exists()


def test_a_job_gets_none_of_our_secrets(
    local_bed: LocalBed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FREELOADER_SECRET_KEY", "a secret")
    job = submit(local_bed, b"env; nice; echo x >ready; sleep 1000")
    wait_until(lambda: is_ready(local_bed, job))
    log = local_bed.cluster.read_file(job.key, "log.txt", max_bytes=10_000).decode()
    assert "a secret" not in log
    assert "FREELOADER_ATTEMPT=0" in log
    assert log.endswith("19\n")


def test_a_job_outlives_the_process_that_submitted_it(local_bed: LocalBed, tmp_path: Path) -> None:
    key = local_bed.submission().key
    program = (
        "import sys; from pathlib import Path; from backends.base import *; "
        "from backends.local import LocalCluster; from tests.backends.cluster_beds import JOB; "
        "files = {'job.sh': JOB}; "
        "print(LocalCluster(Path(sys.argv[1])).submit("
        "Submission(sys.argv[2], Resources(1, 1, 10), files)))"
    )
    argv = [sys.executable, "-c", program, str(tmp_path / "cluster"), key]
    done = subprocess.run(argv, check=True, capture_output=True, text=True)

    job = JobRef(key, done.stdout.strip())
    local_bed.watch(job, lambda seen: seen.phase is Phase.RUNNING)
    local_bed.finish(job)

    assert local_bed.watch_end(job).phase is Phase.COMPLETED


def test_a_start_that_was_not_noted_is_not_made_twice(local_bed: LocalBed, tmp_path: Path) -> None:
    job = local_bed.started()
    orphan = local_bed.leader(job.key)
    book = NoteBook(tmp_path / "cluster")
    with book.locked():
        note = book.find(job.key)
        assert note
        # as if our process had died between the start and the note of it
        told = {"phase": Phase.WAITING.value, "pid": 0, "process_start": ""}
        book.save(type(note)(**(vars(note) | told)))

    local_bed.watch(job, lambda seen: seen.phase is Phase.RUNNING)

    wait_until(lambda: not start_of(orphan))
    assert local_bed.leader(job.key) != orphan


def test_a_job_whose_directory_is_lost_fails(local_bed: LocalBed, tmp_path: Path) -> None:
    jobs = [submit(local_bed) for _ in range(3)]
    (tmp_path / "cluster" / jobs[2].key / "job.sh").unlink()
    local_bed.cluster.cancel(jobs[0])
    local_bed.watch_end(jobs[0])
    seen = local_bed.cluster.observe(jobs)[jobs[2].key]
    assert (seen.phase, seen.reason) == (Phase.FAILED, "NoJobDirectory")


def test_two_roots_know_nothing_of_each_other(local_bed: LocalBed, tmp_path: Path) -> None:
    job = local_bed.started()
    other = LocalCluster(tmp_path / "other")
    assert other.observe([job])[job.key].phase is Phase.GONE
    other.remove(job.key)
    assert phases(local_bed, [job]) == [Phase.RUNNING]


def test_a_pipe_in_the_job_directory_keeps_nobody_waiting(
    local_bed: LocalBed, tmp_path: Path
) -> None:
    job = local_bed.started()
    os.mkfifo(tmp_path / "cluster" / job.key / "pipe")
    assert local_bed.cluster.read_file(job.key, "pipe", max_bytes=10) == b""


def test_a_process_is_known_by_its_start_and_not_by_its_number_alone() -> None:
    ours = start_of(os.getpid())
    assert is_alive(os.getpid(), ours)
    assert not is_alive(os.getpid(), ours + "0")
    assert not is_alive(os.getpid(), "")
    assert start_of(2**22 + 1) == ""


def test_an_array_is_one_process_that_has_the_time_of_all_its_tasks(
    local_bed: LocalBed, tmp_path: Path
) -> None:
    submission = replace(local_bed.submission(), tasks=3)
    job = JobRef(submission.key, local_bed.cluster.submit(submission), tasks=3)
    assert phases(local_bed, [job]) == [Phase.RUNNING]
    book = NoteBook(tmp_path / "cluster")
    with book.locked():
        note = book.find(job.key)
    assert note
    assert note.time_limit_min == 3 * submission.resources.time_limit_min

    local_bed.finish(job)
    assert local_bed.watch_end(job).phase is Phase.COMPLETED
