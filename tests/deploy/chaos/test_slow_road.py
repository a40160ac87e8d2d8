from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.chaos.slow_road import SlowRoad
from deploy.testbed.place import OFFSETS, Bed

HELLO, ANSWER = b"\0\0\0\5hello", b"\0\0\0\3yes"


@pytest.fixture
def slurmctld() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def road(slurmctld: socket.socket, tmp_path: Path) -> Iterator[SlowRoad]:
    port = slurmctld.getsockname()[1]
    bed = Bed(tmp_path / "bed", port - OFFSETS["slurmctld"])
    conf = bed.folder("slurm") / "etc" / "slurm.conf"
    conf.parent.mkdir(parents=True)
    conf.write_text(f"SlurmctldHost=here(127.0.0.1)\nSlurmctldPort={port}\n")
    road = SlowRoad(bed, tmp_path)
    road.open()
    yield road
    road.close()


def port_of(road: SlowRoad) -> int:
    conf = road.programs.parent / "slurm.conf"
    return int(conf.read_text().rpartition("=")[2])


def answer_one(slurmctld: socket.socket, heard: list[bytes]) -> threading.Thread:
    def serve() -> None:
        connection, _address = slurmctld.accept()
        with connection:
            heard.append(connection.recv(100))
            connection.sendall(ANSWER)

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


def test_a_message_gets_there_and_its_answer_comes_back(
    road: SlowRoad, slurmctld: socket.socket
) -> None:
    heard: list[bytes] = []
    thread = answer_one(slurmctld, heard)
    with socket.create_connection(("127.0.0.1", port_of(road)), 120) as client:
        client.sendall(HELLO)
        assert client.recv(100) == ANSWER
    thread.join(120)
    assert heard == [HELLO]


def test_a_message_gets_there_though_its_sender_has_given_up(
    road: SlowRoad, slurmctld: socket.socket
) -> None:
    heard: list[bytes] = []
    thread = answer_one(slurmctld, heard)
    road.held_s = 0.2
    with socket.create_connection(("127.0.0.1", port_of(road)), 120) as client:
        client.sendall(HELLO)
    thread.join(120)
    assert heard == [HELLO]


def test_only_sbatch_goes_by_it(road: SlowRoad) -> None:
    assert [program.name for program in road.programs.iterdir()] == ["sbatch"]
    subprocess.run(["sh", "-n", str(road.programs / "sbatch")], check=True)
