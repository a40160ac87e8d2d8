"""What the engine costs: the arithmetic of it, and, live, that the quick form comes to its end."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import paramiko
import pytest

from deploy.bench.engine.__main__ import QUICK, measured_on
from deploy.bench.engine.counting import counted
from deploy.bench.engine.report import Measured, summary
from deploy.bench.engine.runs import Runs
from deploy.bench.engine.timeline import (
    AFTER,
    BEFORE,
    MEANING,
    JobTimes,
    overhead_of,
    slurm_ends,
    spread,
    steps_of,
)
from tests.parts import need

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
STATES = ("uploaded", "scanning", "clean", "submitting", "pending")
LOG = """\
[2026-11-22T12:00:01.250] sched: Allocate JobId=7 NodeList=n1 #CPUs=1 Partition=restart
[2026-11-22T12:00:02.500] _job_complete: JobId=7 WEXITSTATUS 0
[2026-11-22T12:00:02.501] _job_complete: JobId=7 done
[2026-11-22T12:00:03.000] _job_complete: JobId=8 WTERMSIG 15
"""


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def times() -> JobTimes:
    """Each step takes a second more than the one before it; Slurm has the job for an hour."""
    moves = {state: after(at) for state, at in zip(STATES, (1, 3, 6, 10, 15), strict=True)}
    moves |= {"running": after(1000), "completed": after(3621), "delivered": after(3628)}
    return JobTimes(NOON, moves, after(3615), after(3636))


def test_each_step_is_the_time_since_the_one_before_it() -> None:
    assert list(steps_of(times()).values()) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_what_slurm_needs_is_no_overhead() -> None:
    assert overhead_of(steps_of(times())) == 15 + 21


def test_each_step_has_a_name_and_a_meaning() -> None:
    assert list(steps_of(times())) == [*BEFORE, *AFTER] == list(MEANING)


@pytest.mark.parametrize(
    ("figures", "median", "p90"), [([5], 5, 5), ([3, 1, 2], 2, 3), (list(range(1, 11)), 5.5, 9)]
)
def test_nine_in_ten_figures_are_within_the_last_tenth(
    figures: list[float], median: float, p90: float
) -> None:
    assert (spread(figures).median, spread(figures).p90) == (median, p90)


def test_only_a_job_that_slurm_is_done_with_has_an_end() -> None:
    ends = slurm_ends(LOG)
    assert set(ends) == {"7"}
    assert ends["7"].replace(tzinfo=None) == datetime(2026, 11, 22, 12, 0, 2, 501000)
    assert ends["7"].tzinfo is not None


def test_what_is_sent_over_ssh_is_counted_only_for_the_length_of_the_block(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(paramiko.Channel, "exec_command", lambda self, line: sent.append(line))
    channel = paramiko.Channel(1)
    with counted() as traffic:
        channel.exec_command("true")
        channel.exec_command("id")
    channel.exec_command("false")
    assert sent == ["true", "id", "false"]
    assert (traffic.execs, traffic.sftp_sessions, traffic.connections) == (2, 0, 0)


def measured(jobs: int) -> Measured:
    look = {"jobs": jobs, "poll_s": 0.5, "news_of_all_s": 3.0, "per_poll": {"execs": 1.0}}
    counts = {"execs": 1.0, "sftp_sessions": 1.0, "sftp_requests": 32.0}
    return Measured(Runs([steps_of(times())], 61.44), {"per_submit": counts}, [look])


def test_the_last_line_has_the_figures_of_production_under_plain_names() -> None:
    said = summary({"postgresql": measured(10_000), "sqlite": measured(10_000)})
    assert said["overhead_s_median"] == said["postgresql"]["overhead_s_median"] == 36
    assert (said["jobs_per_min"], said["poll_10000_s"]) == (61.4, 0.5)
    assert (said["execs_per_submit"], said["execs_per_poll"]) == (1, 1)
    assert json.loads(json.dumps(said)) == said


@pytest.mark.live
@pytest.mark.timeout(900)
def test_the_quick_form_comes_to_its_end_on_real_parts(tmp_path: Path) -> None:
    bed = need("swift", "slurm", "sshd", "clamd", "postgres", "mail")
    scale = replace(QUICK, databases=["sqlite"])
    figures = measured_on(bed, tmp_path, scale)["sqlite"]
    assert len(figures.runs.alone) == QUICK.alone
    assert [look["jobs"] for look in figures.looks] == list(QUICK.fleets)
    assert {look["per_poll"]["execs"] for look in figures.looks} == {1}
    assert figures.submits["per_submit"]["execs"] <= 2
