"""One kept connection to a real sshd, and what can become of it."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from backends.base import ClusterError
from backends.remote import Endpoint
from backends.ssh import MAX_CHANNELS, SshRemote, parse_host_keys
from deploy.testbed.place import PartError
from deploy.testbed.site import until
from tests.backends.cluster_beds import SlurmBed

pytestmark = pytest.mark.live

# our side's port, for it tells one connection from another
WHO = ["/bin/sh", "-c", "echo $SSH_CONNECTION"]


@pytest.fixture
def endpoint(slurm_bed: SlurmBed) -> Endpoint:
    return slurm_bed.site().endpoint


@pytest.fixture
def remote(endpoint: Endpoint) -> Iterator[SshRemote]:
    remote = SshRemote(endpoint)
    yield remote
    remote.close()


@pytest.fixture
def folder(slurm_bed: SlurmBed) -> Path:
    return slurm_bed.folder_for_all("ssh")


def kill_connection(remote: SshRemote) -> None:
    """End sshd's process of this connection, unseen by our side."""
    os.kill(int(remote.run(["/bin/sh", "-c", "echo $PPID"]).stdout), signal.SIGKILL)


def refusal(endpoint: Endpoint) -> str:
    with pytest.raises(ClusterError) as caught:
        SshRemote(endpoint).run(["true"])
    assert caught.value.transient
    return caught.value.message


def new_key(folder: Path) -> Path:
    path = folder / f"key-{uuid4()}"
    argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)]
    subprocess.run(argv, check=True)
    return path


def test_a_command_tells_its_end_and_both_its_streams(remote: SshRemote) -> None:
    answer = remote.run(["/bin/sh", "-c", "cat; echo two >&2; exit 3"], b"one")
    assert (answer.returncode, answer.stdout, answer.stderr) == (3, b"one", b"two\n")


def test_one_connection_serves_all_commands(remote: SshRemote) -> None:
    assert len({remote.run(WHO).stdout for _ in range(5)}) == 1


def test_more_threads_than_channels_get_their_turns(remote: SshRemote) -> None:
    def insist(_: int) -> bytes:
        with suppress(ClusterError):  # a busy machine may lose a connection, as callers know
            return remote.run(WHO).stdout
        return remote.run(WHO).stdout

    with ThreadPoolExecutor(3 * MAX_CHANNELS) as pool:
        answers = list(pool.map(insist, range(60)))
    assert len(answers) == 60
    assert len(set(answers)) <= 2  # connections


def test_large_streams_do_not_block_each_other(remote: SshRemote) -> None:
    flood = "head -c 8000000 /dev/zero >&2; cat; head -c 8000000 /dev/zero"
    data = b"x" * 5_000_000
    answer = remote.run(["/bin/sh", "-c", flood], data, max_bytes=13_000_000)
    assert answer.returncode == 0
    assert answer.stdout == data + bytes(8_000_000)
    assert len(answer.stderr) == 8_000_000


def test_too_large_an_answer_is_none(remote: SshRemote) -> None:
    with pytest.raises(ClusterError, match="larger than 1000 bytes"):
        remote.run(["head", "-c", "100000", "/dev/zero"], max_bytes=1000)


def test_a_command_may_leave_its_input_unread(remote: SshRemote) -> None:
    assert remote.run(["true"], b"x" * 10_000_000).returncode == 0


def test_how_a_killed_command_ended_is_not_known(remote: SshRemote) -> None:
    assert remote.run(["/bin/sh", "-c", "kill -9 $$"]).returncode is None


def test_a_command_that_takes_too_long_is_not_waited_for(remote: SshRemote) -> None:
    with pytest.raises(ClusterError, match="did not answer") as caught:
        remote.run(["sleep", "1000"], timeout_s=0.5)
    assert caught.value.transient
    assert remote.run(["true"]).returncode == 0


def test_a_connection_that_died_is_replaced_before_a_command_is_sent(remote: SshRemote) -> None:
    before = remote.run(WHO).stdout
    kill_connection(remote)
    assert remote.run(WHO).stdout != before


def test_a_command_that_was_sent_is_never_sent_again(remote: SshRemote, folder: Path) -> None:
    door = int(remote.run(["/bin/sh", "-c", "echo $PPID"]).stdout)
    script = 'echo once >>"$1/ran"; sleep 1000'

    def cut() -> None:
        with suppress(PartError):  # the file is looked for at the end
            until((folder / "ran").exists)
        os.kill(door, signal.SIGKILL)

    cutter = threading.Thread(target=cut)
    cutter.start()
    with pytest.raises(ClusterError, match="did not answer") as caught:
        remote.run(["/bin/sh", "-c", script, "sh", str(folder)])
    cutter.join()

    assert caught.value.transient
    assert remote.run(["true"]).returncode == 0
    assert (folder / "ran").read_text() == "once\n"


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_forked_child_has_a_connection_of_its_own(remote: SshRemote) -> None:
    ours = remote.run(WHO).stdout
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(write_end, remote.run(WHO).stdout)
        finally:
            os._exit(0)  # or it would go on with the tests
    os.waitpid(child, 0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as pipe:
        theirs = pipe.read()
    assert theirs
    assert theirs != ours
    assert remote.run(WHO).stdout == ours


def test_a_host_with_another_key_is_refused(endpoint: Endpoint, tmp_path: Path) -> None:
    other = new_key(tmp_path).with_suffix(".pub").read_text()
    assert "another host key" in refusal(replace(endpoint, host_key=other))


def test_one_of_several_host_keys_is_enough(endpoint: Endpoint, tmp_path: Path) -> None:
    rsa = tmp_path / "rsa"
    argv = ["ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", str(rsa)]
    subprocess.run(argv, check=True)
    both = f"{rsa.with_suffix('.pub').read_text()}\n{endpoint.host_key} a comment\n"
    remote = SshRemote(replace(endpoint, host_key=both))
    assert remote.run(["true"]).returncode == 0
    remote.close()


@pytest.mark.parametrize("text", ["", " \n"])
def test_a_host_whose_key_is_not_known_is_refused(endpoint: Endpoint, text: str) -> None:
    assert "did not agree" in refusal(replace(endpoint, host_key=text))


def test_a_stranger_is_turned_away(endpoint: Endpoint, tmp_path: Path) -> None:
    assert "refuses our key" in refusal(replace(endpoint, key_file=new_key(tmp_path)))


def test_no_message_holds_a_key_or_the_place_of_one(endpoint: Endpoint, tmp_path: Path) -> None:
    stranger = new_key(tmp_path)
    torn = tmp_path / "torn"
    torn.write_bytes(stranger.read_bytes()[:100])
    faulty = [
        replace(endpoint, key_file=stranger),
        replace(endpoint, key_file=torn),
        replace(endpoint, key_file=tmp_path / "missing"),
        replace(endpoint, key_file=tmp_path),
        replace(endpoint, host_key=stranger.with_suffix(".pub").read_text()),
        replace(endpoint, host_key="ssh-ed25519 AAAA"),
        replace(endpoint, host_key="nonsense"),
        replace(endpoint, port=1),
    ]
    messages = " ".join(refusal(place) for place in faulty)
    assert "AAAA" not in messages
    assert "PRIVATE" not in messages
    assert str(tmp_path) not in messages


def test_files_arrive_whole_and_for_our_eyes_only(remote: SshRemote, folder: Path) -> None:
    place = folder / "a" / "b"
    remote.put_files(str(place), {"one": b"1" * 100_000, "two": b""})
    assert (place / "one").read_bytes() == b"1" * 100_000
    assert (place / "two").read_bytes() == b""
    assert place.stat().st_mode & 0o777 == 0o700
    assert (place / "one").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in place.iterdir()) == ["one", "two"]


def test_a_directory_that_is_not_ours_waits_for_the_operator(
    remote: SshRemote, folder: Path
) -> None:
    (folder / "foreign").mkdir(mode=0o700)
    with pytest.raises(ClusterError, match="operator has to look") as caught:
        remote.put_files(str(folder / "foreign"), {"one": b"1"})
    assert caught.value.transient


def test_a_directory_that_is_not_there_waits_for_the_operator(
    remote: SshRemote, folder: Path
) -> None:
    with pytest.raises(ClusterError, match="mounted") as caught:
        remote.put_file(str(folder / "missing" / "one"), b"1")
    assert caught.value.transient


def test_what_sftp_has_no_word_for_may_be_a_full_disk(remote: SshRemote, folder: Path) -> None:
    (folder / "one").mkdir()
    with pytest.raises(ClusterError, match="not full") as caught:
        remote.put_file(str(folder / "one"), b"1")
    assert caught.value.transient


@pytest.mark.parametrize("text", ["x", "ssh-ed25519", "ssh-ed25519 ####", "ssh-dss AAAA", "\x00"])
def test_what_is_no_host_key_is_told_so(text: str) -> None:
    with pytest.raises(ClusterError, match="host key cannot be read"):
        parse_host_keys(text)
