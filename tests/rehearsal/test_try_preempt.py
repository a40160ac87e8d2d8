"""`try --preempt` finds bad pipelines before they open, and lets good ones pass."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.jobs.node.laptop.computer import Laptop
from tests.rehearsal.expected import BAD, DIFFER, FAILED, FOLDER, LIMITS, NEVER
from tests.rehearsal.slowed import SLOWED

FIT = "It is fit for the restart partition."
NOT_FIT = "It is not yet fit for the restart partition."
WORDS = [
    "--memory", str(LIMITS["memory_mb"]), "--disk", str(LIMITS["disk_mb"]),
    "--checkpoint", str(LIMITS["checkpoint_mb"]), "--workers", "2", "--preempt", "--seed", "1",
]  # fmt: skip
GOOD = sorted(path.stem for path in (FOLDER / "good").glob("*.py"))


def rehearsed(laptop: Laptop, path: Path, minutes: float = 4) -> tuple[int, str]:
    """`minutes`: for each start; what never ends is waited for so long."""
    words = [*WORDS, "--minutes", f"{minutes}"]
    tried = laptop.run("try", str(path), "a.txt", "b.txt", *words)
    return tried.returncode, tried.stdout


@pytest.mark.live  # some seconds each
@pytest.mark.parametrize("name", sorted(BAD))
def test_a_bad_pipeline_is_found_or_known_not_to_be(laptop: Laptop, name: str) -> None:
    path = FOLDER / "bad" / f"{name}.py"
    if BAD[name].caught in (DIFFER, FAILED):  # nothing shows that but interruptions
        path = laptop.path / path.name
        path.write_text((FOLDER / "bad" / path.name).read_text() + SLOWED)

    status, said = rehearsed(laptop, path, 0.3 if BAD[name].reason == NEVER else 4)

    if BAD[name].caught:
        assert BAD[name].caught in said
        assert status == 1
        assert FIT not in said
    else:
        assert FIT in said
        assert BAD[name].told in said
    assert os.listdir(laptop.path / "temporary") == []
    assert (laptop.path / "a.txt").read_text() == "one two"


@pytest.mark.live
@pytest.mark.parametrize("name", GOOD)
def test_a_good_pipeline_passes(laptop: Laptop, name: str) -> None:
    status, said = rehearsed(laptop, FOLDER / "good" / f"{name}.py")

    assert FIT in said
    assert status == 0


def test_most_of_the_bad_pipelines_are_refused_as_the_page_for_pis_says() -> None:
    refused = [name for name, expected in BAD.items() if expected.caught]
    found = [name for name, expected in BAD.items() if expected.caught or expected.told]
    page = " ".join((FOLDER.parents[1] / "docs" / "for-pis.md").read_text().split())

    assert sorted(BAD) == sorted(path.stem for path in (FOLDER / "bad").glob("*.py"))
    assert len(found) >= len(BAD) * 17 / 20
    assert f"of {len(BAD)} files that are bad on purpose it refuses {len(refused)}" in page
    assert f"all {len(GOOD)} good ones pass" in page
