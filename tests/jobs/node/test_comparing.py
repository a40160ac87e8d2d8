"""A rehearsal's second run on a node: its results are held against those of the first."""

from __future__ import annotations

import hashlib
import io
import signal
import zipfile
from typing import Any

import pytest

from tests.jobs.node.conftest import NewJob
from tests.jobs.node.job_directory import JobDirectory
from tests.object_server import DEADLINE_S

# Real processes: they take longer than the quick suite may.
pytestmark = pytest.mark.live

REPORT = """
    def run(inputs, output):
        (output / "deep").mkdir()
        (output / "deep" / "report").write_text("words 2\\nmade today\\n")
"""
LENIENT = """
    def compare(first, second):
        one, other = [(each / "deep" / "report").read_text().split() for each in (first, second)]
        return one[:2] == other[:2] or "counted " + one[1] + ", then " + other[1]
"""


def compared(job: JobDirectory, first: dict[str, bytes]) -> Any:
    """What the manifest says when the first run had left `first`."""
    refer_to(job, first)
    assert job.run() == 0
    manifest = job.manifest()
    assert manifest is not None
    return manifest.get("comparison")


def refer_to(job: JobDirectory, first: dict[str, bytes]) -> None:
    for name, data in first.items():
        job.store.objects[f"first/{name}"] = data
    reference = [
        {
            "name": name,
            "size_bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
            "url": job.store.url(f"first/{name}"),
        }
        for name, data in first.items()
    ]
    job.write_job({**job.job(), "reference": reference})


def test_equal_results_need_no_opinion(new_job: NewJob) -> None:
    job = new_job(REPORT + LENIENT)

    assert compared(job, {"deep/report": b"words 2\nmade today\n"}) is None

    assert job.store.asked["first/deep/report"] == 0


def test_other_results_are_equal_if_the_code_says_so(new_job: NewJob) -> None:
    found = compared(new_job(REPORT + LENIENT), {"deep/report": b"words 2\nmade yesterday\n"})

    assert found == {"equal": True, "message": "compare() finds the results equal."}


def test_the_code_says_what_differs(new_job: NewJob) -> None:
    found = compared(new_job(REPORT + LENIENT), {"deep/report": b"words 3\nmade yesterday\n"})

    assert found == {"equal": False, "message": "counted 3, then 2"}


def test_without_compare_there_is_no_opinion(new_job: NewJob) -> None:
    assert compared(new_job(REPORT), {"deep/report": b"words 3\n"}) is None


def test_a_compare_that_fails_is_told_and_fails_no_run(new_job: NewJob) -> None:
    code = REPORT + "    def compare(first, second): return 1 / 0\n"

    found = compared(new_job(code), {"x": b""})

    assert found == {
        "equal": False,
        "message": "compare() failed: ZeroDivisionError: division by zero",
    }


@pytest.mark.parametrize("answer", ["None", "False", "'', ''", "0"])
def test_only_true_is_equal(new_job: NewJob, answer: str) -> None:
    code = REPORT + f"    def compare(first, second): return {answer}\n"

    found = compared(new_job(code), {"x": b""})

    assert found == {"equal": False, "message": "compare() did not return True."}


def test_packed_results_are_compared_unpacked(new_job: NewJob) -> None:
    many = """
        def run(inputs, output):
            for number in range(3):
                (output / str(number)).write_text("then" if inputs else "x")
        def compare(first, second):
            names = [sorted(path.name for path in each.iterdir()) for each in (first, second)]
            return names[0] == names[1] or str(names)
    """
    first = new_job(many)
    first.max_files = 2
    first.tell()
    first.run()
    packed = first.results()
    assert set(packed) == {"results.zip"}
    (first.path / "end.0.json").unlink()
    second = new_job(many.replace("then", "now"))
    second.max_files = 2

    assert compared(second, packed)["equal"] is True


def test_the_same_results_make_the_same_packet(new_job: NewJob) -> None:
    code = "def run(inputs, output): [(output / name).write_text(name) for name in 'abc']"
    packets = []
    for attempt in range(2):
        job = new_job(code)
        job.max_files = 2
        job.tell()
        (job.path / "end.0.json").unlink(missing_ok=True)
        (job.path / "stored.0").unlink(missing_ok=True)
        assert job.run(attempt) == 0
        packets.append(job.results(attempt))

    assert packets[0] == packets[1]


def test_a_result_that_would_leave_the_folder_is_not_fetched(new_job: NewJob) -> None:
    job = new_job(REPORT + LENIENT)

    entry = {"name": "../../pipeline.py", "size_bytes": 1, "sha256": "0" * 64, "url": "http://x"}
    job.write_job({**job.job(), "reference": [entry]})

    assert job.run() == 78

    assert job.end()["reason"] == "broken_job"
    assert (job.path / "pipeline.py").read_bytes() == job.code


def differing(job: JobDirectory, first: dict[str, bytes]) -> Any:
    compared(job, first)
    manifest = job.manifest()
    assert manifest is not None
    return manifest.get("differences")


def test_the_site_is_told_where_the_results_part_but_not_what_stands_there(
    new_job: NewJob,
) -> None:
    code = """
        def run(inputs, output):
            (output / "table").write_text("a\\nb\\n")
            (output / "image").write_bytes(bytes(9))
            (output / "same").write_text("same")
            (output / "more").write_text("x")
    """
    first = {"table": b"a\nc\n", "image": bytes(8), "same": b"same", "less": b"x"}

    assert differing(new_job(code), first) == [
        {"name": "table", "byte": 3, "line": 2},
        {"name": "image", "byte": 9, "line": None},
    ]


def test_a_first_result_that_the_store_does_not_give_fails_no_run(new_job: NewJob) -> None:
    job = new_job(REPORT)
    job.store.answers["first/deep/report"] = [404]

    assert differing(job, {"deep/report": b"words 3\n"}) is None


def test_of_a_run_that_is_compared_with_nothing_no_differences_are_told(new_job: NewJob) -> None:
    job = new_job(REPORT)

    assert job.run() == 0

    manifest = job.manifest()
    assert manifest is not None
    assert "differences" not in manifest


def test_what_compare_was_given_is_not_fetched_again_for_the_hint(new_job: NewJob) -> None:
    job = new_job(REPORT + LENIENT)

    told = differing(job, {"deep/report": b"words 2\nmade yesterday\n"})

    assert told == [{"name": "deep/report", "byte": 14, "line": 2}]
    assert job.store.asked["first/deep/report"] == 1


def test_of_packed_results_the_hint_is_of_the_packet_that_compare_was_given(
    new_job: NewJob,
) -> None:
    job = new_job("""
        def run(inputs, output):
            for number in range(3):
                (output / str(number)).write_text("x")
        def compare(first, second):
            return sorted(path.name for path in first.iterdir()) == ["0"]
    """)
    job.max_files = 2
    packet = io.BytesIO()
    with zipfile.ZipFile(packet, "w") as archive:
        archive.writestr("0", "x")

    (told,) = differing(job, {"results.zip": packet.getvalue()})

    assert told["name"] == "results.zip"
    assert job.store.asked["first/results.zip"] == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_kill_while_the_hint_is_made_does_not_start_the_work_again(
    new_job: NewJob, number: signal.Signals
) -> None:
    job = new_job(REPORT)
    refer_to(job, {"deep/report": b"words 3\n"})
    job.store.held.add("first/deep/report")
    process = job.start()
    job.store.has_been_asked_for("first/deep/report")
    process.send_signal(number)
    process.wait(timeout=DEADLINE_S)
    log = job.log()

    assert job.run(1) == 0

    assert job.log() == log
    assert job.results(0) == {"deep/report": b"words 2\nmade today\n"}
    assert job.manifest(1) is None


def test_a_hint_that_makes_no_sense_costs_no_start(new_job: NewJob) -> None:
    job = new_job(REPORT)
    entry = {"name": "deep/report", "size_bytes": 1, "sha256": "0" * 64}  # no URL
    job.write_job({**job.job(), "reference": [entry]})

    assert job.run() == 0

    manifest = job.manifest()
    assert manifest is not None
    assert "differences" not in manifest
