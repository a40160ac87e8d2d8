"""A server that says what a test tells it to, and a link before it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.request import Request, urlopen

from deploy.link import Link

WITHIN_S = 120
STORED = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"
PART = "/v1/AUTH_demo/c/.segments/uploads/u/1/k/00000003"
PUT_FIVE = b"PUT /a HTTP/1.1\r\nHost: here.example:1\r\nContent-Length: 5\r\n\r\nhello"


class Talk:
    """A connection, seen from the server: all that came, and what is said."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.heard = b""

    def hear(self, end: bytes) -> bool:
        """Read on until all that came ends so; false if the client left before."""
        while not self.heard.endswith(end):
            try:
                data = self.connection.recv(2**16)
            except ConnectionResetError:
                return False
            if not data:
                return False
            self.heard += data
        return True

    def say(self, data: bytes) -> None:
        self.connection.sendall(data)


class Server:
    """Calls `script` for each connection, in a thread, and then closes it."""

    def __init__(self, script: Callable[[Talk], object]) -> None:
        self.talks: list[Talk] = []
        self._script = script
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._listen)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=[Talk(connection)])
            self._threads.append(thread)
            thread.start()

    def _serve(self, talk: Talk) -> None:
        with talk.connection:
            talk.connection.settimeout(WITHIN_S)
            self.talks.append(talk)
            self._script(talk)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(WITHIN_S)


@contextmanager
def linked(script: Callable[[Talk], object], **options: Any) -> Iterator[tuple[Link, Server]]:
    with closing(Server(script)) as server, Link(server.url, **options) as link:
        yield link, server


def answering(answer: bytes, end: bytes = b"\r\n\r\n") -> Callable[[Talk], object]:
    """Hear a request that ends so, then say this."""

    def script(talk: Talk) -> None:
        if talk.hear(end):
            talk.say(answer)

    return script


def calling(link: Link) -> socket.socket:
    return socket.create_connection(("127.0.0.1", link.port), timeout=WITHIN_S)


def put(link: Link, path: str = PART, data: bytes = b"hello") -> int:
    with urlopen(Request(link.url + path, data, method="PUT"), timeout=WITHIN_S) as answer:
        return int(answer.status)


def read_all(client: socket.socket, size_bytes: int) -> bytes:
    with client.makefile("rb") as stream:
        return stream.read(size_bytes)
