"""Results out: every file, as it is, or the reason why not."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.node.endings import Ending
from jobs.node.results import result_files
from tests.jobs.node.conftest import NewJob
from tests.object_server import DEADLINE_S, ObjectServer

pytestmark = pytest.mark.live

MANY = """
    import os
    def run(inputs, output):
        (output / "deep" / "er").mkdir(parents=True)
        for n in range(5):
            path = output / "deep" / "er" / "{}.txt".format(n)
            path.write_text(str(n))
            os.utime(str(path), (0, 0))
"""
BIG = "def run(inputs, output): (output / 'big').write_bytes(bytes(range(256)) * 1000)"


def test_results_keep_their_folders_in_their_names(new_job: NewJob) -> None:
    job = new_job(MANY)

    assert job.run() == 0

    assert job.results() == {f"deep/er/{n}.txt": str(n).encode() for n in range(5)}


@pytest.mark.parametrize(("max_files", "slots"), [(4, 100), (100, 4)])
def test_too_many_results_become_one_zip(new_job: NewJob, max_files: int, slots: int) -> None:
    job = new_job(MANY)
    job.max_files, job.slots = max_files, slots
    job.tell()

    assert job.run() == 0

    with zipfile.ZipFile(io.BytesIO(job.results()["results.zip"])) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    assert found == {f"deep/er/{n}.txt": str(n).encode() for n in range(5)}
    (entry,) = (job.manifest() or {})["results"]
    assert entry["packed_files"] == 5


def test_a_zip_of_the_codes_own_is_one_result(new_job: NewJob) -> None:
    job = new_job("def run(inputs, output): (output / 'results.zip').write_bytes(b'PK')")

    assert job.run() == 0

    (entry,) = (job.manifest() or {})["results"]
    assert "packed_files" not in entry


def test_a_big_result_is_stored_in_pieces(new_job: NewJob, store: ObjectServer) -> None:
    job = new_job(BIG)
    job.piece_bytes = 100_000
    job.tell()
    store.answers["out/0/1"] = [503]  # a repeated piece must not be hashed twice

    assert job.run() == 0

    assert job.results() == {"big": bytes(range(256)) * 1000}
    manifest = job.manifest() or {}
    sizes = [piece["size_bytes"] for piece in manifest["results"][0]["pieces"]]
    assert sizes == [100_000, 100_000, 56_000]


def test_results_larger_than_all_slots_are_told_as_too_large(new_job: NewJob) -> None:
    job = new_job(
        "import os\ndef run(inputs, output): (output / 'big').write_bytes(os.urandom(256_000))"
    )
    job.piece_bytes, job.slots = 100_000, 2
    job.tell()

    assert job.run() == 70

    assert job.end()["message"] == "The results are larger than 0.0002 GB."
    assert job.manifest() is None


def test_code_that_leaves_no_file_is_no_success(new_job: NewJob) -> None:
    job = new_job("def run(inputs, output): (output / 'empty').mkdir()")

    assert job.run() == 73

    assert job.end()["reason"] == "no_results"
    assert job.manifest() is None


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.symlink_to("/etc/hostname"),
        lambda path: path.symlink_to("../pyproject.toml"),
        lambda path: path.symlink_to("/etc"),
        lambda path: path.symlink_to("."),
        lambda path: path.symlink_to("nowhere"),
        os.mkfifo,
        lambda path: path.with_name("x\n").touch(),
    ],
)
def test_what_is_no_plain_file_is_no_result(tmp_path: Path, make: Callable[[Path], None]) -> None:
    output = tmp_path / "output"
    output.mkdir()
    (tmp_path / "pyproject.toml").touch()
    make(output / "x")

    with pytest.raises(Ending, match="is not a plain file"):
        result_files(output)


def test_a_link_out_of_the_results_ends_the_attempt(new_job: NewJob) -> None:
    job = new_job("def run(inputs, output): (output / 'x').symlink_to('/etc/hostname')")

    assert job.run() == 70

    assert "is not a plain file" in job.end()["message"]
    assert job.manifest() is None


def test_a_link_within_the_results_is_stored_as_its_file(new_job: NewJob) -> None:
    job = new_job(
        "def run(i, o): pass\n"
        "def run(inputs, output):\n"
        "    (output / 'a').write_text('x')\n"
        "    (output / 'b').symlink_to('a')\n"
    )

    assert job.run() == 0

    assert job.results() == {"a": b"x", "b": b"x"}


def test_an_attempt_without_urls_waits_until_it_is_told_some(
    new_job: NewJob, store: ObjectServer
) -> None:
    job = new_job()
    job.tell(attempts=1)
    process = job.start(1, FREELOADER_PATIENCE_S="60")
    store.wait_until(lambda: b"Storing" in store.objects.get("progress", b""), "the end of run()")

    job.tell(attempts=2)

    assert process.wait(timeout=DEADLINE_S) == 0
    assert job.results(1) == {"a.count": b"3"}


def test_urls_that_expire_while_storing_are_read_anew(new_job: NewJob, store: ObjectServer) -> None:
    job = new_job()
    store.held.add("out/0/0")
    process = job.start(FREELOADER_PATIENCE_S="60")
    store.has_been_asked_for("out/0/0")
    store.revoked.add("first")
    store.released.set()

    job.tell(signature="second")

    assert process.wait(timeout=DEADLINE_S) == 0
    assert job.results() == {"a.count": b"3"}


def test_a_refused_result_ends_the_attempt(new_job: NewJob, store: ObjectServer) -> None:
    job = new_job()
    store.answers["out/0/0"] = [413]

    assert job.run() == 77

    assert job.end()["message"] == "The store failed on the result a.count (answer 413)."
    assert job.manifest() is None
