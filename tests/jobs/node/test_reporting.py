"""What the node's program tells while it works, and when it is called by hand."""

from __future__ import annotations

import json

from tests.jobs.node.conftest import NewJob
from tests.jobs.node.job_directory import PYTHON
from tests.object_server import DEADLINE_S, ObjectServer


def test_progress_is_reported_while_the_code_runs(new_job: NewJob, store: ObjectServer) -> None:
    job = new_job("""
        import threading
        def run(inputs, output, progress):
            progress(0.5, "half of it, grüße")
            threading.Event().wait()
    """)
    process = job.start(3)
    store.wait_until(lambda: b"half" in store.objects.get("progress", b""), "the progress")
    process.terminate()
    process.wait(timeout=DEADLINE_S)

    note = json.loads(store.objects["progress"])

    assert (note["fraction"], note["message"]) == (0.5, "half of it, grüße")
    assert note["attempt"] == 3
    assert note["at"] > 0


def test_code_that_tells_no_progress_is_told_to_work(new_job: NewJob, store: ObjectServer) -> None:
    job = new_job("""
        import threading
        def run(inputs, output):
            threading.Event().wait()
    """)
    process = job.start()
    store.wait_until(lambda: b"Working" in store.objects.get("progress", b""), "the beginning")
    process.terminate()
    process.wait(timeout=DEADLINE_S)

    assert json.loads(store.objects["progress"])["fraction"] is None


def test_failing_to_report_progress_does_not_fail_the_job(
    new_job: NewJob, store: ObjectServer
) -> None:
    store.answers["progress"] = [500] * 100
    job = new_job("""
        def run(inputs, output, progress):
            progress(1)
            (output / "x").write_text("x")
    """)

    assert job.run() == 0


def test_the_program_says_how_it_is_used(new_job: NewJob) -> None:
    job = new_job()

    assert job.start_argv([PYTHON, "run.pyz", "nonsense"]).wait(timeout=DEADLINE_S) == 64

    assert "JOB_DIRECTORY ATTEMPT" in (job.path / "slurm.out").read_text()
