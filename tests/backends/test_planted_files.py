"""What research code may leave in the place of files, read on this machine and over a shell."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from backends.base import Cluster
from backends.local import LocalCluster
from backends.slurm import SlurmCluster
from backends.slurm_files import parse_contents, parse_names
from tests.backends.shell_remote import SITE, ShellRemote

# Real processes: they take longer than the quick suite may.
pytestmark = pytest.mark.live

KEY = "fl-1.kept"


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    return tmp_path / "scratch"


@pytest.fixture(params=["local", "shell"])
def cluster(request: pytest.FixtureRequest, tmp_path: Path, scratch: Path) -> Cluster:
    (scratch / KEY).mkdir(parents=True)
    if request.param == "local":
        return LocalCluster(scratch)
    return SlurmCluster(replace(SITE, scratch=str(scratch)), ShellRemote(tmp_path / "slurm"))


def test_links_and_pipes_and_directories_are_no_files(cluster: Cluster, scratch: Path) -> None:
    os.mkfifo(scratch / KEY / "end.1")
    (scratch / KEY / "end.2").symlink_to("/etc/passwd")
    (scratch / KEY / "end.3").mkdir()
    (scratch / KEY / "end.3" / "end.4").touch()
    (scratch / KEY / "end.5").write_bytes(b"5")

    assert cluster.read_files(KEY, "end.", max_bytes=10_000) == {"end.5": b"5"}
    assert cluster.list_files(KEY, "end.") == {"end.1", "end.2", "end.3", "end.5"}
    for name in ("end.1", "end.2", "end.3"):
        assert cluster.read_file(KEY, name, max_bytes=10_000) == b""


def test_names_that_are_no_plain_ones_are_not_told(cluster: Cluster, scratch: Path) -> None:
    for name in (b"end.\n1", b"end. 2", b"end.\xff", b"end.'", b"end.$(touch x)"):
        Path(os.fsdecode(os.fsencode(scratch / KEY) + b"/" + name)).touch()
    assert cluster.list_files(KEY, "end.") == set()
    assert cluster.read_files(KEY, "end.", max_bytes=10) == {}


def test_a_link_to_another_directory_has_no_files(cluster: Cluster, scratch: Path) -> None:
    (scratch / KEY / "end.1").touch()
    (scratch / "fl-2.kept").symlink_to(KEY)
    assert cluster.list_files("fl-2.kept", "end.") == set()
    assert cluster.read_files("fl-2.kept", "end.", max_bytes=10) == {}


def test_a_name_holds_no_pattern(cluster: Cluster) -> None:
    with pytest.raises(ValueError, match="plain"):
        cluster.list_files(KEY, "*")
    with pytest.raises(ValueError, match="plain"):
        cluster.read_files(KEY, "../", max_bytes=1)


def test_of_a_million_names_only_some_are_told(cluster: Cluster, scratch: Path) -> None:
    for number in range(10_000):
        (scratch / KEY / f"part.{number}.{'x' * 100}").touch()
    names = cluster.list_files(KEY, "part.")
    assert 5_000 < len(names) < 10_000
    assert all(len(name) > 100 for name in names)


def test_files_of_gigabytes_are_neither_sent_nor_kept_in_memory(
    cluster: Cluster, scratch: Path
) -> None:
    with (scratch / KEY / "end.huge").open("wb") as file:
        file.truncate(10**12)
    for number in range(24):
        (scratch / KEY / f"end.{number}").write_bytes(b"x" * 2**20)
    read = cluster.read_files(KEY, "end.", max_bytes=2**20)
    assert 10 < len(read) < 18
    assert {len(data) for data in read.values()} == {2**20}


def test_a_cut_answer_tells_what_arrived_whole() -> None:
    assert parse_names(b"./part.1\0./part.12\0./part.1") == {"part.1", "part.12"}
    assert parse_names(b"") == set()
    assert parse_contents(b"") == {}
    assert parse_contents(b"\0" * 700) == {}


def test_a_directory_counts_until_nothing_of_it_is_left(cluster: Cluster, scratch: Path) -> None:
    (scratch / "fl-3" / "locked").mkdir(parents=True)
    (scratch / "fl-3" / "locked").chmod(0)
    (scratch / "fl-3").chmod(0)
    assert cluster.directories([KEY, "fl-3", "fl-4"]) == {KEY, "fl-3"}
    cluster.remove("fl-3")
    assert cluster.directories(["fl-3"]) == set()


def test_what_an_interrupted_removal_left_counts(tmp_path: Path, scratch: Path) -> None:
    (scratch / "fl-5.gone.123").mkdir(parents=True)
    slurm = SlurmCluster(replace(SITE, scratch=str(scratch)), ShellRemote(tmp_path / "slurm"))
    assert slurm.directories(["fl-5"]) == {"fl-5"}
    slurm.remove("fl-5")
    assert slurm.directories(["fl-5"]) == set()
