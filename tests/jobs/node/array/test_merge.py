"""Stage merge: the outputs of the parts become the results, if they are what was computed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.jobs.node.conftest import NewSplitJob
from tests.jobs.node.kills import some_lines, start_traced
from tests.jobs.node.split_job import COUNT_IN_PARTS, SplitJob

# Real processes: they take longer than the quick suite may.
pytestmark = pytest.mark.live

THREE = {"a.txt": b"one two three", "b ü.txt": b"four", "c.txt": b""}


@pytest.fixture
def computed(new_split_job: NewSplitJob) -> Callable[..., SplitJob]:
    """A job whose parts are all finished."""

    def make(code: str = COUNT_IN_PARTS) -> SplitJob:
        job = new_split_job(code, THREE)
        job.split()
        assert job.run() == 0, job.end()
        job.begin("merge")
        return job

    return make


def test_merge_gets_what_it_asks_for(computed: Callable[..., SplitJob]) -> None:
    job = computed(
        """
        def split(inputs): return inputs
        def run(inputs, output): (output / inputs[0].name).write_bytes(inputs[0].read_bytes())
        def merge(outputs, output, inputs, progress, checkpoint):
            names = [[path.name for path in folder.iterdir()] for folder in outputs]
            assert names == [[path.name] for path in inputs], names
            assert list(output.iterdir()) == []
            checkpoint.save("x", "y")
            progress(0.5, "merging")
            (output / "names").write_text(" ".join(name for [name] in names), "utf-8")
        """
    )

    assert job.run() == 0, job.end()

    assert job.results() == {"names": "a.txt b ü.txt c.txt".encode()}
    assert job.manifest() is not None


@pytest.mark.parametrize(
    "damage",
    [
        lambda part: shutil.rmtree(part),
        lambda part: (part / "part.json").unlink(),
        lambda part: (part / "output" / "b ü.count").unlink(),
        lambda part: (part / "output" / "more").touch(),
        lambda part: os_truncate(part / "output" / "b ü.count"),
    ],
)
def test_parts_that_are_not_as_they_were_computed_are_not_merged(
    computed: Callable[..., SplitJob], damage: Callable[[Path], None]
) -> None:
    job = computed()
    damage(job.kept / "part.1")

    assert job.run() == 78

    told = "Part 2 is no longer as it was computed: its files in the scratch were changed."
    assert job.end()["message"] == told
    assert job.manifest() is None


def os_truncate(path: Path) -> None:
    path.chmod(0o600)
    path.write_bytes(b"")


def test_a_merge_that_leaves_nothing_has_no_results(computed: Callable[..., SplitJob]) -> None:
    job = computed(COUNT_IN_PARTS.replace('(output / "sum.txt").write_text', "str"))

    assert job.run() == 73


def test_a_merge_killed_at_any_line_ends_right_in_a_later_attempt(
    computed: Callable[..., SplitJob],
) -> None:
    job = computed()
    kills = some_lines(job, 5)

    for attempt, line in enumerate(kills, start=1):
        job.forget_ends()
        assert start_traced(job, attempt, line) in (-9, 0), f"line {line}"

    job.forget_ends()
    assert job.run(len(kills) + 1) == 0, f"after kills at {kills}"
    assert job.results(len(kills) + 1) == {"sum.txt": b"4"}
