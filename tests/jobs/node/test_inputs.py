"""Files in: whatever the store and the net do, the code sees the uploaded bytes or nothing."""

from __future__ import annotations

import pytest

from jobs.node.endings import Ending
from jobs.node.files import plain_name
from tests.jobs.node.conftest import NewJob
from tests.object_server import DEADLINE_S, ObjectServer

pytestmark = pytest.mark.live

BIG = bytes(range(256)) * 4096
KEEP_SIZES = """
    import hashlib
    def run(inputs, output):
        lines = [p.name + " " + hashlib.sha256(p.read_bytes()).hexdigest() for p in inputs]
        (output / "sums").write_text("\\n".join(lines), encoding="utf-8")
"""


def test_a_broken_download_goes_on_where_it_broke_off(new_job: NewJob, store: ObjectServer) -> None:
    job = new_job(KEEP_SIZES, {"big.bin": BIG})
    store.cuts["in/0"] = [300_000, 700_000]

    assert job.run() == 0

    assert store.ranges == ["bytes=300000-", "bytes=700000-"]
    assert job.job()["inputs"][0]["sha256"] in job.results()["sums"].decode()


def test_a_store_that_ignores_ranges_is_understood(new_job: NewJob, store: ObjectServer) -> None:
    job = new_job(KEEP_SIZES, {"big.bin": BIG})
    store.cuts["in/0"] = [300_000]
    store.ignores_ranges = True

    assert job.run() == 0


@pytest.mark.parametrize("stored", [BIG[:-1], BIG + b"x", b"y" + BIG[1:]])
def test_a_damaged_input_is_never_computed_on(
    new_job: NewJob, store: ObjectServer, stored: bytes
) -> None:
    job = new_job(KEEP_SIZES, {"big.bin": BIG})
    store.objects["in/0"] = stored

    assert job.run() == 65

    assert job.end()["reason"] == "input_damaged"
    assert "big.bin" in job.end()["message"]
    assert not (job.path / "log.txt").exists()


def test_a_busy_store_is_asked_again(new_job: NewJob, store: ObjectServer) -> None:
    job = new_job()
    store.answers.update({"in/0": [503, 500, 429], "out/0/0": [503], "out/0/manifest.json": [502]})

    assert job.run() == 0

    assert job.results() == {"a.count": b"3"}


def test_a_store_that_stays_away_is_named_as_the_reason(
    new_job: NewJob, store: ObjectServer
) -> None:
    job = new_job()
    store.answers["in/0"] = [503] * 100

    assert job.run() == 69

    assert job.end()["reason"] == "store_unreachable"
    assert job.end()["message"] == "The store failed on the input a.txt (answer 503)."


def test_a_store_that_is_not_there_is_named_as_the_reason(new_job: NewJob) -> None:
    job = new_job()
    told = job.job()
    told["inputs"][0]["url"] = "http://127.0.0.1:1/in?signature=secret"
    job.write_job(told)

    assert job.run() == 69

    assert "Connection refused" in job.end()["message"]
    assert "secret" not in str(job.end())


def test_a_missing_input_is_not_waited_for(new_job: NewJob, store: ObjectServer) -> None:
    job = new_job()
    del store.objects["in/0"]

    assert job.run() == 77

    assert job.end()["reason"] == "store_refused"
    assert store.asked["in/0"] == 1


def test_an_expired_url_is_read_anew_from_the_job_file(
    new_job: NewJob, store: ObjectServer
) -> None:
    job = new_job()
    store.revoked.add("first")
    process = job.start(FREELOADER_PATIENCE_S="60")
    store.has_been_asked_for("in/0")

    job.tell(signature="second")

    assert process.wait(timeout=DEADLINE_S) == 0
    assert job.results() == {"a.count": b"3"}


def test_a_url_that_stays_expired_ends_as_a_refusal_without_telling_it(
    new_job: NewJob, store: ObjectServer
) -> None:
    job = new_job()
    store.revoked.add("first")

    assert job.run() == 77

    assert job.end()["reason"] == "store_refused"
    assert "signature" not in str(job.end())


def test_a_later_attempt_fetches_nothing_twice(new_job: NewJob, store: ObjectServer) -> None:
    job = new_job("def run(inputs, output): raise ValueError")
    job.run(0)

    job.run(1)

    assert store.asked["in/0"] == 1
    assert not (job.path / "attempt.0").exists()


def test_an_input_that_an_earlier_attempt_changed_is_fetched_again(
    new_job: NewJob, store: ObjectServer
) -> None:
    job = new_job("def run(inputs, output): inputs[0].write_text('mine'); raise ValueError")
    job.run(0)

    job.run(1)

    assert store.asked["in/0"] == 2


@pytest.mark.parametrize(
    "name", ["../a.txt", "/etc/a", "..", ".", "", "a/b", "a\nb", "a\0b", "\ud800", 3, None]
)
def test_a_hostile_name_is_refused(name: str) -> None:
    with pytest.raises(Ending):
        plain_name(name)


def test_an_input_with_a_hostile_name_is_not_fetched(new_job: NewJob, store: ObjectServer) -> None:
    job = new_job()
    told = job.job()
    told["inputs"][0]["name"] = "../a.txt"
    job.write_job(told)

    assert job.run() == 78

    assert job.end()["reason"] == "broken_job"
    assert store.asked["in/0"] == 0


def test_two_inputs_of_one_name_are_refused(new_job: NewJob) -> None:
    job = new_job()
    told = job.job()
    told["inputs"] *= 2
    job.write_job(told)

    assert job.run() == 78


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_names_in_any_script_stay_as_they_are(new_job: NewJob, locale: str) -> None:
    names = ["Überraschung.txt", "数据 (1).txt", "👩‍🔬.txt", "-rf", ".hidden", "a b'c\"$x.txt"]
    code = "def run(inputs, output):\n    for p in inputs: (output / p.name).write_bytes(b'x')"
    job = new_job(code, dict.fromkeys(names, b"x"))

    assert job.run_script(LC_ALL=locale) == 0

    assert set(job.results()) == set(names)
