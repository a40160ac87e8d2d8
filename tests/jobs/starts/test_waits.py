"""Slurm's pending reasons as sentences: none a code, and those that need a person say so."""

from __future__ import annotations

import re

import pytest

from backends.slurm_states import HELD_REASONS
from jobs.starts import waits
from jobs.starts.waits import Wait, wait_of

# squeue(1) of 22.05, "JOB REASON CODES", as far as they are a waiting job's, and what slurmctld
# writes instead of a code.
OF_THE_MANUAL = re.findall(
    r"\w+",
    """
    AssocGrpCpuLimit AssociationJobLimit AssocMaxJobsLimit AssociationResourceLimit
    AssociationTimeLimit BadConstraints BeginTime Cleaning Dependency DependencyNeverSatisfied
    FrontEndDown InactiveLimit InvalidAccount InvalidQOS JobHeldAdmin JobHeldUser JobLaunchFailure
    Licenses NodeDown NonZeroExitCode PartitionDown PartitionInactive PartitionNodeLimit
    PartitionTimeLimit Priority Prolog QOSGrpCpuLimit QOSJobLimit QOSMaxJobsPerUserLimit
    QOSResourceLimit QOSTimeLimit QOSUsageThreshold ReqNodeNotAvail Reservation Resources
    SystemFailure TimeLimit WaitingForScheduling JobArrayTaskLimit JobHoldMaxRequeue PartitionConfig
    AccountNotAllowed QOSNotAllowed BurstBufferStageIn ReservationDeleted MaxCpuPerAccount
    MaxMemPerLimit PowerNotAvail DeadLine OutOfMemory
    """,
)
CODE = re.compile(r"[a-z][A-Z]|_|QOS|Slurm")


@pytest.mark.parametrize("code", OF_THE_MANUAL)
def test_every_code_of_the_manual_is_a_sentence_of_its_own(code: str) -> None:
    wait = wait_of(code)
    assert wait is not waits.UNKNOWN
    assert str(wait.words).endswith(".")
    assert not CODE.search(str(wait.words))


@pytest.mark.parametrize(
    ("reason", "wait"),
    [
        ("", waits.NEW),
        ("None", waits.NEW),
        ("(Priority)", waits.AHEAD),
        ("ReqNodeNotAvail, UnavailableNodes:node[1-3]", waits.AWAY),
        ("ReqNodeNotAvail, Reserved for maintenance", waits.CLOSED),
        (
            "Nodes required for job are DOWN, DRAINED or reserved for jobs in higher priority"
            " partitions",
            waits.AWAY,
        ),
        ("launch failed requeued held", waits.NOT_STARTED),
        ("job requeued in held state", waits.ON_HOLD),
        ("QOSGrpCPUMinutesLimit", waits.SPENT),
        ("QOSGrpCPURunMinutesLimit", waits.ENOUGH),
        ("AssocGrpWallLimit", waits.SPENT),
        ("AssocGrpSubmitJobsLimit", waits.ENOUGH),
        ("QOSMaxWallDurationPerJobLimit", waits.TOO_LARGE),
        ("AssocMaxMemMinutesPerJob", waits.TOO_LARGE),
        ("QOSMaxCpuPerUserLimit", waits.ENOUGH),
        ("QOSMinCpuNotSatisfied", waits.TOO_LARGE),
        ("BrandNewReason", waits.UNKNOWN),
    ],
)
def test_what_slurm_writes_means_this(reason: str, wait: Wait) -> None:
    assert wait_of(reason) is wait


@pytest.mark.parametrize("reason", sorted(HELD_REASONS))
def test_what_the_cluster_holds_needs_a_person(reason: str) -> None:
    assert wait_of(reason).needs_person
