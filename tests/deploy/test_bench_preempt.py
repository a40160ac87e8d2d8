"""What preemption costs: the arithmetic of it, and, live, that the quick form comes to its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.bench.preempt.__main__ import QUICK, measured_on
from deploy.bench.preempt.costs import goodput, of_job, parse, spans
from deploy.bench.preempt.report import Measured, summary, verdict
from deploy.bench.preempt.runs import WAYS, Run
from deploy.bench.preempt.storm import Storm
from tests.parts import need

# Of sacct on the test bed: a job that was preempted twice, an array, one that never began.
SACCT = """\
fl-a|7|PREEMPTED|20|4
fl-a|7|PREEMPTED|12|4
fl-a|7|COMPLETED|30|4
fl-a-2|9_0|COMPLETED|10|4
fl-a-2|9_1|NODE_FAIL|5|4
fl-a-2|9_[2-3]|CANCELLED by 1001|0|0
fl-b|8|COMPLETED|100|1
campus|11|COMPLETED|1|4
"""
LOG = """\
[2026-11-26T06:00:00.000] sched: Allocate JobId=7 NodeList=n1 #CPUs=4 Partition=restart
[2026-11-26T06:00:00.100] sched/backfill: _start_job: Started JobId=8 in restart on n2
[2026-11-26T06:00:01.250] _job_complete: JobId=7 WEXITSTATUS 0
[2026-11-26T06:00:01.300] _job_complete: JobId=7 done
[2026-11-26T06:00:02.000] _job_complete: JobId=8 done
[2026-11-26T06:00:03.000] sched: Allocate JobId=9 NodeList=n1 #CPUs=4 Partition=restart
"""


def a_run(*, way: str = "checkpoint", is_done: bool = True, result: str = "ab") -> Run:
    return Run(way, 60, is_done, 90.0, of_job(parse(SACCT), ["fl-a"]), result)


def test_all_starts_of_all_stages_of_a_job_count() -> None:
    rows = of_job(parse(SACCT), ["fl-a", "fl-a-2"])

    assert sum(row.core_seconds for row in rows) == 4 * (20 + 12 + 30 + 10 + 5)
    assert sum(row.was_interrupted for row in rows) == 3


def test_goodput_is_the_useful_share() -> None:
    rows = of_job(parse(SACCT), ["fl-a"])

    assert goodput(4 * 31, rows) == 0.5


def test_what_never_ran_has_no_goodput() -> None:
    assert goodput(0, []) == 0


def test_a_job_that_did_not_end_was_of_no_use() -> None:
    assert a_run(is_done=False).goodput == 0
    assert a_run().goodput > 0.9


def test_the_log_tells_how_long_a_job_had_its_computer() -> None:
    assert spans(LOG) == {"7": 1.3, "8": 1.9}


def test_a_result_is_held_against_the_undisturbed_one() -> None:
    expected = Measured(calm=[a_run(result="ab")]).expected

    assert verdict(a_run(result="ab"), expected) == "equal"
    assert verdict(a_run(result="cd"), expected) == "DIFFERS"
    assert verdict(a_run(is_done=False), expected) == "not finished"
    assert verdict(a_run(way="array"), expected) == "not compared"


def test_the_last_line_has_the_promised_names() -> None:
    runs = [a_run(way=way) for way in WAYS]
    figures = summary(Measured(0.5, runs, {60: runs}))

    promised = {f"goodput_{way}_60s" for way in WAYS} | {"overhead_s_per_job"}
    assert promised <= figures.keys()
    assert figures["results_differ"] == 0


def test_a_storm_draws_the_same_from_the_same_seed() -> None:
    first, second = Storm(60, seed=3), Storm(60, seed=3)

    assert [first.draw() for _ in range(5)] == [second.draw() for _ in range(5)]


def test_a_short_storm_has_the_mean_that_it_names() -> None:
    storm = Storm(60, seed=1)

    assert 50 < sum(storm.draw() for _ in range(16)) / 16 < 75


@pytest.mark.live
@pytest.mark.timeout(1200)
def test_the_quick_bench_loses_nothing(tmp_path: Path) -> None:
    bed = need("swift", "slurm", "sshd", "clamd", "postgres", "mail")
    measured = measured_on(bed, tmp_path, QUICK, QUICK.means, seed=1)

    figures = summary(measured)
    assert figures["results_differ"] == 0
    assert all(run.is_done for runs in measured.storms.values() for run in runs)
