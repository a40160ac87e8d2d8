"""Submit against a shell on this machine and a Slurm of three files; and a cut cable."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from backends.base import ClusterError, JobRef, Phase, Resources, Submission
from backends.slurm import SlurmCluster, SlurmSite
from backends.ssh import remote_for
from deploy.testbed.site import until
from tests.backends.cluster_beds import JOB, SlurmBed
from tests.backends.shell_remote import SITE, ShellRemote

SUBMISSION = Submission("fl-1", Resources(1, 100, 10), {"job.sh": JOB, "job.json": b"{}"})
JOB_1 = JobRef("fl-1", "1")


@pytest.fixture
def remote(tmp_path: Path) -> ShellRemote:
    return ShellRemote(tmp_path / "slurm")


@pytest.fixture
def site(tmp_path: Path) -> SlurmSite:
    """Where a look that is not made by `let_pass` is never far enough from the one before."""
    return replace(SITE, scratch=str(tmp_path / "scratch"), settle_s=1000)


@pytest.fixture
def cluster(site: SlurmSite, remote: ShellRemote) -> SlurmCluster:
    return SlurmCluster(site, remote)


def notes(cluster_site: SlurmSite) -> Path:
    return Path(cluster_site.scratch) / "fl-1" / ".submit"


def let_pass(site: SlurmSite, seconds: int) -> None:
    """Make all that the submit has noted so much older."""
    for path in notes(site).iterdir():
        told = path.stat()
        os.utime(path, ns=(told.st_atime_ns, told.st_mtime_ns - seconds * 10**9))


def in_doubt(cluster: SlurmCluster) -> str:
    """Submit, with an answer that leaves it open; returns the words."""
    with pytest.raises(ClusterError) as caught:
        cluster.submit(SUBMISSION)
    assert caught.value.transient
    return caught.value.message


# --- submit ----------------------------------------------------------------------------------


def test_sbatch_gets_a_whole_script_and_its_python(
    cluster: SlurmCluster, remote: ShellRemote, site: SlurmSite
) -> None:
    assert cluster.submit(SUBMISSION) == "1"

    (call,) = remote.lines("calls")
    folder = f"{site.scratch}/fl-1"
    assert call.endswith(f"--partition=restart {folder}/job.sh python3")
    assert Path(folder, "job.sh").read_bytes() == JOB
    assert Path(folder).stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", ["CANCEL", "GANG,SUSPEND", "OFF"])
def test_a_partition_that_requeues_no_more_gets_no_job(
    cluster: SlurmCluster, remote: ShellRemote, mode: str
) -> None:
    (remote.home / "preempt").write_text(mode)
    words = f"No job is handed in to the partition: its PreemptMode is {mode} now, without REQUEUE."
    assert in_doubt(cluster) == words
    assert remote.lines("calls") == []

    (remote.home / "preempt").write_text("GANG,REQUEUE")

    assert cluster.submit(SUBMISSION) == "1"


def test_where_the_qos_decides_the_partitions_mode_does_not_count(
    cluster: SlurmCluster, remote: ShellRemote
) -> None:
    (remote.home / "preempt").write_text("CANCEL")
    (remote.home / "preempt_type").write_text("preempt/qos")
    assert cluster.submit(SUBMISSION) == "1"


def test_a_job_that_was_taken_before_the_partition_changed_is_still_found(
    cluster: SlurmCluster, remote: ShellRemote
) -> None:
    remote.set_mode("unheard")
    in_doubt(cluster)
    (remote.home / "preempt").write_text("CANCEL")
    assert cluster.submit(SUBMISSION) == "1"


def test_a_known_job_is_not_asked_for_again(cluster: SlurmCluster, remote: ShellRemote) -> None:
    assert [cluster.submit(SUBMISSION) for _ in range(3)] == ["1"] * 3
    assert len(remote.lines("calls")) == 1


def test_a_known_job_is_told_even_after_slurm_has_forgotten_it(
    cluster: SlurmCluster, remote: ShellRemote
) -> None:
    cluster.submit(SUBMISSION)
    (remote.home / "queue").unlink()
    (remote.home / "mute").touch()
    assert cluster.submit(SUBMISSION) == "1"


def test_a_job_whose_answer_was_lost_is_found_by_its_name(
    cluster: SlurmCluster, remote: ShellRemote
) -> None:
    remote.set_mode("unheard")
    assert "Socket timed out" in in_doubt(cluster)
    remote.set_mode("")

    assert cluster.submit(SUBMISSION) == "1"
    assert len(remote.lines("queue")) == 1


def test_not_there_is_believed_only_after_two_looks_far_enough_apart(
    cluster: SlurmCluster, remote: ShellRemote, site: SlurmSite
) -> None:
    remote.set_mode("dead")
    in_doubt(cluster)
    remote.set_mode("")
    let_pass(site, 1)
    in_doubt(cluster)
    in_doubt(cluster)
    assert len(remote.lines("calls")) == 1

    let_pass(site, site.settle_s)

    assert cluster.submit(SUBMISSION) == "1"
    assert len(remote.lines("calls")) == 2


def test_a_job_that_comes_late_is_still_found(
    cluster: SlurmCluster, remote: ShellRemote, site: SlurmSite
) -> None:
    remote.set_mode("dead")
    in_doubt(cluster)
    let_pass(site, 1)
    in_doubt(cluster)
    (remote.home / "queue").write_text("7 fl-1\n9 fl-12\n")
    let_pass(site, site.settle_s)
    assert cluster.submit(SUBMISSION) == "7"
    assert len(remote.lines("calls")) == 1


def test_a_look_that_was_not_answered_does_not_count(
    cluster: SlurmCluster, remote: ShellRemote, site: SlurmSite
) -> None:
    remote.set_mode("dead")
    in_doubt(cluster)
    (remote.home / "mute").touch()
    for _ in range(3):
        let_pass(site, 10 * site.settle_s)
        assert "squeue" in in_doubt(cluster)
    assert len(remote.lines("calls")) == 1


def test_a_job_that_slurmctld_has_forgotten_is_found_in_accounting(
    cluster: SlurmCluster, remote: ShellRemote, site: SlurmSite
) -> None:
    remote.set_mode("dead")
    in_doubt(cluster)
    let_pass(site, 1)
    in_doubt(cluster)
    (remote.home / "accounting").write_text("5 fl-1\n")
    let_pass(site, site.settle_s)
    assert cluster.submit(SUBMISSION) == "5"


def test_an_array_that_slurmctld_has_forgotten_is_found_by_its_own_id(
    cluster: SlurmCluster, remote: ShellRemote, site: SlurmSite
) -> None:
    remote.set_mode("dead")
    in_doubt(cluster)
    let_pass(site, 1)
    in_doubt(cluster)
    (remote.home / "accounting").write_text("36_0 fl-1\n36_1 fl-1\n36_[2-3] fl-1\n")
    let_pass(site, site.settle_s)
    assert cluster.submit(replace(SUBMISSION, tasks=4)) == "36"
    assert len(remote.lines("calls")) == 1


def test_sbatch_is_asked_for_an_array(cluster: SlurmCluster, remote: ShellRemote) -> None:
    assert cluster.submit(replace(SUBMISSION, tasks=4)) == "1"
    assert "--array=0-3 " in remote.lines("calls")[0]


def test_a_job_that_has_begun_is_known_by_the_mark_it_made(
    cluster: SlurmCluster, remote: ShellRemote, site: SlurmSite
) -> None:
    remote.set_mode("dead")
    in_doubt(cluster)
    (notes(site).parent / "owner").symlink_to("8")
    assert cluster.submit(SUBMISSION) == "8"


def test_a_definite_no_is_final_and_told_in_slurms_words(
    cluster: SlurmCluster, remote: ShellRemote
) -> None:
    remote.set_mode("invalid")
    with pytest.raises(ClusterError, match="Invalid account") as caught:
        cluster.submit(SUBMISSION)
    assert not caught.value.transient

    remote.set_mode("")
    assert cluster.submit(SUBMISSION) == "1"


@pytest.mark.parametrize(("mode", "words"), [("lost", "not found"), ("disk", "I/O error")])
def test_a_fault_of_the_login_node_is_no_answer_of_slurms(
    cluster: SlurmCluster, remote: ShellRemote, mode: str, words: str
) -> None:
    remote.set_mode(mode)
    assert words in in_doubt(cluster)


def test_a_scratch_that_cannot_lock_is_for_the_operator(
    cluster: SlurmCluster, remote: ShellRemote
) -> None:
    flock = remote.bin / "flock"
    flock.write_text("#!/bin/sh\nexit 66\n")
    flock.chmod(0o700)
    assert "operator has to look" in in_doubt(cluster)


def test_a_full_queue_is_waited_for(cluster: SlurmCluster, remote: ShellRemote) -> None:
    remote.set_mode("full")
    assert "MaxSubmit" in in_doubt(cluster)
    remote.set_mode("")
    assert cluster.submit(SUBMISSION) == "1"


def test_a_no_that_is_due_to_a_young_slurmctld_is_not_believed(
    cluster: SlurmCluster, remote: ShellRemote
) -> None:
    remote.set_mode("large")
    (remote.home / "began").write_text("20 seconds ago")
    assert "node configuration" in in_doubt(cluster)
    (remote.home / "began").write_text("20 minutes ago")
    with pytest.raises(ClusterError, match="node configuration") as caught:
        cluster.submit(SUBMISSION)
    assert not caught.value.transient


def test_what_sbatch_itself_cannot_do_is_no_word_of_slurms(
    cluster: SlurmCluster, remote: ShellRemote
) -> None:
    remote.set_mode("lame")
    assert "configuration source" in in_doubt(cluster)


@pytest.mark.parametrize("planted", ["pipe", "link"])
def test_what_research_code_plants_for_a_log_is_not_read(
    cluster: SlurmCluster, site: SlurmSite, planted: str
) -> None:
    cluster.submit(SUBMISSION)
    log = Path(site.scratch) / SUBMISSION.key / "log.txt"
    os.mkfifo(log) if planted == "pipe" else log.symlink_to("/etc/passwd")
    assert cluster.read_file(SUBMISSION.key, "log.txt", max_bytes=100) == b""


def test_an_sbatch_that_ends_without_a_word_leaves_it_open(
    cluster: SlurmCluster, remote: ShellRemote
) -> None:
    remote.set_mode("killed")
    in_doubt(cluster)


def test_a_script_that_is_not_whole_never_reaches_sbatch(
    site: SlurmSite, remote: ShellRemote
) -> None:
    class Torn(ShellRemote):
        def put_file(self, path: str, data: bytes) -> None:
            super().put_file(path, data[:-1])

    torn = Torn(remote.home / "torn")
    in_doubt(SlurmCluster(site, torn))
    assert torn.lines("calls") == []


def test_slurm_may_be_where_no_path_leads(site: SlurmSite, remote: ShellRemote) -> None:
    elsewhere = remote.home / "elsewhere"
    remote.bin.rename(elsewhere)
    cluster = SlurmCluster(replace(site, slurm_bin=str(elsewhere)), remote)
    assert cluster.submit(SUBMISSION) == "1"
    assert cluster.observe([JOB_1])["fl-1"].phase is Phase.GONE


def test_hostile_settings_stay_words(site: SlurmSite, remote: ShellRemote) -> None:
    hostile = "x; touch hacked; $(touch hacked) '`touch hacked`"
    place = str(Path(site.scratch) / "a b'c")
    cluster = SlurmCluster(replace(site, partition=hostile, qos=hostile, scratch=place), remote)
    cluster.submit(SUBMISSION)
    assert f"--partition={hostile} --qos={hostile}" in remote.lines("calls")[0]
    cluster.remove("fl-1")
    assert list(Path(place).iterdir()) == []


def test_removal_copes_with_a_directory_that_may_not_be_written(
    cluster: SlurmCluster, site: SlurmSite
) -> None:
    cluster.submit(SUBMISSION)
    locked = notes(site).parent / "output"
    locked.mkdir()
    (locked / "file").touch()
    locked.chmod(0o500)
    cluster.remove("fl-1")
    assert not locked.exists()


def test_what_an_interrupted_removal_left_goes_with_the_next(
    cluster: SlurmCluster, site: SlurmSite
) -> None:
    cluster.submit(SUBMISSION)
    (Path(site.scratch) / "fl-1.gone.7" / "attempt.0").mkdir(parents=True)
    (Path(site.scratch) / "fl-1-2").mkdir()

    cluster.remove("fl-1")
    cluster.remove("fl-1")

    assert [path.name for path in Path(site.scratch).iterdir()] == ["fl-1-2"]


# --- the cable -------------------------------------------------------------------------------

# How sbatch may be when the connection ends: about to ask slurmctld, or asked and not heard.
UNTIL_CUT = (
    'touch "$here/begun"\nwhile [ -d "$here" ] && [ ! -e "$here/cut" ]; do sleep 0.1; done\n'
)
CUTS = {"before": f'{UNTIL_CUT}exec sbatch "$@"\n', "after": f'sbatch "$@"\n{UNTIL_CUT}'}


@pytest.mark.live
@pytest.mark.parametrize("moment", CUTS)
def test_a_connection_cut_in_mid_submit_makes_one_job(slurm_bed: SlurmBed, moment: str) -> None:
    slow = slurm_bed.folder_for_all("slow")
    script = f"#!/bin/sh\nhere={slow}\nPATH=${{PATH#*:}}\n{CUTS[moment]}"
    (slow / "sbatch").write_text(script)
    (slow / "sbatch").chmod(0o755)
    site = slurm_bed.site(slurm_bin=str(slow))
    remote = remote_for(site.endpoint)
    door = int(remote.run(["/bin/sh", "-c", "echo $PPID"]).stdout)
    submission = slurm_bed.submission()

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(SlurmCluster(site).submit, submission)
        until((slow / "begun").exists, what="sbatch")
        os.kill(door, signal.SIGKILL)
        with pytest.raises(ClusterError) as caught:
            first.result()
        (slow / "cut").touch()
    assert caught.value.transient

    def submit_again() -> str:
        with suppress(ClusterError):  # the first one may be at work for a while
            return slurm_bed.cluster.submit(submission)
        return ""

    slurm_id = until(submit_again, what="the job")
    assert slurm_bed.ids_of(submission.key) == {slurm_id}
