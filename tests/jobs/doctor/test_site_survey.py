"""What a survey means for the site."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from backends.base import Partition, SiteSurvey
from backends.memory.cluster import HEALTHY
from jobs.doctor.diagnosis import Answer, Health
from jobs.doctor.site_survey import judged
from pipelines.models import Cluster

ROW = Cluster(
    name="hpc", host="login", user="freeloader", partition="restart", scratch="/scratch/fl",
    python="/usr/bin/python3",
)  # fmt: skip
CAMPUS = Partition("campus", "UP", "OFF", 10)
SCAVENGE = Partition("scavenge", "UP", "REQUEUE", 1)
RESTART = Partition("restart", "UP", "REQUEUE", 1, (CAMPUS,))
DOWN = "Unable to contact slurm controller (connect failure)"


def judge(survey: SiteSurvey, row: Cluster = ROW) -> dict[str, Answer]:
    return dict(judged(survey, row))


def grave(found: dict[str, Answer], health: Health = Health.FAULT) -> list[str]:
    return [name for name, answer in found.items() if answer.health is health]


def test_a_healthy_cluster_has_no_fault_and_no_warning() -> None:
    assert {answer.health for answer in judge(HEALTHY).values()} == {Health.OK}


def changed(**changes: object) -> SiteSurvey:
    return replace(HEALTHY, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("survey", "name", "words"),
    [
        (changed(has_partition=False, partition=None), "partition", "no partition restart"),
        (changed(partition=replace(RESTART, state="DOWN")), "partition", "is DOWN"),
        (changed(partition=replace(RESTART, preempt_mode="OFF")), "gives way", "PreemptMode=OFF"),
        (changed(partition=replace(RESTART, preempt_mode="CANCEL")), "gives way", "=CANCEL"),
        (changed(preempt_type="preempt/none"), "gives way", "preempt/none"),
        (changed(partition=replace(RESTART, priority_tier=10)), "gives way", "keep others waiting"),
        (changed(mute={"sbatch": "Invalid qos"}), "takes jobs", "Invalid qos"),
        (changed(mute={"sacct": "refused"}, has_accounting=None), "accounting", "refused"),
        (changed(mute={"squeue": DOWN}), "Slurm's commands", DOWN),
        (changed(clock_ahead_s=-90.0), "clock", "90 s behind"),
        (changed(clock_ahead_s=90.0), "clock", "90 s ahead of"),
        (changed(scratch_fault="Read-only file system"), "scratch", "Read-only file system"),
        (changed(locks_files=False), "scratch", "flock"),
        (changed(python=None), "Python", "no Python that runs"),
        (changed(python="3.5.2"), "Python", "3.5.2, too old"),
    ],
)
def test_what_breaks_jobs_is_one_fault_that_says_how_to_mend_it(
    survey: SiteSurvey, name: str, words: str
) -> None:
    found = judge(survey)
    assert grave(found) == [name]
    assert words in found[name].what
    assert found[name].mend


@pytest.mark.parametrize(
    ("survey", "name", "words"),
    [
        (changed(has_accounting=False), "accounting", "core hours"),
        (
            changed(partition=replace(RESTART, job_factor=1, beside=(CAMPUS, SCAVENGE))),
            "gives way",
            "started before those in scavenge",
        ),
        (changed(max_array_size=100), "arrays", "MaxArraySize is 100"),
        (changed(clock_ahead_s=7.0), "clock", "7 s ahead of"),
        (changed(scratch_free_bytes=10**9), "scratch", "1 GB"),
        (changed(min_job_age_s=5), "MinJobAge", "5 s only"),
    ],
)
def test_what_is_not_as_it_should_be_is_one_warning(
    survey: SiteSurvey, name: str, words: str
) -> None:
    found = judge(survey)
    assert (grave(found), grave(found, Health.WARNING)) == ([], [name])
    assert words in found[name].what
    assert found[name].mend


def test_what_could_not_be_learned_is_a_warning_and_never_well() -> None:
    found = judge(SiteSurvey(python="3.9.1", has_accounting=True))
    well = [name for name, answer in found.items() if answer.health is Health.OK]
    assert well == ["Slurm's commands", "accounting", "Python"]
    assert grave(found) == []


def test_with_slurmctld_down_only_its_silence_is_a_fault() -> None:
    mute = dict.fromkeys(("scontrol", "squeue", "scancel", "sbatch"), DOWN)
    silent = changed(mute=mute, partition=None, has_partition=None, min_job_age_s=None)
    assert grave(judge(silent)) == ["Slurm's commands"]


def test_a_clock_is_blamed_only_for_what_is_certain() -> None:
    slow_line = changed(clock_ahead_s=30.0, clock_within_s=29.0)
    assert judge(slow_line)["clock"].health is Health.OK


def test_looks_follow_the_time_that_ended_jobs_are_shown(settings: Any) -> None:
    settings.POLL_FASTEST_S, settings.POLL_SLOWEST_S = 5, 60
    assert "60 s apart" in judge(changed(min_job_age_s=300))["MinJobAge"].what
    assert "20 s apart" in judge(changed(min_job_age_s=60))["MinJobAge"].what
    assert "as long as slurmctld runs" in judge(changed(min_job_age_s=0))["MinJobAge"].what
    assert "FREELOADER_POLL_FASTEST_S=3" in judge(changed(min_job_age_s=10))["MinJobAge"].mend


def test_this_machine_is_not_asked_for_slurm() -> None:
    row = Cluster(name="here", kind=Cluster.Kind.LOCAL, scratch="/var/fl")
    local = SiteSurvey(scratch_fault="", scratch_free_bytes=10**12, python="3.11.2")
    found = judge(local, row)
    assert list(found) == ["scratch", "Python"]
    assert {answer.health for answer in found.values()} == {Health.OK}
