from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from deploy.lanes.__main__ import main
from deploy.lanes.plan import ELSEWHERE, plan, second_bed
from deploy.lanes.running import Lane, run
from deploy.testbed.place import CHECKOUT, Bed


def shell(name: str, script: str, *after: str) -> Lane:
    return Lane(name, ["sh", "-c", script], after=after)


def test_a_lane_begins_when_all_before_it_have_ended_well_or_not(tmp_path: Path) -> None:
    tally = tmp_path / "tally"
    lanes = [
        shell("last", f"cat {tally}", "bad", "good"),
        shell("bad", f"echo bad >>{tally}; exit 3"),
        shell("good", f"echo good >>{tally}", "bad"),
    ]

    ends = run(lanes, tmp_path / "logs")

    assert [(end.lane.name, end.code) for end in ends] == [("bad", 3), ("good", 0), ("last", 0)]
    assert ends[-1].said == "bad\ngood\n"
    assert (tmp_path / "logs" / "last.log").read_text() == ends[-1].said


def test_what_a_lane_said_and_cost_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run([shell("lint", "echo line 7 is too long >&2; exit 1")], tmp_path)

    printed = capsys.readouterr().out
    assert re.search(r"== lint FAILED \(1\): \d+ s, \d+ s of processor", printed)
    assert "line 7 is too long" in printed


def test_lanes_that_wait_for_one_another_are_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\['egg', 'hen'\]"):
        run([shell("egg", "true", "hen"), shell("hen", "true", "egg")], tmp_path)


@pytest.fixture
def _interrupts_are_heard() -> Iterator[None]:
    """Also where the tests themselves are a background job of a shell, which is deaf to them."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.live  # a process of Python's own
@pytest.mark.usefixtures("_interrupts_are_heard")
def test_all_that_runs_is_ended_when_it_is_interrupted(tmp_path: Path) -> None:
    held = tmp_path / "held"
    os.mkfifo(held)
    deaf = f"sleep 600 >{held} & echo begun >{held}; wait"  # no shell's sleep hears SIGINT
    script = f"""
from pathlib import Path
from deploy.lanes.running import Lane, run
run([Lane("deaf", ["sh", "-c", {deaf!r}]), Lane("done", ["true"])], Path({str(tmp_path)!r}))
"""
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, cwd=CHECKOUT) as lanes, held.open() as file:
        assert file.readline() == "begun\n"
        lanes.send_signal(signal.SIGINT)
        assert file.read() == ""  # which is known when the last process that held it is gone

    assert lanes.returncode == -signal.SIGINT


def test_no_test_is_in_two_lanes_or_in_none() -> None:
    inside = [
        (one, other) for one in ELSEWHERE for other in ELSEWHERE if Path(one) in Path(other).parents
    ]
    lanes = [lane for lane in plan(Bed(Path("/bed"))) if "live" in lane.command]
    rest = next(lane for lane in lanes if lane.name == "site")
    named = [word for lane in lanes for word in lane.command if word.startswith("tests/")]

    assert inside == []
    assert sorted(named) == sorted(ELSEWHERE)
    assert len(set(ELSEWHERE)) == len(ELSEWHERE)
    assert [path for path in ELSEWHERE if not (CHECKOUT / path).exists()] == []
    assert {f"--ignore={path}" for path in ELSEWHERE} <= set(rest.command)
    assert "tests" in rest.command


def test_the_two_test_beds_share_no_port() -> None:
    bed = Bed(Path("/bed"))
    other = second_bed(bed)

    assert other["FREELOADER_TESTBED"] == "/bed-2"
    assert int(other["FREELOADER_TESTBED_PORT"]) - bed.base_port >= 300


def test_who_counts_on_the_test_beds_servers_comes_one_after_another() -> None:
    lanes = {lane.name: lane for lane in plan(Bed(Path("/bed")))}
    for order in (["testbed", "scanner", "site"], ["testbed-2", "preemption", "slurm"]):
        for earlier, later in pairwise(order):
            assert earlier in lanes[later].after


@pytest.mark.usefixtures("_no_test_bed")
def test_without_a_database_server_its_lane_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["postgres"]) == 0
    assert capsys.readouterr().out.startswith("NOT RUN without PostgreSQL: ")


@pytest.fixture
def _no_test_bed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FREELOADER_TESTBED", str(tmp_path / "none"))
    monkeypatch.chdir(CHECKOUT)
