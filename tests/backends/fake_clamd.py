"""A clamd that says what a test wants, over a real socket."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from backends.clamav.health import PROBE_TEXT

TELLS = ("AlertExceedsMax", "AlertEncryptedArchive", "AlertEncryptedDoc")


class FakeClamd:
    """Answers VERSION, and each INSTREAM with the next of `verdicts` (the last one stays).

    `hang_up_after` bytes of a body it gives its verdict and closes; None as a verdict is silence
    and an open line, "" an empty reply. Probes (`backends.clamav.health`) are answered as a clamd
    with the lines `tells` in its clamd.conf does, and not kept in `bodies`.
    """

    def __init__(
        self,
        *verdicts: str | None,
        version: str = "ClamAV 1.4.6",
        hang_up_after: int | None = None,
        tells: Sequence[str] = TELLS,
    ) -> None:
        self.verdicts: Sequence[str | None] = verdicts or ("stream: OK",)
        self.version = version
        self.hang_up_after = hang_up_after
        self.tells = tells
        self.probed = 0
        self.bodies: list[bytes] = []
        self.chunk_sizes: list[int] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self._held: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve)

    @property
    def address(self) -> str:
        host, port = self._server.getsockname()
        return f"{host}:{port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        for connection in (self._server, *self._held):
            connection.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as reader:
            command = b""
            while not command.endswith(b"\0"):
                command += reader.read(1)
            if command == b"zVERSION\0":
                reply: str | None = self.version
            else:
                reply = self._verdict_on(self._body(reader))
        if reply is None:
            self._held.append(connection)
            return
        connection.sendall(reply.encode() + b"\0" if reply else b"")
        connection.close()

    def _body(self, reader: object) -> bytes:
        body = b""
        read = reader.read  # type: ignore[attr-defined]
        while size := struct.unpack("!L", read(4))[0]:
            body += read(size)
            if PROBE_TEXT not in body:
                self.chunk_sizes.append(size)
            if self.hang_up_after is not None and len(body) >= self.hang_up_after:
                break
        return body

    def _verdict_on(self, body: bytes) -> str | None:
        if PROBE_TEXT in body:
            self.probed += 1
            return self._verdict_on_probe(body)
        self.bodies.append(body)
        return self.verdicts[min(len(self.bodies), len(self.verdicts)) - 1]

    def _verdict_on_probe(self, body: bytes) -> str:
        if body.startswith(b"%PDF"):
            line, name = "AlertEncryptedDoc", "Encrypted.PDF"
        elif body.count(b"PK\x03\x04") == 1:
            line, name = "AlertEncryptedArchive", "Encrypted.Zip"
        else:
            line, name = "AlertExceedsMax", "Limits.Exceeded.MaxRecursion"
        return f"stream: Heuristics.{name} FOUND" if line in self.tells else "stream: OK"
