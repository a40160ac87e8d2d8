"""Which partitions jobs may be handed in to: only those whose jobs give way to all others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from backends.base import Partition, Qos, SiteSurvey
from backends.memory.cluster import HEALTHY
from backends.slurm_survey import parse_survey
from jobs.idle.giving_way import Verdict, judge

CAMPUS = Partition("campus", "UP", "OFF", 10)
SCAVENGE = Partition("scavenge", "UP", "REQUEUE", 1)
RESTART = Partition("restart", "UP", "REQUEUE", 1, beside=(CAMPUS,))


def verdict(ours: Partition | None = RESTART, *, qos: str = "", **changes: object) -> Verdict:
    survey = replace(HEALTHY, partition=ours, **changes)  # type: ignore[arg-type]
    found = judge(survey, partition="restart", qos=qos)
    assert isinstance(found, Verdict), found
    return found


def beside(*others: Partition) -> Partition:
    """The restart partition, with these on its nodes."""
    return replace(RESTART, beside=others)


def test_a_partition_that_requeues_below_all_others_passes() -> None:
    found = verdict()
    assert (found.fault, found.remark) == ("", "")
    assert found.grounds == "REQUEUE, PriorityTier 1 below campus"


def test_a_partition_that_gives_way_too_is_an_equal() -> None:
    assert verdict(beside(CAMPUS, SCAVENGE)).grounds == "REQUEUE, PriorityTier 1 below campus"


@pytest.mark.parametrize("mode", ["CANCEL", "SUSPEND", "OFF", "GANG,SUSPEND", "GANG"])
def test_a_partition_without_requeue_is_refused(mode: str) -> None:
    found = verdict(replace(RESTART, preempt_mode=mode))
    assert found.fault == f"Jobs in restart do not give way to others (PreemptMode={mode})."
    assert "PreemptMode=REQUEUE" in found.mend


@pytest.mark.parametrize("mode", ["REQUEUE", "GANG,REQUEUE"])
def test_any_mode_with_requeue_passes(mode: str) -> None:
    assert verdict(replace(RESTART, preempt_mode=mode)).fault == ""


def test_where_nothing_is_preempted_no_partition_passes() -> None:
    found = verdict(preempt_type="preempt/none")
    assert found.fault == "Jobs in restart do not give way to others (preempt/none)."


@pytest.mark.parametrize(
    ("ours", "words"),
    [
        (replace(RESTART, priority_tier=10), "none has a PriorityTier above 10"),
        (replace(RESTART, priority_tier=20), "none has a PriorityTier above 20"),
        (beside(SCAVENGE), "none has a PriorityTier above 1"),
        (beside(), "no other partition has nodes of it"),
        (beside(CAMPUS, replace(SCAVENGE, priority_tier=0)), "scavenge on the same nodes"),
        (beside(CAMPUS, replace(SCAVENGE, preempt_mode="OFF")), "scavenge on the same nodes"),
    ],
    ids=["equal", "above", "only-equals", "alone", "one-below", "one-that-waits"],
)
def test_a_partition_that_outranks_or_equals_others_is_refused(ours: Partition, words: str) -> None:
    found = verdict(ours)
    assert words in found.fault
    assert "lower PriorityTier" in found.mend


def test_a_partition_that_is_not_there_is_refused() -> None:
    found = verdict(None, has_partition=False)
    assert found.fault == "There is no partition restart."


def test_who_of_equals_comes_first_is_only_a_remark() -> None:
    found = verdict(replace(beside(CAMPUS, SCAVENGE), job_factor=5))
    assert found.fault == ""
    assert found.remark.endswith("before those in scavenge (PriorityJobFactor).")


def test_jobs_that_give_way_late_are_a_remark() -> None:
    assert verdict(replace(RESTART, grace_s=600)).remark == ""
    late = verdict(replace(RESTART, grace_s=600), preempt_exempt_s=3600)
    assert late.fault == ""
    assert late.remark == "Others wait up to 70 minutes for a node that one of our jobs has."


@pytest.mark.parametrize(
    ("changes", "untold"),
    [
        ({"has_partition": None, "partition": None}, "which partitions"),
        ({"preempt_type": None}, "PreemptType"),
        ({"partition": replace(RESTART, preempt_mode=None)}, "PreemptMode"),
        ({"partition": replace(RESTART, priority_tier=None)}, "PriorityTier"),
        ({"partition": replace(RESTART, beside=None)}, "share nodes"),
    ],
)
def test_what_the_cluster_does_not_tell_is_not_guessed(
    changes: dict[str, object], untold: str
) -> None:
    survey = replace(HEALTHY, **changes)  # type: ignore[arg-type]
    found = judge(survey, partition="restart", qos="")
    assert isinstance(found, str)
    assert untold in found


# --- where the QOS decides ---------------------------------------------------------------------

LOW = Qos("low")
NORMAL = Qos("normal", frozenset({"low"}))
QOS: dict[str, Any] = {"preempt_type": "preempt/qos", "qoses": (NORMAL, LOW)}


def test_a_qos_that_all_others_preempt_passes() -> None:
    found = verdict(qos="low", **QOS)
    assert (found.fault, found.remark) == ("", "")
    assert found.grounds == "QOS low: REQUEUE, preempted by normal"


@pytest.mark.parametrize(
    ("qos", "qoses", "words"),
    [
        ("", (NORMAL, LOW), "names none"),
        ("lwo", (NORMAL, LOW), "There is no QOS lwo"),
        ("low", (NORMAL, replace(LOW, preempt_mode="cancel")), "not requeued (cancel)"),
        ("low", (Qos("normal"), LOW), "No other QOS preempts"),
        ("low", (NORMAL, Qos("idle"), replace(LOW, preempts=frozenset({"idle"}))), "end those of"),
        ("low", (NORMAL, replace(LOW, priority=5)), "higher priority than normal"),
    ],
    ids=["none", "unknown", "cancel", "not-preempted", "preempts", "outranks"],
)
def test_a_qos_that_does_not_give_way_is_refused(
    qos: str, qoses: tuple[Qos, ...], words: str
) -> None:
    found = verdict(qos=qos, preempt_type="preempt/qos", qoses=qoses)
    assert words in found.fault
    assert found.mend


def test_the_clusters_mode_counts_where_the_qos_has_none() -> None:
    assert "not requeued (CANCEL)" in verdict(qos="low", preempt_mode="CANCEL", **QOS).fault


def test_with_qos_a_partition_that_goes_before_others_is_refused_all_the_same() -> None:
    ours = replace(RESTART, priority_tier=20)
    assert "go before those in campus" in verdict(ours, qos="low", **QOS).fault


def test_a_qos_that_may_have_to_wait_for_ours_is_a_remark() -> None:
    found = verdict(qos="low", preempt_type="preempt/qos", qoses=(NORMAL, LOW, Qos("vip")))
    assert (found.fault, found.remark) == ("", "QOS vip does not preempt low.")


def test_what_sacctmgr_does_not_tell_is_not_guessed() -> None:
    survey = replace(HEALTHY, preempt_type="preempt/qos", qoses=None)
    found = judge(survey, partition="restart", qos="low")
    assert isinstance(found, str)
    assert "sacctmgr show qos" in found


# --- from what Slurm printed -------------------------------------------------------------------

TOLD = """\
config PreemptType             = preempt/partition_prio
config ended 0
partition PartitionName=restart
partition PriorityTier=1
partition PreemptMode=REQUEUE
partition PartitionName=cancel
partition PriorityTier=1
partition PreemptMode=CANCEL
partition PartitionName=greedy
partition PriorityTier=20
partition PreemptMode=REQUEUE
partition PartitionName=campus
partition PriorityTier=10
partition PreemptMode=OFF
partition ended 0
nodes n1 restart
nodes n1 cancel
nodes n1 greedy
nodes n1 campus
nodes ended 0
"""


def told(partition: str) -> SiteSurvey:
    return parse_survey(TOLD, partition=partition, sent_at=0.0, received_at=1.0)


@pytest.mark.parametrize(
    ("partition", "words"),
    [("cancel", "PreemptMode=CANCEL"), ("greedy", "above 20"), ("campus", "PreemptMode=OFF")],
)
def test_slurms_own_words_are_judged(partition: str, words: str) -> None:
    found = judge(told(partition), partition=partition, qos="")
    assert isinstance(found, Verdict)
    assert words in found.fault


def test_beside_a_greedy_partition_ours_still_passes() -> None:
    found = judge(told("restart"), partition="restart", qos="")
    assert isinstance(found, Verdict)
    assert found.grounds == "REQUEUE, PriorityTier 1 below campus, greedy"
