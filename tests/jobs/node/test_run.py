"""One attempt in a real process: how it starts, goes on after a kill, and ends."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from jobs.node.attempt import Attempt
from jobs.node.endings import Ending
from tests.jobs.node.conftest import NewJob
from tests.jobs.node.fake_slurm import fake_scontrol
from tests.jobs.node.job_directory import JobDirectory
from tests.jobs.node.kills import processes_in, some_lines, start_signalled, start_traced
from tests.object_server import DEADLINE_S, ObjectServer, wait_until

pytestmark = pytest.mark.live

WAIT_FOREVER = """
    import threading
    def run(inputs, output):
        print("started", flush=True)
        threading.Event().wait()
"""


def started(job: JobDirectory) -> bool:
    log = job.path / "log.txt"
    return log.exists() and "started" in log.read_text()


def leave_no_word(job: JobDirectory) -> None:
    """As if no attempt had ended yet."""
    for word in [*job.path.glob("end.*.json"), *job.path.glob("stored.*")]:
        word.unlink()


def test_a_job_ends_with_its_results_and_a_manifest(new_job: NewJob) -> None:
    job = new_job(inputs={"a.txt": b"one two three", "b.txt": b"four", "empty.txt": b""})

    assert job.run_script() == 0

    assert job.results() == {"a.count": b"3", "b.count": b"1", "empty.count": b"0"}
    assert job.end()["reason"] == "done"
    assert job.end()["exit_code"] == 0


def test_the_manifest_tells_what_ran_where_and_when(new_job: NewJob) -> None:
    job = new_job()
    job.run(2)

    manifest = job.manifest(2) or {}

    assert {key: manifest[key] for key in ("version", "key", "job", "attempt")} == {
        "version": 1,
        "key": "fl-1",
        "job": "1",
        "attempt": 2,
    }
    assert manifest["code_sha256"] == job.job()["code"]["sha256"]
    assert manifest["started_at"] <= manifest["ended_at"]
    assert manifest["node"] == os.uname().nodename
    assert manifest["python"]


def test_the_manifest_is_the_last_object_stored(new_job: NewJob, store: ObjectServer) -> None:
    new_job(inputs={f"{n}.txt": b"x" for n in range(3)}).run()

    assert store.puts[-1] == "out/0/manifest.json"


def test_success_leaves_no_working_directory(new_job: NewJob) -> None:
    job = new_job()
    job.run()

    assert not list(job.path.glob("attempt.*"))
    assert not list(job.path.glob("*.tmp"))


def test_a_finished_attempt_started_again_does_nothing(
    new_job: NewJob, store: ObjectServer
) -> None:
    job = new_job()
    job.run()
    stored = list(store.puts)

    assert job.run() == 0

    assert store.puts == stored


@pytest.mark.live  # some seconds of processes
def test_a_job_killed_at_any_line_ends_right_in_a_later_attempt(new_job: NewJob) -> None:
    job = new_job(inputs={"a.txt": b"one two three", "b.txt": b"four"})
    kills = some_lines(job, 6)

    for attempt, line in enumerate(kills, start=1):
        leave_no_word(job)
        # it may also be done before: how often it looks at its child is a matter of chance
        assert start_traced(job, attempt, line) in (-signal.SIGKILL, 0), f"line {line}"

    leave_no_word(job)
    assert job.run(len(kills) + 1) == 0, f"after kills at {kills}"
    assert job.results(len(kills) + 1) == {"a.count": b"3", "b.count": b"1"}


@pytest.mark.parametrize(
    ("function", "number", "code"),
    [
        ("store_manifest", signal.SIGTERM, 0),
        ("write_end_file", signal.SIGTERM, 0),
        ("write_end_file", signal.SIGKILL, -signal.SIGKILL),
    ],
)
def test_a_kill_after_the_manifest_does_not_start_the_work_again(
    new_job: NewJob, store: ObjectServer, function: str, number: signal.Signals, code: int
) -> None:
    job = new_job()

    assert start_signalled(job, function, number) == code
    log, stored = job.log(), list(store.puts)
    assert job.run(1) == 0

    assert job.log() == log
    assert store.puts == stored
    assert (job.end(0)["reason"], job.end(1)["reason"]) == ("done", "done")
    assert job.results(0) == {"a.count": b"3"}
    assert not list(job.path.glob("attempt.*"))


def test_an_older_attempt_that_failed_is_no_reason_to_stop(new_job: NewJob) -> None:
    job = new_job()
    (job.path / "end.0.json").write_text('{"reason": "code_failed"}')

    job.run(1)

    assert job.results(1) == {"a.count": b"3"}


def test_sigterm_stops_the_code_and_leaves_neither_manifest_nor_end(new_job: NewJob) -> None:
    code = WAIT_FOREVER.replace("print(", "import os; print(os.getpid(), ")
    job = new_job(code)
    process = job.start()
    wait_until(lambda: started(job), "the code")

    process.send_signal(signal.SIGTERM)

    assert process.wait(timeout=DEADLINE_S) == 128 + signal.SIGTERM
    assert job.manifest() is None
    assert not job.has_end()
    child = int(job.log().splitlines()[1].split()[0])
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_sigterm_in_the_midst_of_starting_the_code_leaves_none_of_its_processes(
    new_job: NewJob,
) -> None:
    job = new_job("import threading\ndef run(inputs, output): threading.Event().wait()")

    assert start_signalled(job, "start", signal.SIGTERM) == 128 + signal.SIGTERM

    wait_until(lambda: not processes_in(job.path), "the end of all of its processes")


def test_sigterm_while_storing_leaves_no_manifest(new_job: NewJob, store: ObjectServer) -> None:
    job = new_job()
    store.held.add("out/0/0")
    process = job.start()
    store.has_been_asked_for("out/0/0")

    process.send_signal(signal.SIGTERM)

    assert process.wait(timeout=DEADLINE_S) == 128 + signal.SIGTERM
    assert job.manifest() is None
    assert not job.has_end()


def test_a_superseded_attempt_stores_no_manifest(new_job: NewJob, store: ObjectServer) -> None:
    job = new_job()
    store.held.add("out/0/0")
    old = job.start(0)
    store.has_been_asked_for("out/0/0")

    assert job.run(1) == 0
    store.released.set()

    assert old.wait(timeout=DEADLINE_S) == 76
    assert job.end(0)["reason"] == "superseded"
    assert job.manifest(0) is None
    assert job.results(1) == {"a.count": b"3"}


def test_a_superseded_attempt_stops_its_code(new_job: NewJob) -> None:
    job = new_job(WAIT_FOREVER)
    old = job.start(0)
    wait_until(lambda: started(job), "the code")

    (job.path / "newest").write_text("1\n")

    assert old.wait(timeout=DEADLINE_S) == 76


def test_an_attempt_that_cannot_read_who_is_newest_claims_nothing(tmp_path: Path) -> None:
    attempt = Attempt(tmp_path, 0)
    attempt.claim()
    (tmp_path / "newest").write_text("")

    attempt.stand()

    assert (tmp_path / "newest").read_text() == ""


def test_each_task_of_an_array_is_fenced_by_its_own_starts(tmp_path: Path) -> None:
    Attempt(tmp_path, 3, task=0).claim()

    Attempt(tmp_path, 0, task=1).claim()  # another task's first start
    with pytest.raises(Ending, match="A newer run"):
        Attempt(tmp_path, 2, task=0).claim()


def test_the_older_attempts_of_a_task_are_its_own(tmp_path: Path) -> None:
    for name in ("attempt.0", "attempt.7.0", "attempt.7.1", "attempt.8.0", "attempt.7.x"):
        (tmp_path / name).mkdir()

    older = Attempt(tmp_path, 2, task=7).older()

    assert [path.name for path in older] == ["attempt.7.1", "attempt.7.0"]
    assert [path.name for path in Attempt(tmp_path, 2).older()] == ["attempt.0"]


def test_an_older_attempt_that_starts_late_gives_way(new_job: NewJob, store: ObjectServer) -> None:
    job = new_job()
    job.run(3)

    assert job.run(2) == 76

    assert job.manifest(2) is None


def test_an_older_attempt_that_wakes_within_its_own_claim_gives_way(tmp_path: Path) -> None:
    older, newer = Attempt(tmp_path, 0), Attempt(tmp_path, 1)
    newer.claim()
    newer.newest_file.write_text("0\n")  # the older one had looked before that

    newer.stand()

    with pytest.raises(Ending, match="A newer run"):
        older.stand()


def test_the_attempt_number_is_slurms_restart_count(new_job: NewJob) -> None:
    job = new_job()

    job.run_script(FREELOADER_ATTEMPT="", SLURM_RESTART_COUNT="4")

    assert job.results(4) == {"a.count": b"3"}


def test_an_accidental_twin_ends_at_once(new_job: NewJob, store: ObjectServer) -> None:
    job = new_job()
    job.run_script(SLURM_JOB_ID="7")
    stored = list(store.puts)

    assert job.run_script(1, SLURM_JOB_ID="8") == 0

    assert store.puts == stored
    assert not job.has_end(1)


def test_a_requeued_job_is_not_its_own_twin(new_job: NewJob) -> None:
    job = new_job()
    job.run_script(SLURM_JOB_ID="7")
    leave_no_word(job)

    job.run_script(1, SLURM_JOB_ID="7")

    assert job.results(1) == {"a.count": b"3"}


@pytest.mark.parametrize("python", ["/no/such/python", "false"])
def test_a_missing_or_old_python_is_told_in_the_end_file(new_job: NewJob, python: str) -> None:
    job = new_job()

    assert job.run_script(1, python) == 78

    assert job.end(1)["reason"] == "broken_job"
    assert job.end(1)["attempt"] == 1
    assert "older than 3.6" in job.end(1)["message"]


def test_a_failure_while_being_preempted_asks_for_the_requeue(
    new_job: NewJob, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("bin")
    path = fake_scontrol(folder, preempt_time="2026-01-02T11:00:00")
    job = new_job("def run(inputs, output): raise ValueError('interrupted')")
    asked = folder / "asked"
    asked.touch()
    process = job.start(PATH=path, SLURM_JOB_ID="7")
    wait_until(lambda: "requeue 7\n" in asked.read_text(), "the requeue")

    process.send_signal(signal.SIGTERM)  # as Slurm does then

    assert process.wait(timeout=DEADLINE_S) == 128 + signal.SIGTERM
    assert not job.has_end()


def test_a_task_of_an_array_asks_for_its_own_requeue_not_for_that_of_all(
    new_job: NewJob, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("bin")
    path = fake_scontrol(folder, preempt_time="2026-01-02T11:00:00")
    job = new_job("def run(inputs, output): raise ValueError('interrupted')")
    asked = folder / "asked"
    asked.touch()
    process = job.start(
        PATH=path, SLURM_JOB_ID="36", SLURM_ARRAY_JOB_ID="36", SLURM_ARRAY_TASK_ID="7"
    )

    wait_until(lambda: "requeue" in asked.read_text(), "the requeue")

    assert asked.read_text() == "-o show job 36_7\nrequeue 36_7\n"
    process.terminate()
    process.wait(timeout=DEADLINE_S)


@pytest.mark.parametrize("preempt_time", ["None", "2026-01-01T11:00:00"])
def test_a_failure_outside_a_preemption_is_a_failure(
    new_job: NewJob, tmp_path_factory: pytest.TempPathFactory, preempt_time: str
) -> None:
    folder = tmp_path_factory.mktemp("bin")
    path = fake_scontrol(folder, preempt_time=preempt_time)
    job = new_job("def run(inputs, output): raise ValueError('interrupted')")

    assert job.start(PATH=path, SLURM_JOB_ID="7").wait(timeout=DEADLINE_S) == 70

    assert (folder / "asked").read_text() == "-o show job 7\n"
    assert job.end()["reason"] == "code_failed"


def test_an_attempt_without_urls_asks_to_be_started_again(
    new_job: NewJob, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("bin")
    job = new_job()
    job.tell(attempts=1)
    asked = folder / "asked"
    asked.touch()
    process = job.start(1, PATH=fake_scontrol(folder, preempt_time="None"), SLURM_JOB_ID="7")
    wait_until(lambda: "requeue 7\n" in asked.read_text(), "the requeue")

    process.send_signal(signal.SIGTERM)  # as Slurm does then
    assert process.wait(timeout=DEADLINE_S) == 128 + signal.SIGTERM
    assert not job.has_end(1)

    job.tell()
    assert job.run(2) == 0
    assert job.results(2) == {"a.count": b"3"}


def test_where_no_requeue_is_to_be_had_an_attempt_without_urls_fails(
    new_job: NewJob, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("bin")
    path = fake_scontrol(folder, preempt_time="None")
    (folder / "scontrol").write_text("#!/bin/sh\nexit 1\n")
    job = new_job()
    job.tell(attempts=1)

    assert job.run(1) == 77
    assert job.start(2, PATH=path, SLURM_JOB_ID="7").wait(timeout=DEADLINE_S) == 77

    assert "no URLs for attempt 2" in job.end(2)["message"]


@pytest.mark.parametrize("text", ["", '{"version": 2}', '{"version": 1, "code": 3}'])
def test_a_broken_job_file_is_told_in_the_end_file(new_job: NewJob, text: str) -> None:
    job = new_job()
    (job.path / "job.json").write_text(text)

    assert job.run() == 78

    assert job.end()["reason"] == "broken_job"
