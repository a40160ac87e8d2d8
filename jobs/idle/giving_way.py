"""Whether jobs in a partition use only computers that would stand idle: the one place that judges.

They do if Slurm ends them as soon as anybody else needs their node, and starts them again later.
What a cluster does not tell is not guessed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from backends.base import Partition, Qos, SiteSurvey

ASK = "Ask the cluster's people"
LONGEST_WAIT_S = 15 * 60  # for a node that somebody else needs
BY_PARTITION, BY_QOS = "preempt/partition_prio", "preempt/qos"


@dataclass(frozen=True)
class Verdict:
    """`fault`: why no job may be handed in, "" if jobs may; `remark`: what staff should know
    all the same; `mend`: what helps against either; `grounds`: what a good verdict rests on."""

    fault: str = ""
    remark: str = ""
    mend: str = ""
    grounds: str = ""


def judge(survey: SiteSurvey, *, partition: str, qos: str) -> Verdict | str:
    """The verdict about the partition that the site's row names, or what could not be learned."""
    if survey.has_partition is None:
        return "which partitions there are"
    ours = survey.partition
    if ours is None:
        return Verdict(
            fault=f"There is no partition {partition}.",
            mend="Enter the preemptible partition's name in the cluster's row; sinfo lists them.",
        )
    if survey.preempt_type is None:
        return "who gives way to whom (PreemptType)"
    if survey.preempt_type == BY_QOS:
        return _with_delay(_by_qos(survey, ours, qos), survey)
    if survey.preempt_type == BY_PARTITION:
        return _with_delay(_by_partition(ours), survey)
    return _not_giving_way(ours.name, survey.preempt_type)


def _with_delay(verdict: Verdict | str, survey: SiteSurvey) -> Verdict | str:
    """Jobs that give way late are told of; how late is too late is for the cluster's people."""
    grace_s = survey.partition.grace_s if survey.partition else None
    delay_s = (survey.preempt_exempt_s or 0) + (grace_s or 0)
    if isinstance(verdict, str) or verdict.fault or verdict.remark or delay_s <= LONGEST_WAIT_S:
        return verdict
    return replace(
        verdict,
        remark=f"Others wait up to {delay_s // 60} minutes for a node that one of our jobs has.",
        mend=f"{ASK} for a smaller PreemptExemptTime and GraceTime.",
    )


def _by_partition(ours: Partition) -> Verdict | str:
    """slurm.conf(5): jobs of a partition with a higher PriorityTier end those of a lower one."""
    if ours.preempt_mode is None:
        return f"the PreemptMode of {ours.name}"
    if not _requeues(ours.preempt_mode):
        return _not_giving_way(ours.name, f"PreemptMode={ours.preempt_mode}")
    if ours.priority_tier is None:
        return f"the PriorityTier of {ours.name}"
    if ours.beside is None:
        return f"which partitions share nodes with {ours.name}"
    above = [each.name for each in ours.beside if _tier(each) > ours.priority_tier]
    behind = [each.name for each in ours.beside if _waits_for(each, ours.priority_tier)]
    if not above:
        return _nobody_before(ours, f"none has a PriorityTier above {ours.priority_tier}")
    if behind:
        return Verdict(
            fault=f"{_listed(behind)} on the same nodes does not go before {ours.name} "
            f"(PriorityTier {ours.priority_tier}): our jobs would keep others waiting.",
            mend=f"{ASK} for a partition with a lower PriorityTier than all others on its nodes.",
        )
    later = [each.name for each in ours.beside if _comes_later(each, ours)]
    told = f"Jobs in {ours.name} are started before those in {_listed(later)} (PriorityJobFactor)."
    return Verdict(
        grounds=f"REQUEUE, PriorityTier {ours.priority_tier} below {_listed(above)}",
        remark=told if later else "",
        mend=f"{ASK} for a PriorityJobFactor that is not above others'." if later else "",
    )


def _by_qos(survey: SiteSurvey, ours: Partition, qos: str) -> Verdict | str:
    """slurm.conf(5): a QOS names those whose jobs it ends; how they end is theirs to say."""
    if not qos:
        return Verdict(
            fault="On this cluster the QOS decides who gives way, and the cluster's row names "
            "none; which one our jobs get by default may change without a word.",
            mend=f"{ASK} for a QOS that others preempt with REQUEUE; enter it in the row.",
        )
    if survey.qoses is None:
        return f"what its QOS are; our account has to be allowed “sacctmgr show qos”, for {qos}"
    known = {each.name: each for each in survey.qoses}
    if qos not in known:
        return Verdict(
            fault=f"There is no QOS {qos}.",
            mend="Enter the preemptible QOS in the cluster's row; “sacctmgr show qos” lists them.",
        )
    if ours.beside is None:
        return f"which partitions share nodes with {ours.name}"
    below = [each.name for each in ours.beside if _tier(each) < _tier(ours)]
    if below:
        return Verdict(
            fault=f"Jobs in {ours.name} go before those in {_listed(below)} on the same nodes.",
            mend=f"{ASK} for a partition with a PriorityTier that is not above others'.",
        )
    return _of_qos(known[qos], survey)


def _of_qos(ours: Qos, survey: SiteSurvey) -> Verdict:
    others = [each for each in survey.qoses or () if each.name != ours.name]
    mode = ours.preempt_mode
    if mode.lower() in ("", "cluster"):
        mode = survey.preempt_mode or "unknown"
    above = [each for each in others if ours.name in each.preempts]
    ask = f"{ASK} for a QOS with PreemptMode=REQUEUE that all others name as Preempt, and enter "
    mend = f"{ask}it in the cluster's row."
    if not _requeues(mode):
        return Verdict(fault=f"Jobs of QOS {ours.name} are not requeued ({mode}).", mend=mend)
    if not above:
        return Verdict(fault=f"No other QOS preempts jobs of QOS {ours.name}.", mend=mend)
    if ours.preempts - {ours.name}:
        ended = _listed(sorted(ours.preempts))
        return Verdict(fault=f"Jobs of QOS {ours.name} end those of {ended}.", mend=mend)
    outranked = [each.name for each in others if each.priority < ours.priority]
    if outranked:
        told = f"QOS {ours.name} has a higher priority than {_listed(outranked)}."
        return Verdict(fault=told, mend=mend)
    # Every cluster has a QOS “normal”, often one that nobody uses: we cannot know.
    behind = [each.name for each in others if each not in above and not _is_preempted(each, others)]
    names = _listed([each.name for each in above])
    return Verdict(
        grounds=f"QOS {ours.name}: REQUEUE, preempted by {names}",
        remark=f"QOS {_listed(behind)} does not preempt {ours.name}." if behind else "",
        mend=f"{ASK} whether jobs of that QOS wait for ours." if behind else "",
    )


def _is_preempted(qos: Qos, others: list[Qos]) -> bool:
    return any(qos.name in other.preempts for other in others)


def _not_giving_way(name: str, told: str) -> Verdict:
    return Verdict(
        fault=f"Jobs in {name} do not give way to others ({told}).",
        mend=f"{ASK} for a partition with PreemptMode=REQUEUE and a low PriorityTier, and enter "
        "its name in the cluster's row.",
    )


def _nobody_before(ours: Partition, why: str) -> Verdict:
    if not ours.beside:
        why = "no other partition has nodes of it"
    return Verdict(
        fault=f"Nobody goes before jobs in {ours.name}: {why}, so they keep others waiting.",
        mend=f"{ASK} for a partition with a lower PriorityTier than all others on its nodes.",
    )


def _requeues(mode: str) -> bool:
    """REQUEUE, also with GANG. SUSPEND keeps the node's memory, CANCEL ends a job for good."""
    return "REQUEUE" in mode.upper().split(",")


def _tier(partition: Partition) -> int:
    return partition.priority_tier or 0


def _waits_for(other: Partition, tier: int) -> bool:
    """A partition of the same tier that gives way as ours does is its equal: it loses nothing."""
    is_equal = _tier(other) == tier and other.preempt_mode != "OFF"
    return _tier(other) <= tier and not is_equal


def _comes_later(other: Partition, ours: Partition) -> bool:
    """Of two partitions of one tier, by what a job's priority gets from its partition."""
    return _tier(other) == _tier(ours) and (other.job_factor or 0) < (ours.job_factor or 0)


def _listed(names: list[str]) -> str:
    return ", ".join(names)
