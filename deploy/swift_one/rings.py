"""Swift's rings (which server holds what), made in milliseconds without its command line."""

import warnings
from pathlib import Path

from swift.common.ring import RingBuilder

from deploy.swift_one.config import Ports

PART_POWER = 6  # 64 partitions are plenty for one disk


def write_rings(etc: Path, ports: Ports) -> None:
    """Write one ring per kind of server and one more for the second storage policy."""
    for name, port in {
        "account": ports.account,
        "container": ports.container,
        "object": ports.object,
        "object-1": ports.object,
    }.items():
        _build(port).save(str(etc / f"{name}.ring.gz"))


def _build(port: int) -> RingBuilder:
    builder = RingBuilder(PART_POWER, 1, 0)
    builder.add_dev(_device(port))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that one disk is not safe; we know
        builder.rebalance()
    return builder.get_ring()


def _device(port: int) -> dict[str, object]:
    place = {"ip": "127.0.0.1", "port": port, "replication_ip": "127.0.0.1"}
    return {
        **place,
        "replication_port": port,
        "id": 0,
        "region": 1,
        "zone": 1,
        "device": "d1",
        "weight": 1.0,
        "meta": "",
    }
