"""A TCP proxy that breaks connections off within answers: so often, and each after so much."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Self

HOST = "127.0.0.1"
AT_ONCE = 2**20


class CuttingProxy:
    """Before a server on loopback; clients call `url`.

    Once `arm` was called, the next connections that carry so many bytes back are cut there, each
    by what is next in the list; what comes after these is let through. `is_clean`: the connection
    is closed as by a server that stops; else it is reset as by a network that fails.
    """

    def __init__(self, port: int, *, is_clean: bool = False) -> None:
        self._upstream = port
        self.is_clean = is_clean
        self._lock = threading.Lock()
        self._cuts: list[int] = []
        self.cut = 0
        self._listener = socket.create_server((HOST, 0), backlog=64)
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self._listener.getsockname()[1]}"

    def arm(self, cuts: Sequence[int]) -> None:
        """Cut the next connections after so many bytes."""
        with self._lock:
            self._cuts = list(cuts)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _listen(self) -> None:
        with suppress(OSError):  # it was closed
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        # Of a server that is just not there the client hears the same: an end.
        with suppress(OSError), client, socket.create_connection((HOST, self._upstream)) as server:
            asking = threading.Thread(target=_pump, args=(client, server), daemon=True)
            asking.start()
            with suppress(OSError):
                if self._answer(server, client) and not self.is_clean:
                    # Closed with this, it is reset: socket(7), SO_LINGER.
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    client.shutdown(socket.SHUT_RD)  # nobody may be reading when it is closed
                else:
                    client.shutdown(socket.SHUT_RDWR)
            asking.join()

    def _answer(self, server: socket.socket, client: socket.socket) -> bool:
        """Pass it on; whether it was cut."""
        passed, buffer = 0, bytearray(AT_ONCE)
        while size := server.recv_into(buffer):
            client.sendall(memoryview(buffer)[:size])
            passed += size
            if self._is_time(passed):
                return True
        return False

    def _is_time(self, passed: int) -> bool:
        with self._lock:
            if not self._cuts or passed < self._cuts[0]:
                return False
            self._cuts.pop(0)
            self.cut += 1
            return True


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(AT_ONCE):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
