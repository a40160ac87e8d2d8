"""Stage split: the inputs are fetched once, and parts.json says what the parts are."""

from __future__ import annotations

import shutil
import stat

import pytest

from tests.jobs.node.conftest import NewSplitJob
from tests.jobs.node.kills import some_lines, start_traced
from tests.jobs.node.split_job import COUNT_IN_PARTS
from tests.object_server import ObjectServer

pytestmark = pytest.mark.live

THREE = {"a.txt": b"one two three", "b.txt": b"four", "c.txt": b""}
IN_TWO = """
    def split(inputs, output):
        (output / "größe").mkdir()
        (output / "größe" / "b0 größe.txt").write_text("five six")
        return [inputs[:2], (output / "größe" / "b0 größe.txt",), output / "größe"]
    def run(inputs, output): pass
    def merge(outputs, output): pass
"""


def test_the_parts_are_what_split_returned(new_split_job: NewSplitJob) -> None:
    job = new_split_job(IN_TWO, THREE)

    assert job.run_stage("split") == 0

    assert job.parts() == [
        ["inputs/a.txt", "inputs/b.txt"],
        ["split/output/größe/b0 größe.txt"],
        ["split/output/größe"],
    ]
    assert (job.kept / job.parts()[1][0]).read_text() == "five six"
    assert job.end()["reason"] == "done"


def test_the_inputs_are_kept_and_cannot_be_written_to(new_split_job: NewSplitJob) -> None:
    job = new_split_job(COUNT_IN_PARTS, THREE)

    job.run_stage("split")

    kept = {path.name: path.read_bytes() for path in (job.kept / "inputs").iterdir()}
    assert kept == THREE
    assert {stat.S_IMODE(path.stat().st_mode) for path in (job.kept / "inputs").iterdir()} == {
        0o444
    }


def test_a_second_start_takes_up_what_is_there(
    new_split_job: NewSplitJob, store: ObjectServer
) -> None:
    job = new_split_job(COUNT_IN_PARTS.replace("return inputs", "exit(3)"))
    assert job.run_stage("split") == 70
    assert not (job.kept / "parts.json").exists()

    (job.path / "pipeline.py").write_bytes(job.code.replace(b"exit(3)", b"return inputs"))
    job.code = (job.path / "pipeline.py").read_bytes()
    assert job.run_stage("split") == 0
    assert job.parts() == [["inputs/a.txt"]]
    assert store.asked["in/0"] == 1


def test_what_is_split_is_never_split_again(new_split_job: NewSplitJob) -> None:
    """As if the first start had been killed just before its end, or an earlier one ran on."""
    job = new_split_job(
        """
        import os
        def split(inputs, output):
            (output / "x").write_text(os.urandom(8).hex())
            return [output / "x"]
        def run(inputs, output): pass
        def merge(outputs, output): pass
        """
    )
    job.run_stage("split")
    drawn = (job.kept / "split" / "output" / "x").read_text()
    (job.kept / "parts.json").unlink()

    assert job.run_stage("split") == 0

    assert job.parts() == [["split/output/x"]]
    assert (job.kept / "split" / "output" / "x").read_text() == drawn


@pytest.mark.live  # some seconds of processes
def test_a_split_killed_at_any_line_is_taken_up(new_split_job: NewSplitJob) -> None:
    job = new_split_job(IN_TWO, THREE)
    job.begin("split")

    kills = some_lines(job, 6)
    shutil.rmtree(job.kept)

    for attempt, line in enumerate(kills, start=1):
        job.forget_ends()
        assert start_traced(job, attempt, line) in (-9, 0), f"line {line}"

    job.forget_ends()
    assert job.run(len(kills) + 1) == 0, f"after kills at {kills}"
    assert len(job.parts()) == 3
    kept = {path.name: path.read_bytes() for path in (job.kept / "inputs").iterdir()}
    assert kept == THREE


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ("None", "split() returned None; it must return a list of parts"),
        ("[]", "split() returned no parts; it must return a list of parts"),
        ("(path for path in inputs)", "split() returned <generator object"),
        ("inputs[0]", "it must return a list of parts"),
        ("set(inputs)", "it must return a list of parts"),
        ("'abc'", "split() returned abc; it must return a list of parts"),
        (
            "list('abc')",
            "Part 1 of what split() returned names 'a'; a part is made of the paths in",
        ),
        ("[inputs, []]", "Part 2 of what split() returned is []; each must be a path or a list"),
        ("[None]", "Part 1 of what split() returned is None; each must be a path or a list"),
        ("[[inputs]]", "each must be a path or a list of paths"),
        ("inputs * 1001", "split() returned 1,001 parts; 1,000 are the most. Put more files"),
        (
            "[__file__]",
            "a part is made of the paths in inputs, or of paths in split()'s own output",
        ),
        ("[inputs[0].parent]", "a part is made of the paths in inputs"),
        ("[output / '..' / '..' / 'call.json']", "a part is made of the paths in inputs"),
        ("[inputs[0].name]", "Part 1 of what split() returned names 'a.txt'; a part is made of"),
        ("[output / 'b0']", "Part 1 of what split() returned names 'b0', which is not there."),
    ],
)
def test_nonsense_from_split_is_told_in_words(
    new_split_job: NewSplitJob, returned: str, message: str
) -> None:
    code = COUNT_IN_PARTS.replace("return inputs", f"return {returned}")
    job = new_split_job(code.replace("split(inputs)", "split(inputs, output)"))

    assert job.run_stage("split") == 70

    assert job.end()["reason"] == "code_failed"
    assert message in job.end()["message"]
    assert not (job.kept / "parts.json").exists()


def test_a_link_out_of_the_output_is_no_part(new_split_job: NewSplitJob) -> None:
    link = "(output / 'x').symlink_to(inputs[0]); return [output / 'x']"
    code = COUNT_IN_PARTS.replace("return inputs", link)
    job = new_split_job(code.replace("split(inputs)", "split(inputs, output)"))

    assert job.run_stage("split") == 70

    told = "The result 'x' is not a plain file inside the output directory."
    assert job.end()["message"] == told


def test_split_that_fails_is_told_as_failed(new_split_job: NewSplitJob) -> None:
    job = new_split_job(COUNT_IN_PARTS.replace("return inputs", "raise ValueError('no rows')"))

    assert job.run_stage("split") == 70

    assert job.end()["message"] == "ValueError: no rows"


def test_a_thousand_parts_are_allowed(new_split_job: NewSplitJob) -> None:
    job = new_split_job(COUNT_IN_PARTS.replace("return inputs", "return inputs * 1000"))

    assert job.run_stage("split") == 0

    assert len(job.parts()) == 1000
