"""The test bed: where it lives, what it writes, whom it stops; and, live, that it is all there."""

import hashlib
import os
import signal
import smtplib
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.demo.site import free_port
from deploy.testbed import load
from deploy.testbed.__main__ import main
from deploy.testbed.clamd import EICAR, signatures
from deploy.testbed.control import node_taken, slurm
from deploy.testbed.parts import NAMES, all_parts
from deploy.testbed.place import BASE_PORT, OFFSETS, Bed, PartError, find_bed, first_closed_folder
from deploy.testbed.processes import (
    Daemon,
    await_ready,
    ensure_started,
    find_program,
    identify,
    new_draft,
    python,
    running,
    stop,
)
from deploy.testbed.slurm_config import PARTITIONS, Site, slurm_conf
from tests.parts import need

live = pytest.mark.live


@pytest.fixture
def bed(tmp_path: Path) -> Bed:
    found = find_bed({"FREELOADER_TESTBED": str(tmp_path / "bed")})
    found.make_folders()
    return found


def sleeper(name: str = "sleeper") -> Daemon:
    return Daemon(name, [find_program("sleep") or "sleep", "300"], lambda: True)


@contextmanager
def started(daemon: Daemon, bed: Bed) -> Iterator[int]:
    ensure_started(daemon, bed)
    identity = running(bed.pid_file(daemon.name))
    assert identity is not None
    try:
        yield identity.pid
    finally:
        bed.pid_file(daemon.name).write_text(f"{identity.pid} {identity.start_ticks}")
        stop([daemon], bed)


def test_the_state_is_kept_where_the_environment_says(tmp_path: Path) -> None:
    named = {"FREELOADER_TESTBED": str(tmp_path), "FREELOADER_TESTBED_PORT": "20000"}
    bed = find_bed(named)
    assert (bed.state, bed.port("sshd"), bed.note) == (tmp_path, 20022, "")
    bed.make_folders()
    assert find_bed({"FREELOADER_TESTBED": str(tmp_path)}).base_port == 20000


def test_a_port_that_is_none_is_refused_in_words() -> None:
    with pytest.raises(PartError, match="FREELOADER_TESTBED_PORT is '99'"):
        find_bed({"FREELOADER_TESTBED_PORT": "99"})


def test_a_checkout_that_others_cannot_reach_moves_its_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "home"
    (closed / "checkout").mkdir(parents=True)
    closed.chmod(0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    bed = find_bed({}, closed / "checkout")
    assert str(bed.state).startswith("/var/tmp/freeloader-testbed-")
    assert bed.note == f"other accounts cannot pass through {first_closed_folder(closed)}"
    assert find_bed({}, tmp_path / "other").state != bed.state


def test_a_path_that_no_configuration_file_can_hold_moves_the_state() -> None:
    for folder in ("with blank", "100%", "x" * 70):
        assert find_bed({}, Path("/nowhere") / folder).state.parent == Path("/var/tmp")
    assert find_bed({}, Path("/nowhere/plain")).state == Path("/nowhere/plain/.testbed")


def test_a_state_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(PartError, match="belongs to another account"):
        Bed(tmp_path / "link").make_folders()


def test_a_pid_file_is_believed_only_for_the_very_process_that_it_names(bed: Bed) -> None:
    file = bed.pid_file("x")
    me = identify(os.getpid())
    assert me is not None
    for text in ("", "rubbish", f"{me.pid} {me.start_ticks + 1}", "999999999 1"):
        file.write_text(text)
        assert running(file) is None
    file.write_text(f"{me.pid} {me.start_ticks}\n")
    assert running(file) == me


def test_a_reused_pid_is_not_signalled(bed: Bed) -> None:
    with started(sleeper(), bed) as pid:
        bed.pid_file("sleeper").write_text(f"{pid} 1")
        stop([sleeper()], bed)
        assert identify(pid) is not None
        assert not bed.pid_file("sleeper").exists()


def test_a_second_start_changes_nothing_and_a_killed_daemon_is_started_again(bed: Bed) -> None:
    with started(sleeper(), bed) as pid:
        assert not ensure_started(sleeper(), bed)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    with started(sleeper(), bed) as second:
        assert second != pid


def test_a_halted_daemon_still_stops(bed: Bed) -> None:
    with started(sleeper(), bed) as pid:
        os.kill(pid, signal.SIGSTOP)
        stop([sleeper()], bed)
        assert identify(pid) is None


def test_a_daemon_that_ends_at_once_is_reported_with_its_last_words(bed: Bed) -> None:
    daemon = Daemon("broken", python("no_such_module"), lambda: False)
    ensure_started(daemon, bed)
    with pytest.raises(PartError, match=r"(?s)broken ended at once; .*No module named"):
        await_ready(daemon, bed)


def test_what_a_killed_start_left_half_made_is_thrown_away(tmp_path: Path) -> None:
    half_made = new_draft(tmp_path / "data")
    (half_made / "PG_VERSION").touch()
    assert list(new_draft(tmp_path / "data").iterdir()) == []
    assert not half_made.exists()


def test_a_port_in_use_is_named_with_the_mend(bed: Bed) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        daemon = Daemon("x", ["/bin/true"], lambda: True, port=taken.getsockname()[1])
        with pytest.raises(PartError, match="set FREELOADER_TESTBED_PORT"):
            ensure_started(daemon, bed)


def test_nothing_is_up_before_the_first_start(tmp_path: Path) -> None:
    env = load(Bed(tmp_path / "none"))
    assert [getattr(env, name) for name in NAMES] == [None] * len(NAMES)


def test_restart_jobs_give_way_to_campus_jobs_at_once(bed: Bed) -> None:
    lines = slurm_conf(Site(bed, "box", "127.0.1.1", has_accounting=True)).splitlines()
    partitions = {line.split()[0]: line for line in lines if line.startswith("PartitionName=")}
    restart = partitions["PartitionName=restart"]
    assert "PriorityTier=1 PreemptMode=REQUEUE GraceTime=0" in restart
    assert "PriorityTier=10 PreemptMode=OFF" in partitions["PartitionName=campus"]
    assert "SlurmctldHost=box(127.0.1.1)" in lines
    assert f"SlurmctldPort={BASE_PORT + 17}" in lines


def test_a_site_may_lack_accounting(bed: Bed) -> None:
    text = slurm_conf(Site(bed, "box", "127.0.0.1", has_accounting=False))
    assert "accounting_storage/none" in text
    assert "slurmdbd" not in text


def test_the_scanner_knows_the_eicar_file_by_hash_and_by_bytes() -> None:
    assert hashlib.md5(EICAR).hexdigest() == "44d88612fea8a8f36de82e1278abb02f"  # noqa: S324
    assert signatures()["eicar.hdb"].startswith("44d88612fea8a8f36de82e1278abb02f:68:")
    assert signatures()["eicar.ndb"].split(":")[3].startswith("58354f2150254041")


def test_the_post_office_keeps_letters_and_turns_some_people_away(bed: Bed) -> None:
    mail = all_parts(Bed(bed.state, base_port=free_port() - OFFSETS["mail"]))["mail"]
    daemon = mail.daemons()[0]
    mail.prepare()
    with started(daemon, bed), smtplib_to(daemon, bed) as post:
        assert post.sendmail("site@x.example", ["olga@x.example"], "Subject: ready\r\n\r\nHi") == {}
        for name, code in {"refuse": 550, "defer": 451}.items():
            with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
                post.sendmail("site@x.example", [f"{name}@x.example"], "x")
            assert refusal.value.recipients[f"{name}@x.example"][0] == code
        [letter] = mail.folder.glob("*.eml")
        assert b"Delivered-To: olga@x.example\r\nSubject: ready\r\n" in letter.read_bytes()


def smtplib_to(daemon: Daemon, bed: Bed) -> smtplib.SMTP:
    await_ready(daemon, bed)
    return smtplib.SMTP("127.0.0.1", daemon.port, timeout=60)


@live
def test_status_says_that_every_part_is_up(capsys: pytest.CaptureFixture[str]) -> None:
    need(*NAMES)
    assert main(["status"]) == 0
    words = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [word for word in words if word[0] in NAMES] == [[name, "up"] for name in NAMES]


@live
def test_a_visitor_by_ssh_finds_slurm_and_a_plotting_python() -> None:
    sshd = need("sshd", "slurm").sshd
    assert sshd is not None
    options = [f"-oUserKnownHostsFile={sshd.known_hosts}", "-oIdentitiesOnly=yes", "-Fnone"]
    door = ["ssh", "-p", str(sshd.port), "-i", str(sshd.key_file), *options]
    asked = "sinfo -h -o %P && /usr/bin/python3 -c 'import matplotlib' && pwd"
    said = subprocess.check_output(
        [*door, f"{sshd.user}@{sshd.host}", f"cd {sshd.scratch} && {asked}"], text=True, timeout=120
    )
    assert said.replace("*", "").split() == [*PARTITIONS, str(sshd.scratch)]


@live
def test_clamd_finds_the_test_virus() -> None:
    clamd = need("clamd").clamd
    assert clamd is not None
    with socket.create_connection((clamd.host, clamd.port), 30) as line:
        line.sendall(b"zINSTREAM\0" + len(EICAR).to_bytes(4, "big") + EICAR + bytes(4))
        assert b"Freeloader.Test.EICAR" in line.recv(200)


@live
def test_a_campus_job_claims_its_node() -> None:
    need("slurm")
    with node_taken("n4", seconds=60) as job_id:
        assert "n4" in slurm("scontrol", "-o", "show", "job", job_id)
