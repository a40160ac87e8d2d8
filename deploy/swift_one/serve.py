"""All of Swift as green threads of this process, which must do nothing else."""

import os
import socket
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, NoReturn

from deploy.swift_one.config import Ports, write_config
from deploy.swift_one.layout import Layout

SWEEP_S = 5
HOST = "127.0.0.1"


def serve(
    layout: Layout, port: int, origins: Sequence[str], ready: Callable[[Ports], None]
) -> NoReturn:
    """Serve the store below `layout.root` for ever; `ready` is called once it answers.

    `port` 0 takes a free one. Raises OSError if the port is taken.
    """
    layout.make_folders()
    listeners = {field.name: _listen(0) for field in fields(Ports) if field.name != "proxy"}
    listeners["proxy"] = _listen(port)
    ports = Ports(**{name: listener.getsockname()[1] for name, listener in listeners.items()})
    write_config(layout, ports, origins)
    _enter_swift(layout.etc)
    from deploy.swift_one.rings import write_rings

    write_rings(layout.etc, ports)
    for name in ("account", "container", "object", "proxy"):
        _spawn_server(layout.etc / f"{name}-server.conf", name, listeners[name])
    _spawn_daemons(layout.etc)
    ready(ports)
    _wait_for_ever()


def _listen(port: int) -> socket.socket:
    # Bound before the rings are written: a port found free could be taken in between.
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.bind((HOST, port))
    listener.listen(1024)
    return listener


def _enter_swift(etc: Path) -> None:
    """Turn this process into a Swift process: no import of Swift may come before.

    Only the WSGI servers honour the setting swift_dir; the daemons read /etc/swift unless
    told so here (seen in Swift 2.38).
    """
    from swift.common import utils

    utils.set_swift_dir(str(etc))
    from swift.common.concurrency import hubs
    from swift.common.storage_policy import reload_storage_policies

    reload_storage_policies()
    utils.monkey_patch()
    hubs.use_hub(utils.get_hub())
    os.environ["TZ"] = "UTC+0"  # timestamps in object names are UTC
    time.tzset()
    utils.disable_fallocate()
    # The first logger made for the console sends all later ones there too: errors go to stderr.
    utils.get_logger({"log_level": "WARNING"}, "swift", log_to_console=True)
    warnings.filterwarnings("ignore", message="capitalize_response_headers is disabled")


def _spawn_server(conf: Path, name: str, listener: socket.socket) -> None:
    # Not swift's run_wsgi: it forks, changes user, and sets up the event hub a second time.
    from swift.common.concurrency import greenio, spawn, wsgi
    from swift.common.constraints import MAX_REQUEST_LINE
    from swift.common.utils import NullLogger
    from swift.common.wsgi import RestrictedGreenPool, SwiftHttpProtocol, loadapp

    app = loadapp(str(conf), global_conf={"log_name": f"{name}-server"})
    spawn(
        wsgi.server,
        greenio.GreenSocket(listener),
        app,
        NullLogger(),
        custom_pool=RestrictedGreenPool(size=1024),
        protocol=SwiftHttpProtocol,
        socket_timeout=60.0,
        capitalize_response_headers=False,
        url_length_limit=MAX_REQUEST_LINE,
    )


def _spawn_daemons(etc: Path) -> None:
    from swift.common.concurrency import spawn
    from swift.obj.expirer import ObjectExpirer

    conf = _daemon_conf(etc / "object-server.conf", "object-expirer")
    spawn(ObjectExpirer(conf).run_forever)
    spawn(_sweep_for_ever, etc)


def _sweep_for_ever(etc: Path) -> NoReturn:
    """Send late updates of listings and sizes. The updaters' own run_forever would fork."""
    from swift.common.concurrency import sleep
    from swift.container.updater import ContainerUpdater
    from swift.obj.updater import ObjectUpdater

    objects = ObjectUpdater(_daemon_conf(etc / "object-server.conf", "object-updater"))
    containers = ContainerUpdater(_daemon_conf(etc / "container-server.conf", "container-updater"))
    objects.get_container_ring()
    while True:
        sleep(SWEEP_S)
        try:
            for device in os.listdir(objects.devices):
                objects.object_sweep(os.path.join(objects.devices, device))
            containers.run_once()
        except Exception:  # one bad sweep must not end the sweeping
            containers.logger.exception("updaters")


def _daemon_conf(path: Path, section: str) -> dict[str, Any]:
    from swift.common.utils import readconf

    conf: dict[str, Any] = readconf(str(path), section, log_name=section)
    return {**conf, "__file__": str(path)}


def _wait_for_ever() -> NoReturn:
    from swift.common.concurrency import sleep

    while True:
        sleep(3600)
