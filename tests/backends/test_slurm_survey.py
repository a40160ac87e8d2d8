"""What is made of a look around on a login node: recorded lines, a shell here, and a real Slurm."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backends.base import Idle, IdleNodes, JobRef, Partition, Qos, SiteSurvey
from backends.slurm import SlurmCluster, SlurmSite
from backends.slurm_idle import parse_idle
from backends.slurm_survey import clock_difference, parse_survey, survey_argv
from deploy.testbed import control
from deploy.testbed.site import until
from tests.backends.cluster_beds import SlurmBed
from tests.backends.shell_remote import SITE, ShellRemote

CAMPUS = Partition("campus", "UP", "OFF", 10)
START = datetime.fromtimestamp(1795675281, UTC)
RESTART = Partition("restart", "UP", "REQUEUE", 1)
WHOLE = """\
clock 1000.25
config AccountingStorageType   = accounting_storage/slurmdbd
config JobRequeue              = 1
config MaxArraySize            = 10001
config MinJobAge               = 300 sec
config PreemptExemptTime       = 1-00:10:05
config PreemptMode             = REQUEUE
config PreemptType             = preempt/partition_prio
config SLURM_VERSION           = 22.05.8
nodes n1 campus
nodes n1 restart
partition PartitionName=restart
partition PriorityTier=1
partition PreemptMode=REQUEUE
config ended 0
nodes n2 gpu
nodes ended 0
partition State=UP
partition PartitionName=campus
partition PriorityTier=10
partition PreemptMode=OFF
partition State=UP
partition PartitionName=gpu
partition PriorityTier=100
partition State=UP
partition ended 0
scratch ended 0
flock ended 0
free Filesystem     1024-blocks     Used Available Capacity Mounted on
free /dev/vda         264212084 26994948  79395964      26% /
free ended 0
squeue ended 0
scancel ended 0
sbatch sbatch: Job 3 to start at 1795675281 using 1 processors on nodes n1 in partition restart
sbatch ended 0
sacct ended 0
python 3.11.2
python ended 0
idle mixed|1|1/3/0/4|4|4000
idle idle|2|0/8/0/8|4|4000
idle down*|1|0/0/4/4|4|4000
idle ended 0
qos normal|low,lower|cluster|10
qos low||requeue|0
qos ended 0
dmtcp dmtcp_launch (DMTCP) 3.0.0
dmtcp License LGPLv3+: GNU LGPL version 3 or later
dmtcp ended 0
clock 1001.25
"""


def parsed(text: str, partition: str = "restart") -> SiteSurvey:
    return parse_survey(text, partition=partition, sent_at=1000.0, received_at=1001.5)


def test_all_that_a_healthy_site_tells_is_read() -> None:
    assert parsed(WHOLE) == SiteSurvey(
        version="22.05.8",
        has_accounting=True,
        min_job_age_s=300,
        requeues_by_default=True,
        preempt_type="preempt/partition_prio",
        has_partition=True,
        partition=Partition("restart", "UP", "REQUEUE", 1, (CAMPUS,)),
        clock_ahead_s=0.0,
        clock_within_s=0.25,
        scratch_fault="",
        scratch_free_bytes=79395964 * 1024,
        locks_files=True,
        python="3.11.2",
        preempt_mode="REQUEUE",
        preempt_exempt_s=87005,
        qoses=(
            Qos("normal", frozenset({"low", "lower"}), "cluster", 10),
            Qos("low", frozenset(), "requeue", 0),
        ),
        max_array_size=10001,
        idle=Idle(2, 11, (IdleNodes(2, cpus=4, memory_mb=4000),)),
        dmtcp="3.0.0",
    )


def test_a_partition_without_a_mode_of_its_own_has_the_clusters() -> None:
    seen = parsed(WHOLE, "gpu").partition
    assert seen == Partition("gpu", "UP", "REQUEUE", 100, ())


def test_a_partition_that_is_not_there_is_not_there() -> None:
    seen = parsed(WHOLE, "restrat")
    assert (seen.has_partition, seen.partition) == (False, None)


def test_of_nothing_told_nothing_is_guessed() -> None:
    seen = parsed("Welcome to the cluster!\nclock\nconfig\n")
    told_nothing = "no word of its end"
    names = ("scontrol", "squeue", "scancel", "sbatch", "sacct")
    assert seen == SiteSurvey(mute=dict.fromkeys(names, told_nothing))


def test_no_dmtcp_is_another_thing_than_one_that_does_not_tell() -> None:
    def without(said: str) -> str | None:
        return parsed(WHOLE.replace("dmtcp_launch (DMTCP) 3.0.0\n", "\n") + said).dmtcp

    assert without("dmtcp sh: 1: exec: dmtcp_launch: not found\ndmtcp ended 127\n") == ""
    assert without("dmtcp ended 124\n") is None


def test_a_slurm_without_accounting_tells_no_qos() -> None:
    assert parsed(WHOLE.replace("qos ended 0", "qos ended 1")).qoses is None


def test_only_nodes_that_a_job_could_have_now_are_idle() -> None:
    states = ("idle~", "idle*", "idle-", "drained", "reserved", "maint", "planned", "allocated")
    lines = [f"{state}|1|0/4/0/4|4|4000" for state in states]
    assert parse_idle(lines) == Idle(1, 4, (IdleNodes(1, cpus=4, memory_mb=4000),))
    assert parse_idle(["mixed|2|5/3/0/8|4|4000"]) == Idle(nodes=0, cpus=3)


def test_idle_nodes_are_told_by_what_they_have() -> None:
    idle = parse_idle(["idle|2|0/8/0/8|4|4000", "idle|1|0/64/0/64|64|512000+"])
    assert idle == Idle(3, 72, (IdleNodes(2, 4, 4000), IdleNodes(1, 64, 512_000)))


def test_of_a_partition_without_nodes_nothing_is_known() -> None:
    assert parse_idle([]) == parse_idle(["Welcome!", "idle|x|0/1/0/1|1|1"]) == Idle()


BUSY = WHOLE.replace("idle idle|2|0/8/0/8", "idle allocated|2|8/0/0/8")


def test_where_no_node_is_idle_a_survey_tells_when_a_small_job_would_start() -> None:
    assert parsed(BUSY).idle == Idle(0, 3, expected_start=START)
    assert parsed(BUSY.replace("sbatch ended 0", "sbatch ended 1")).idle == Idle(0, 3)
    # A Slurm that did not heed the format says it in its own zone, which nobody knows.
    assert parsed(BUSY.replace("1795675281", "2026-11-26T06:41:21")).idle == Idle(0, 3)


def test_a_command_that_did_not_answer_is_named_with_its_words() -> None:
    down = "slurm_load_jobs error: Unable to contact slurm controller (connect failure)"
    text = WHOLE.replace("squeue ended 0", f"squeue {down}\nsqueue ended 1")
    text = text.replace("scancel ended 0", "scancel ended 124")
    assert parsed(text).mute == {"squeue": down, "scancel": "no answer within 12 s"}


@pytest.mark.parametrize(
    ("words", "has_accounting", "is_mute"),
    [
        ("sacct Slurm accounting storage is disabled\nsacct ended 1", False, False),
        ("sacct ended 127", False, False),
        ("sacct sacct: error: slurmdbd: Connection refused\nsacct ended 1", None, True),
        ("sacct ended 124", None, True),
    ],
)
def test_no_accounting_is_another_thing_than_accounting_that_is_away(
    words: str, has_accounting: bool | None, is_mute: bool
) -> None:
    seen = parsed(WHOLE.replace("sacct ended 0", words))
    assert (seen.has_accounting, "sacct" in seen.mute) == (has_accounting, is_mute)


def test_the_time_that_the_script_takes_does_not_blur_the_clock() -> None:
    difference = clock_difference(["1090.1", "1120.1"], 1000.0, 1030.2)
    assert difference == pytest.approx((90.0, 0.1))


def test_a_clock_without_fractions_is_known_to_the_second() -> None:
    difference = clock_difference(["1000.%N", "1001.%N"], 1000.0, 1001.0)
    assert difference == pytest.approx((0.5, 0.5))
    assert clock_difference(["date: not found"], 1000.0, 1001.0) == (None, None)


def test_only_what_the_row_names_is_asked_of_sbatch() -> None:
    common = {"scratch": "/s", "python": "/p", "slurm_bin": "", "dmtcp_bin": ""}
    common |= {"partition": "restart"}
    places = ["/s", "/p", "", "", "restart"]
    assert survey_argv(**common, qos="", account="") == [*places, "--partition=restart"]
    more = survey_argv(**common, qos="low", account="ada")
    assert more[6:] == ["--qos=low", "--account=ada"]


# --- the script, by a shell on this machine --------------------------------------------------


@pytest.fixture
def site(tmp_path: Path) -> SlurmSite:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return replace(SITE, scratch=str(scratch))


@pytest.fixture
def remote(tmp_path: Path) -> ShellRemote:
    return ShellRemote(tmp_path / "slurm")


def test_a_host_without_slurms_commands_says_so_of_each(
    site: SlurmSite, remote: ShellRemote
) -> None:
    (remote.home / "bin" / "scontrol").write_text("#!/bin/sh\nexit 127\n")
    (remote.home / "bin" / "scontrol").chmod(0o700)
    seen = SlurmCluster(site, remote).survey()
    assert "scontrol" in seen.mute
    assert "squeue" not in seen.mute
    assert (seen.version, seen.partition, seen.has_partition) == (None, None, None)


def test_a_survey_leaves_no_file(site: SlurmSite, remote: ShellRemote) -> None:
    seen = SlurmCluster(site, remote).survey()
    assert (seen.scratch_fault, seen.locks_files) == ("", True)
    assert seen.scratch_free_bytes
    assert list(Path(site.scratch).iterdir()) == []


def test_a_scratch_that_is_not_there_is_told_and_not_made(
    site: SlurmSite, remote: ShellRemote
) -> None:
    Path(site.scratch).rmdir()
    seen = SlurmCluster(site, remote).survey()
    assert seen.scratch_fault
    assert site.scratch in seen.scratch_fault
    assert not Path(site.scratch).exists()


def test_a_look_asks_for_the_next_start_only_where_no_node_is_idle(
    site: SlurmSite, remote: ShellRemote
) -> None:
    said = "sbatch: Job 3 to start at 1795675281 using 1 processors on nodes n1"
    for name, text in (("sbatch", f"echo '{said}' >&2"), ("sinfo", 'cat "$SLURM_HOME/nodes"')):
        (remote.bin / name).write_text(f"#!/bin/sh\n{text}\n")
        (remote.bin / name).chmod(0o700)
    (remote.home / "nodes").write_text("mixed|1|1/3/0/4|4|4000\n")
    cluster = SlurmCluster(site, remote)
    assert cluster.idle() == Idle(0, 3, expected_start=START)
    (remote.home / "nodes").write_text("idle|1|0/4/0/4|4|4000\n")
    assert cluster.idle().expected_start is None
    (remote.home / "nodes").write_text("allocated|1|4/0/0/4|4|4000\n")
    (remote.bin / "sbatch").write_text("#!/bin/sh\necho 'sbatch: error: no' >&2; exit 1\n")
    assert cluster.idle() == Idle(0, 0)


def test_a_python_that_does_not_run_has_no_version(site: SlurmSite, remote: ShellRemote) -> None:
    assert SlurmCluster(replace(site, python="/nowhere/python3"), remote).survey().python is None
    assert SlurmCluster(replace(site, python="/bin/true"), remote).survey().python is None


# --- a real Slurm ----------------------------------------------------------------------------


@pytest.mark.live
def test_a_real_slurm_tells_all(slurm_bed: SlurmBed) -> None:
    def all_told() -> SiteSurvey | None:
        seen = slurm_bed.cluster.survey()
        return None if seen.mute else seen

    seen = until(all_told, what="all of Slurm's commands")
    assert seen
    assert seen.min_job_age_s == 300
    assert seen.preempt_type == "preempt/partition_prio"
    assert seen.partition
    assert replace(seen.partition, beside=None) == replace(RESTART, job_factor=1, grace_s=0)
    assert replace(CAMPUS, job_factor=1, grace_s=0) in (seen.partition.beside or ())
    assert seen.preempt_exempt_s == 0
    assert seen.version
    assert seen.max_array_size == 10001
    assert seen.dmtcp is not None
    assert [qos.name for qos in seen.qoses or ()] == ["normal"]


@pytest.mark.live
def test_a_real_slurm_tells_what_is_idle(slurm_bed: SlurmBed) -> None:
    until(lambda: slurm_bed.cluster.idle().nodes, what="an idle node")
    job = slurm_bed.started()
    seen = slurm_bed.cluster.idle()
    assert (seen.nodes or 0) < 4
    assert (seen.cpus or 0) < 16
    slurm_bed.finish(job)
    all_of_them = Idle(4, 16, (IdleNodes(4, cpus=4, memory_mb=4000),))
    until(lambda: slurm_bed.cluster.idle() == all_of_them, what="all nodes")


@pytest.mark.live
def test_a_real_slurm_tells_when_what_waits_will_start(slurm_bed: SlurmBed) -> None:
    cluster = slurm_bed.cluster
    with ExitStack() as nodes:
        for number in range(1, 5):
            nodes.enter_context(control.node_taken(f"n{number}"))
        until(lambda: cluster.idle().nodes == 0, what="no idle node")
        submission = slurm_bed.submission()
        job = JobRef(submission.key, cluster.submit(submission))
        seen = slurm_bed.watch(job, lambda seen: seen.expected_start is not None)
        for start in (
            seen.expected_start,
            cluster.idle().expected_start,
            cluster.survey().idle.expected_start,
        ):
            assert start
            # The campus jobs are there for the partition's default limit of an hour.
            assert timedelta(0) < start - datetime.now(UTC) < timedelta(hours=2)


@pytest.mark.live
def test_a_real_slurm_knows_no_other_partition(slurm_bed: SlurmBed) -> None:
    seen = SlurmCluster(slurm_bed.site(partition="nope")).survey()
    assert seen.has_partition is False
    assert "invalid partition" in seen.mute["sbatch"].lower()


@pytest.mark.live
def test_a_slurmctld_that_is_down_leaves_the_rest_known(slurm_bed: SlurmBed) -> None:
    control.stop_daemon("slurmctld")
    try:
        seen = slurm_bed.cluster.survey()
    finally:
        control.start("slurmctld")
        until(control.takes_jobs, what="a node for a job")  # of the tests that follow
    assert set(seen.mute) == {"scontrol", "squeue", "scancel", "sbatch"}
    assert "Unable to contact slurm controller" in seen.mute["scontrol"]
    assert (seen.has_partition, seen.min_job_age_s, seen.scratch_fault) == (None, None, "")
