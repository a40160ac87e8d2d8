"""A way from sbatch to slurmctld on which messages can be held up: a network on a bad day.

Only sbatch goes by it. It gives up after Slurm's MessageTimeout of 10 s; what it had said comes
all the same, later, while squeue answers at once.
"""

from __future__ import annotations

import re
import socket
import socketserver
import threading
import time
from contextlib import suppress
from pathlib import Path

from deploy.testbed.place import Bed
from deploy.testbed.processes import find_program
from deploy.testbed.slurm_config import slurm_conf_path

MESSAGE_TIMEOUT_S = 60


class SlowRoad:
    """A relay to slurmctld, and a folder `programs` with an sbatch that uses it."""

    def __init__(self, bed: Bed, folder: Path) -> None:
        self.held_s = 0.0  # how long what comes now is held up
        conf = slurm_conf_path(bed).read_text()
        self._slurmctld = (_found(r"SlurmctldHost=[^(]*\((.*)\)", conf), bed.port("slurmctld"))
        self._server = socketserver.ThreadingTCPServer((self._slurmctld[0], 0), self._handler())
        self._server.daemon_threads = True
        self.programs = folder / "programs"
        self._write(conf, folder / "slurm.conf")

    def _write(self, conf: str, path: Path) -> None:
        port = f"SlurmctldPort={self._server.server_address[1]}"
        path.write_text(re.sub(r"SlurmctldPort=\d+", port, conf))
        self.programs.mkdir()
        program = self.programs / "sbatch"
        program.write_text(f'#!/bin/sh\nSLURM_CONF={path} exec {find_program("sbatch")} "$@"\n')
        program.chmod(0o755)

    def open(self) -> None:
        """Let messages pass."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """No more of them."""
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[socketserver.BaseRequestHandler]:
        road = self

        class Relay(socketserver.BaseRequestHandler):
            """One message there, one answer back."""

            def handle(self) -> None:
                with suppress(OSError):
                    road.relay(self.request)

        return Relay

    def relay(self, client: socket.socket) -> None:
        """Hold the message up, if it is time for that; pass it on even if nobody waits for it."""
        message = _message(client)
        time.sleep(self.held_s)
        with socket.create_connection(self._slurmctld, MESSAGE_TIMEOUT_S) as slurmctld:
            slurmctld.sendall(message)
            client.sendall(_message(slurmctld))


def _message(sender: socket.socket) -> bytes:
    """One of Slurm's messages: its length in four bytes, then so many more."""
    head = _bytes(sender, 4)
    return head + _bytes(sender, int.from_bytes(head, "big"))


def _bytes(sender: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = sender.recv(count - len(data))
        if not more:
            raise OSError("half a message")
        data += more
    return data


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if not found:
        raise LookupError(pattern)
    return found[1]
