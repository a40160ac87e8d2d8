"""Recorded answers of Slurm 22.05.8, and such as no Slurm should give."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from backends.base import ClusterError, Resources
from backends.slurm_text import (
    is_without_accounting,
    parse_jobid,
    parse_sacct,
    parse_squeue,
    sacct_argv,
    sbatch_arguments,
    sbatch_words,
    scancel_argv,
    squeue_argv,
)

SQUEUE = """\
1|1|FAILED|NonZeroExitCode|0|768|n1|N/A|fl-a|
3_2|6|FAILED|NonZeroExitCode|0|768|n1|N/A|fl-arr|
2|2|PENDING|JobHeldUser|0|0||N/A|fl-b|
3_3|3|RUNNING|None|2|0|n1|1795372811|fl-arr|
9|9|COMPLETING|None|0|0|n2|1795372705|fl-c|
"""
SACCT = """\
1|PREEMPTED|0:0|n1|1795372705|1795372706|4|fl-a
1|NODE_FAIL|0:0|n2|1795372805|1795372806|1|fl-a
1|COMPLETED|0:0|n1|1795372905|1795372909|16|fl-a
2|CANCELLED by 1001|0:0|None assigned|None|1795372812|0|fl-b
3_3|RUNNING|0:0|n1|1795372811|Unknown|1|fl-arr
4|OUT_OF_MEMORY|0:125|n1|1795372811|1795372812|1|fl-d
"""


def test_squeue_is_read_row_by_row() -> None:
    rows = parse_squeue(SQUEUE)
    assert [row.slurm_id for row in rows] == ["1", "3", "2", "3", "9"]
    assert [row.job_id for row in rows] == ["1", "6", "2", "3", "9"]
    assert [row.restart_count for row in rows] == [0, 0, 0, 2, 0]
    assert [row.exit_code for row in rows] == [3, 3, 0, 0, 0]
    assert rows[2].reason == "JobHeldUser"
    assert (rows[4].state, rows[4].node, rows[4].name) == ("COMPLETING", "n2", "fl-c")
    assert rows[2].start is None
    assert rows[4].start == datetime(2026, 11, 22, 18, 38, 25, tzinfo=UTC)


@pytest.mark.parametrize("array_id", ["36_[4-15]", "36_[8-15%2]", "36_[1,3,5-9]", "36_[1,3,...]"])
def test_a_folded_array_is_one_row_under_its_own_id(array_id: str) -> None:
    (row,) = parse_squeue(f"{array_id}|36|PENDING|JobArrayTaskLimit|0|0||N/A|fl-arr|\n")
    assert (row.slurm_id, row.array_id) == ("36", array_id)


STATUSES = {"768": 3, "9": 137, "36608": 143, "0": 0, "3:0": 3, "0:9": 137, "": None, "x": None}


@pytest.mark.parametrize(("status", "code"), STATUSES.items())
def test_the_wait_status_becomes_an_exit_code(status: str, code: int | None) -> None:
    (row,) = parse_squeue(f"1|1|FAILED|None|0|{status}|n1|N/A|fl-a|\n")
    assert row.exit_code == code


def test_a_name_may_hold_bars_and_line_ends() -> None:
    text = "1|1|RUNNING|None|0|0|n1|N/A|a|b|c|\n2|2|RUNNING|None|0|0|n1|N/A|one\ntwo|\n" + SQUEUE
    rows = parse_squeue(text)
    assert rows[0].name == "a|b|c"
    assert [row.name for row in rows[1:]] == [row.name for row in parse_squeue(SQUEUE)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "slurm_load_jobs error: Unable to contact slurm controller",
        "JOBID|NAME\n",
        "||||||||\n",
        "|||||||||\n",
        "x|x|RUNNING|None|0|0|n1|N/A|fl-a|\n",
        "1|1|RUNNING|None|many|0|n1|N/A|fl-a|\n",
        "1|1||None|0|0|n1|N/A|fl-a|\n",
        "1|1|RUNNING|None|0|0|n1|N/A|fl-a\n",
        "1|1|RUNNING|None|0\n",
        "1|1|RUNNING|None|0|0|n1|fl-a|\n",
        "\x00\x01|" * 9 + "\n",
    ],
)
def test_garbage_from_squeue_is_no_row(text: str) -> None:
    assert parse_squeue(text) == []


def test_sacct_is_read_run_by_run() -> None:
    rows = parse_sacct(SACCT)
    assert [row.job_id for row in rows] == ["1", "1", "1", "2", "3_3", "4"]
    assert rows[2].started_at == datetime(2026, 11, 22, 18, 41, 45, tzinfo=UTC)
    assert rows[2].core_seconds == 16
    assert (rows[3].state, rows[3].started_at, rows[3].node) == ("CANCELLED by 1001", None, "")
    assert rows[4].ended_at is None
    assert rows[5].exit_code == 253


def test_a_name_in_sacct_may_hold_bars() -> None:
    (row,) = parse_sacct("1|COMPLETED|0:0|n1|10|12|2|a|b\n")
    assert row.name == "a|b"


@pytest.mark.parametrize(
    "text", ["", "\n", "sacct: error: slurmdbd: Connection refused\n", "1|COMPLETED\n",
             "1.batch|COMPLETED|0:0|n1|10|12|2|batch\n", "1||0:0|n1|10|12|2|fl-a\n"]
)  # fmt: skip
def test_garbage_from_sacct_is_no_row(text: str) -> None:
    assert parse_sacct(text) == []


def test_the_job_id_is_found_among_other_output() -> None:
    assert parse_jobid("a greeting\njobid 36\n") == "36"


@pytest.mark.parametrize("text", ["", "36", "jobid", "jobid x", "jobid 36;x", "a jobid 36"])
def test_without_a_job_id_nothing_is_certain(text: str) -> None:
    with pytest.raises(ClusterError) as caught:
        parse_jobid(text)
    assert caught.value.transient


def test_only_a_site_without_accounting_is_known_as_such() -> None:
    assert is_without_accounting("Slurm accounting storage is disabled\n", 1)
    assert is_without_accounting("sh: 1: exec: sacct: not found", 127)
    assert not is_without_accounting("sacct: error: slurmdbd: Connection refused", 1)
    assert not is_without_accounting("", None)


def test_sbatch_is_told_all_that_matters() -> None:
    words = sbatch_arguments(
        key="fl-1",
        directory="/scratch/fl-1",
        resources=Resources(cpus=4, memory_mb=2000, time_limit_min=90),
        partition="restart",
        qos="",
        account="chem",
    )
    assert words == [
        "--parsable",
        "--job-name=fl-1",
        "--chdir=/scratch/fl-1",
        "--output=log.txt",
        "--open-mode=append",
        "--requeue",
        "--cpus-per-task=4",
        "--mem=2000M",
        "--time=90",
        "--partition=restart",
        "--account=chem",
    ]


def test_each_task_of_an_array_has_a_log_of_its_own() -> None:
    words = sbatch_arguments(
        key="fl-1",
        directory="/scratch/fl-1",
        resources=Resources(cpus=1, memory_mb=2000, time_limit_min=90),
        partition="restart",
        qos="",
        account="",
        tasks=16,
    )
    assert {"--array=0-15", "--output=log.%a.txt", "--open-mode=append"} <= set(words)
    assert "--output=log.txt" not in words


def test_what_sbatch_complains_of_is_one_plain_line() -> None:
    text = (
        "sbatch: error: invalid partition specified: nope\n"
        "sbatch: error: Batch job submission failed: Invalid partition name specified\n"
    )
    assert sbatch_words(text) == (
        "invalid partition specified: nope "
        "Batch job submission failed: Invalid partition name specified"
    )


def test_the_other_commands_ask_for_what_the_parsers_read() -> None:
    assert squeue_argv()[-1].endswith("StartTime:|,Name:|")
    assert sacct_argv(["1", "2"])[-1] == "1,2"
    assert scancel_argv("fl-1") == ["scancel", "--me", "--name=fl-1"]
