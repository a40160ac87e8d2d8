from __future__ import annotations

import pytest

from backends.base import Phase
from backends.slurm_states import PHASES, phase_of, run_phase

TABLE = {
    Phase.WAITING: "PENDING CONFIGURING REQUEUED REQUEUE_FED POWER_UP_NODE EXPEDITING",
    Phase.HELD: "REQUEUE_HOLD RESV_DEL_HOLD SPECIAL_EXIT",
    Phase.RUNNING: "RUNNING SIGNALING RESIZING STAGE_OUT",
    Phase.SUSPENDED: "SUSPENDED STOPPED",
    Phase.ENDING: "COMPLETING",
    Phase.COMPLETED: "COMPLETED",
    Phase.FAILED: "FAILED OUT_OF_MEMORY TIMEOUT DEADLINE BOOT_FAIL LAUNCH_FAILED RECONFIG_FAIL",
    Phase.CANCELLED: "CANCELLED",
    Phase.INTERRUPTED: "PREEMPTED NODE_FAIL",
    Phase.UNKNOWN: "REVOKED",
}
PAIRS = [(word, phase) for phase, words in TABLE.items() for word in words.split()]


@pytest.mark.parametrize(("state", "phase"), PAIRS)
def test_each_state_of_slurm_has_its_phase(state: str, phase: Phase) -> None:
    assert phase_of(state) is phase


def test_the_table_holds_no_other_state() -> None:
    assert set(PHASES) == {state for state, _ in PAIRS}


@pytest.mark.parametrize(
    "state", ["", "  ", "UPDATE_DB", "completed", "COMPLETED,X", "slurm: error"]
)
def test_a_word_that_we_do_not_know_is_never_an_end(state: str) -> None:
    assert phase_of(state) is Phase.UNKNOWN


@pytest.mark.parametrize("state", ["CANCELLED by 1001", "CANCELLED by 0", "CANCELLED+"])
def test_who_cancelled_it_does_not_matter(state: str) -> None:
    assert phase_of(state) is Phase.CANCELLED


@pytest.mark.parametrize(
    "reason",
    [
        "JobHeldUser",
        "JobHeldAdmin",
        "job requeued in held state",
        "launch failed requeued held",
        "launch_failed_requeued_held",
        "DependencyNeverSatisfied",
    ],
)
def test_a_pending_job_that_needs_a_person_is_held(reason: str) -> None:
    assert phase_of("PENDING", reason) is Phase.HELD


@pytest.mark.parametrize("reason", ["Priority", "Resources", "BeginTime", "None", "", "Held"])
def test_a_pending_job_with_any_other_reason_waits(reason: str) -> None:
    assert phase_of("PENDING", reason) is Phase.WAITING


def test_a_reason_of_the_past_does_not_hold_a_running_job() -> None:
    assert phase_of("RUNNING", "JobHeldUser") is Phase.RUNNING


def test_a_past_run_that_was_requeued_was_interrupted() -> None:
    assert run_phase("REQUEUED") is Phase.INTERRUPTED
    assert run_phase("COMPLETED") is Phase.COMPLETED
