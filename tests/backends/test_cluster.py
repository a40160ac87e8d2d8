"""The contract of `Cluster`: the same for the one in memory, this machine and a real Slurm."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from backends.base import Cluster, ClusterError, JobRef, Phase, Resources, Submission
from tests.backends.cluster_beds import ClusterBed


def test_submitting_twice_makes_one_job_with_one_id(bed: ClusterBed) -> None:
    submission = bed.submission()

    first = bed.cluster.submit(submission)
    second = bed.cluster.submit(submission)

    assert first == second
    job = JobRef(submission.key, first)
    bed.start(job)
    bed.finish(job)
    assert bed.watch_end(job).slurm_id == first
    assert bed.cluster.read_file(job.key, "log.txt", max_bytes=1000) == b"run 0\n"


def test_many_submits_of_one_job_at_once_make_one_job(bed: ClusterBed) -> None:
    submission = bed.submission()
    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(bed.cluster.submit, [submission] * 4))
    assert len(ids) == 1


def test_two_jobs_have_two_ids(bed: ClusterBed) -> None:
    assert bed.cluster.submit(bed.submission()) != bed.cluster.submit(bed.submission())


def test_a_job_that_ends_well_is_completed_and_has_its_end_file(bed: ClusterBed) -> None:
    job = bed.started()

    bed.finish(job)

    seen = bed.watch_end(job)
    assert (seen.phase, seen.exit_code, seen.restart_count) == (Phase.COMPLETED, 0, 0)
    end = json.loads(bed.cluster.read_file(job.key, "end.0.json", max_bytes=4096))
    assert (end["exit_code"], end["attempt"]) == (0, 0)


def test_a_job_that_ends_badly_is_failed_with_its_exit_code(bed: ClusterBed) -> None:
    job = bed.started()
    bed.finish(job, exit_code=3)
    seen = bed.watch_end(job)
    assert (seen.phase, seen.exit_code) == (Phase.FAILED, 3)


def test_a_running_job_can_be_cancelled(bed: ClusterBed) -> None:
    job = bed.started()

    bed.cluster.cancel(job)

    assert bed.watch_end(job).phase is Phase.CANCELLED
    bed.cluster.cancel(job)
    assert bed.watch_end(job).phase is Phase.CANCELLED


def test_to_cancel_what_has_ended_changes_nothing(bed: ClusterBed) -> None:
    job = bed.started()
    bed.finish(job)
    bed.watch_end(job)

    bed.cluster.cancel(job)

    assert bed.watch_end(job).phase is Phase.COMPLETED


def test_to_cancel_or_remove_what_never_was_is_no_error(bed: ClusterBed) -> None:
    bed.cluster.cancel(JobRef("fl-never", "999999"))
    bed.cluster.remove("fl-never")


def test_an_unknown_job_is_gone_and_the_others_are_not(bed: ClusterBed) -> None:
    job = bed.started()
    other = JobRef("fl-never", "999999")

    seen = bed.cluster.observe([other, job])

    assert {key: one.phase for key, one in seen.items()} == {
        other.key: Phase.GONE,
        job.key: Phase.RUNNING,
    }


def test_another_job_that_got_the_same_id_is_not_believed(bed: ClusterBed) -> None:
    job = bed.started()
    lost = JobRef("fl-lost", job.slurm_id)
    assert bed.cluster.observe([lost])[lost.key].phase is Phase.GONE


def test_to_observe_no_job_tells_of_none(bed: ClusterBed) -> None:
    assert bed.cluster.observe([]) == {}


def test_an_interrupted_job_runs_again_under_the_next_number(bed: ClusterBed) -> None:
    job = bed.started()
    bed.watch(job, lambda _: b"run 0" in bed.cluster.read_file(job.key, "log.txt", max_bytes=99))

    bed.interrupt(job)
    bed.watch(job, lambda seen: seen.restart_count == 1)
    bed.start(job)

    again = bed.watch(job, lambda seen: seen.phase is Phase.RUNNING)
    assert (again.restart_count, again.slurm_id) == (1, job.slurm_id)
    bed.finish(job)
    seen = bed.watch_end(job)
    assert (seen.phase, seen.restart_count, seen.exit_code) == (Phase.COMPLETED, 1, 0)
    log = bed.cluster.read_file(job.key, "log.txt", max_bytes=10_000)
    assert (log.count(b"run 0"), log.count(b"run 1")) == (1, 1)
    assert bed.cluster.read_file(job.key, "end.0.json", max_bytes=10) == b""
    assert bed.cluster.read_file(job.key, "end.1.json", max_bytes=4096) != b""


def test_only_the_tail_of_a_file_is_read(bed: ClusterBed) -> None:
    submission = bed.submission()
    bed.cluster.submit(submission)
    bed.cluster.put_file(submission.key, "notes", b"0123456789")
    assert bed.cluster.read_file(submission.key, "notes", max_bytes=4) == b"6789"
    assert bed.cluster.read_file(submission.key, "notes", max_bytes=400) == b"0123456789"


def test_a_file_that_is_not_there_reads_as_nothing(bed: ClusterBed) -> None:
    submission = bed.submission()
    bed.cluster.submit(submission)
    assert bed.cluster.read_file(submission.key, "notes", max_bytes=4) == b""
    assert bed.cluster.read_file("fl-never", "notes", max_bytes=4) == b""


def test_files_are_listed_and_read_by_how_their_names_begin(bed: ClusterBed) -> None:
    submission = bed.submission()
    bed.cluster.submit(submission)
    told = {"end.0.0.json": b"{}", "end.11.2.json": b"", "end": b"x", "begin.0.0.json": b"\xff\0\n"}
    for name, data in told.items():
        bed.cluster.put_file(submission.key, name, data)
    bed.cluster.put_file(submission.key, "end.large", b"x" * 101)

    ends = {"end.0.0.json", "end.11.2.json"}
    assert bed.cluster.list_files(submission.key, "end.") == ends | {"end.large"}
    read = bed.cluster.read_files(submission.key, "end.", max_bytes=100)
    assert read == {name: told[name] for name in ends}
    read = bed.cluster.read_files(submission.key, "begin.", max_bytes=100)
    assert read == {"begin.0.0.json": b"\xff\0\n"}
    assert bed.cluster.list_files(submission.key, "none") == set()
    assert bed.cluster.read_files(submission.key, "none", max_bytes=100) == {}


def test_a_directory_that_is_not_there_has_no_files(bed: ClusterBed) -> None:
    bed.cluster.submit(bed.submission())
    assert bed.cluster.list_files("fl-never.kept", "part.") == set()
    assert bed.cluster.read_files("fl-never.kept", "part.", max_bytes=100) == {}


def test_a_held_job_that_runs_goes_on_and_does_not_start_again_until_released(
    bed: ClusterBed,
) -> None:
    job = bed.started()
    bed.cluster.hold(job)
    assert bed.cluster.observe([job])[job.key].phase is Phase.RUNNING

    bed.interrupt(job)
    seen = bed.watch(job, lambda seen: seen.phase is Phase.HELD)
    assert (seen.restart_count, seen.reason) == (1, "JobHeldUser")

    bed.cluster.release(job)
    bed.start(job)
    bed.finish(job)
    assert bed.watch_end(job).phase is Phase.COMPLETED


def test_a_held_job_can_be_cancelled(bed: ClusterBed) -> None:
    job = bed.started()
    bed.cluster.hold(job)
    bed.interrupt(job)
    bed.watch(job, lambda seen: seen.phase is Phase.HELD)
    bed.cluster.cancel(job)
    assert bed.watch_end(job).phase is Phase.CANCELLED


def test_to_hold_or_release_what_has_ended_or_never_was_changes_nothing(bed: ClusterBed) -> None:
    job = bed.started()
    bed.finish(job)
    bed.watch_end(job)
    for each in (job, JobRef("fl-never", "999999")):
        bed.cluster.hold(each)
        bed.cluster.release(each)
    assert bed.watch_end(job).phase is Phase.COMPLETED


def test_who_reads_while_a_file_is_replaced_sees_the_old_or_the_new(bed: ClusterBed) -> None:
    submission = bed.submission()
    bed.cluster.submit(submission)
    old, new = b"a" * 300_000, b"b" * 300_000
    bed.cluster.put_file(submission.key, "job.json", old)

    def replace(data: bytes) -> None:
        bed.cluster.put_file(submission.key, "job.json", data)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.map(replace, [new, old] * 5)
        for _ in range(10):
            data = bed.cluster.read_file(submission.key, "job.json", max_bytes=400_000)
            assert data in (old, new)
        list(writing)


def test_a_file_that_cannot_be_put_may_be_put_once_the_scratch_is_there(bed: ClusterBed) -> None:
    with pytest.raises(ClusterError) as caught:
        bed.cluster.put_file("fl-never", "job.json", b"{}")
    assert caught.value.transient


@pytest.mark.parametrize("name", ["../job.json", "a/b", "", ".submit", "-x", "a\nb", "a b"])
def test_a_name_that_is_not_plain_is_a_bug(bed: ClusterBed, name: str) -> None:
    job = bed.submission()
    bed.cluster.submit(job)
    with pytest.raises(ValueError, match="plain"):
        bed.cluster.put_file(job.key, name, b"")
    with pytest.raises(ValueError, match="plain"):
        bed.cluster.submit(Submission(job.key, job.resources, {**job.files, name: b""}))


def test_after_removal_nothing_is_left_and_the_key_is_free(bed: ClusterBed) -> None:
    submission = bed.submission()
    job = JobRef(submission.key, bed.cluster.submit(submission))
    bed.start(job)
    bed.finish(job)
    bed.watch_end(job)

    assert bed.cluster.directories([job.key, "fl-never"]) == {job.key}

    bed.cluster.remove(job.key)

    assert bed.cluster.read_file(job.key, "job.sh", max_bytes=10) == b""
    assert bed.cluster.directories([job.key]) == set()
    bed.cluster.remove(job.key)


def test_a_survey_tells_of_scratch_python_and_clock(bed: ClusterBed) -> None:
    seen = bed.cluster.survey()
    assert seen.scratch_fault == ""
    assert seen.scratch_free_bytes
    assert seen.locks_files
    assert seen.python
    assert seen.python.startswith("3.")
    assert seen.clock_ahead_s is not None
    assert seen.clock_within_s is not None
    assert abs(seen.clock_ahead_s) <= seen.clock_within_s + 1
    assert "squeue" not in seen.mute


ACTS: dict[str, Callable[[Cluster], object]] = {
    "submit": lambda c: c.submit(Submission("fl-x", Resources(1, 1, 1), {"job.sh": b""})),
    "observe": lambda c: c.observe([JobRef("fl-x", "1")]),
    "put_file": lambda c: c.put_file("fl-x", "job.json", b""),
    "list_files": lambda c: c.list_files("fl-x", "part."),
    "read_files": lambda c: c.read_files("fl-x", "part.", max_bytes=1),
    "hold": lambda c: c.hold(JobRef("fl-x", "1")),
    "release": lambda c: c.release(JobRef("fl-x", "1")),
    "cancel": lambda c: c.cancel(JobRef("fl-x", "1")),
    "remove": lambda c: c.remove("fl-x"),
    "directories": lambda c: c.directories(["fl-x"]),
    "survey": lambda c: c.survey(),
}


@pytest.mark.parametrize("act", ACTS)
def test_a_cluster_that_cannot_be_reached_says_so_and_can_be_asked_again(
    bed: ClusterBed, act: str
) -> None:
    with pytest.raises(ClusterError) as caught:
        ACTS[act](bed.unreachable())
    assert caught.value.transient
    assert "\n" not in caught.value.message
