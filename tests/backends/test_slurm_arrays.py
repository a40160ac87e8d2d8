"""What is made of the rows of an array's tasks, in the form of Slurm 22.05.8."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from backends.base import JobRef, Observation, Phase
from backends.jobdir import EndFile
from backends.slurm_looks import from_ends, from_sacct, from_squeue
from backends.slurm_text import parse_sacct, parse_squeue

JOB = JobRef("fl-1", "36", tasks=4)


def squeue(*tasks: str) -> Observation | None:
    """Each task as "NUMBER STATE [RESTARTS [STATUS [REASON [START]]]]".

    "" is the rest of the array.
    """
    return from_squeue(JOB, parse_squeue("".join(row(task) for task in tasks)))


def row(task: str, array: str = "36") -> str:
    number, state, *more = task.split(" ")
    restarts, status, reason, start = (*more, *("0", "0", "None", "N/A")[len(more) :])
    array_id = f"{array}_{number}" if number else array
    job_id = 70 + len(number)
    return f"{array_id}|{job_id}|{state}|{reason}|{restarts}|{status}|n1|{start}|fl-1|\n"


def seen(*tasks: str) -> Observation:
    found = squeue(*tasks)
    assert found
    return found


DONE = ("0 COMPLETED", "1 COMPLETED", "2 COMPLETED")


@pytest.mark.parametrize(
    ("last", "phase", "state"),
    [
        ("3 COMPLETED", Phase.COMPLETED, "COMPLETED"),
        ("3 RUNNING", Phase.RUNNING, "RUNNING"),
        ("3 PENDING", Phase.WAITING, "PENDING"),
        ("3 PENDING 0 0 JobHeldUser", Phase.HELD, "PENDING"),
        ("3 COMPLETING", Phase.ENDING, "COMPLETING"),
        ("3 SUSPENDED", Phase.SUSPENDED, "SUSPENDED"),
        ("3 FAILED 0 768", Phase.FAILED, "FAILED"),
        ("3 TIMEOUT", Phase.FAILED, "TIMEOUT"),
        ("3 CANCELLED", Phase.CANCELLED, "CANCELLED"),
        ("3 NODE_FAIL", Phase.INTERRUPTED, "NODE_FAIL"),
        ("3 TELEPORTED", Phase.UNKNOWN, "TELEPORTED"),
    ],
)
def test_the_last_task_decides_when_the_others_are_done(
    last: str, phase: Phase, state: str
) -> None:
    found = seen(*DONE, last)
    assert (found.phase, found.slurm_state, found.slurm_id) == (phase, state, "36")


def test_an_array_runs_as_long_as_one_task_does() -> None:
    found = seen("0 PENDING", "1 RUNNING", "2 COMPLETED", "3 CANCELLED")
    assert (found.phase, found.ended_tasks, found.task) == (Phase.RUNNING, 1, None)


def test_an_array_waits_as_long_as_one_task_may_start() -> None:
    found = seen("0 PENDING 1 0 JobHeldUser", "1 PENDING 2 0 Priority", *DONE[1:])
    assert (found.phase, found.reason, found.restart_count) == (Phase.WAITING, "Priority", 3)


def test_a_failed_task_fails_the_array_at_once_and_is_named() -> None:
    found = seen("0 RUNNING 3", "1 PENDING 2", "2 FAILED 1 768", "3 FAILED 0 9")
    assert (found.phase, found.task, found.exit_code) == (Phase.FAILED, 2, 3)
    assert (found.restart_count, found.node) == (1, "n1")


def test_restarts_of_all_tasks_are_counted_together() -> None:
    assert seen("0 RUNNING 3", "1 RUNNING 2", "2 RUNNING", "3 COMPLETED 1").restart_count == 6


def test_an_array_that_waits_is_expected_with_its_first_task() -> None:
    waiting = ("1 PENDING 0 0 Priority 2000", " PENDING 0 0 Priority 1000", "2 PENDING")
    assert seen("0 COMPLETED", *waiting).expected_start == datetime.fromtimestamp(1000, UTC)
    assert seen("0 RUNNING 0 0 None 500", *waiting).expected_start is None
    assert seen("0 COMPLETED 0 0 None 500", "1 PENDING").expected_start is None


def test_tasks_that_squeue_has_forgotten_never_make_an_end() -> None:
    for last in ("2 COMPLETED", "2 CANCELLED", "2 NODE_FAIL"):
        assert squeue("0 COMPLETED", last) is None
    assert squeue() is None


def test_tasks_that_squeue_has_forgotten_count_as_ended() -> None:
    assert seen("3 RUNNING").ended_tasks == 3
    assert seen("2 FAILED").phase is Phase.FAILED


def test_one_row_may_stand_for_all_that_never_began() -> None:
    found = seen("0 COMPLETED", " CANCELLED")
    assert (found.phase, found.ended_tasks) == (Phase.CANCELLED, 1)
    assert seen("[1-3%2] PENDING", "0 COMPLETED").phase is Phase.WAITING
    assert squeue(" COMPLETED", "0 COMPLETED") is None


def test_of_accidental_twins_the_living_array_counts() -> None:
    first = [row(f"{n} RUNNING 1") for n in range(4)]
    second = [row(f"{n} COMPLETED", array="40") for n in range(4)]
    for rows in (first + second, second + first):
        found = from_squeue(JOB, parse_squeue("".join(rows)))
        assert found
        assert (found.phase, found.slurm_id, found.restart_count) == (Phase.RUNNING, "36", 4)


def test_an_array_without_an_id_is_known_by_its_name() -> None:
    rows = parse_squeue(row("0 RUNNING"))
    found = from_squeue(JobRef("fl-1", "", tasks=4), rows)
    assert found
    assert found.slurm_id == "36"


SACCT = """\
36_0|PREEMPTED|0:0|n1|10|14|4|fl-1
36_1|COMPLETED|0:0|n2|10|20|10|fl-1
36_2|COMPLETED|0:0|n3|10|21|11|fl-1
36_3|COMPLETED|0:0|n4|10|22|12|fl-1
36_0|COMPLETED|0:0|n1|30|34|4|fl-1
"""


def accounted(text: str, *shown: str) -> Observation:
    rows = parse_squeue("".join(row(task) for task in shown))
    return from_sacct(JOB, parse_sacct(text), rows)


def test_accounting_tells_the_runs_of_every_task() -> None:
    found = accounted(SACCT)
    assert (found.phase, found.restart_count, found.slurm_id) == (Phase.COMPLETED, 1, "36")
    runs = [(run.task, run.restart_count, run.phase, run.core_seconds) for run in found.runs]
    assert sorted(runs, key=lambda run: run[:2]) == [
        (0, 0, Phase.INTERRUPTED, 4),
        (0, 1, Phase.COMPLETED, 4),
        (1, 0, Phase.COMPLETED, 10),
        (2, 0, Phase.COMPLETED, 11),
        (3, 0, Phase.COMPLETED, 12),
    ]


def test_accounting_tells_of_a_task_that_failed() -> None:
    found = accounted(SACCT + "36_2|FAILED|3:0|n1|40|44|4|fl-1\n")
    assert (found.phase, found.task, found.exit_code) == (Phase.FAILED, 2, 3)
    assert found.restart_count == 1


def test_what_squeue_shows_is_newer_than_accounting() -> None:
    text = SACCT.replace("36_1|COMPLETED|0:0|n2|10|20", "36_1|RUNNING|0:0|n2|10|Unknown")
    assert accounted(text, "1 COMPLETED").phase is Phase.COMPLETED
    assert accounted(text, "1 FAILED").phase is Phase.FAILED


@pytest.mark.parametrize(
    "text",
    [
        "",
        SACCT.replace("36_1|COMPLETED", "36_1|RUNNING"),
        SACCT.replace("36_1|", "37_1|"),
        "".join(SACCT.splitlines(keepends=True)[:-2]),
    ],
)
def test_while_one_end_is_missing_the_array_is_gone_not_done(text: str) -> None:
    assert accounted(text).phase is Phase.GONE


def test_the_rest_of_a_cancelled_array_is_one_record() -> None:
    rest = "36_[1-3]|CANCELLED by 1001|0:0|None assigned|None|50|0|fl-1\n"
    found = accounted(SACCT.splitlines()[-1] + "\n" + rest)
    assert (found.phase, found.ended_tasks) == (Phase.CANCELLED, 1)
    assert [run.task for run in found.runs] == [0]


def end(task: int | None, count: int, code: int = 0) -> EndFile:
    at = datetime(2026, 11, 26, tzinfo=UTC)
    return EndFile(count, code, "said", "n1", at, at, task)


GONE = Observation(Phase.GONE, slurm_id="36")


def test_the_end_files_of_all_tasks_make_an_end() -> None:
    ends = [end(task, 0) for task in range(4)]
    found = from_ends(JOB, GONE, [*ends, end(1, 2)])
    assert (found.phase, found.restart_count, found.slurm_id) == (Phase.COMPLETED, 2, "36")


def test_the_end_file_of_one_task_tells_that_it_failed() -> None:
    found = from_ends(JOB, GONE, [end(0, 0), end(3, 1, code=3)])
    assert (found.phase, found.task, found.exit_code, found.restart_count) == (
        Phase.FAILED,
        3,
        3,
        1,
    )


@pytest.mark.parametrize(
    "ends",
    [
        [end(task, 0) for task in range(3)],
        [end(None, 0)],
        [*(end(task, 0) for task in range(3)), end(4, 0)],
        [*(end(task, 0) for task in range(3)), end(3, 1001)],
    ],
)
def test_end_files_that_are_missing_or_made_up_make_no_end(ends: list[EndFile]) -> None:
    assert from_ends(JOB, GONE, ends) is GONE


def test_the_end_of_an_arrays_task_is_none_of_a_single_job() -> None:
    assert from_ends(JobRef("fl-1", "36"), GONE, [end(0, 0, code=3)]) is GONE
