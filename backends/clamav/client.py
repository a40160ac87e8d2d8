"""clamd's INSTREAM protocol (clamd(8)), in large chunks."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Iterator

from backends.base import ScanError

CLEAN = "stream: OK"
CHUNK_BYTES = 2**20  # 1 KiB writes run at half the speed (deploy.bench.scan.clamav)
MAX_REPLY_BYTES = 64 * 2**10


class Clamd:
    """One clamd, at "host:port" or at the path of its socket; a new connection for each command.

    Every method raises `ScanError(transient=True)` if clamd cannot be reached or breaks off.
    """

    def __init__(self, address: str, *, timeout_s: float) -> None:
        self.address = address
        self.timeout_s = timeout_s

    def version(self) -> str:
        """clamd's own line, "ClamAV 1.4.6/27300/Tue Jun 10 08:30:00 2025" with a database."""
        try:
            with self._connected() as connection:
                connection.sendall(b"zVERSION\0")
                return _reply(connection)
        except OSError as error:
            raise self._unreachable(error) from error

    def instream(self, chunks: Iterable[bytes]) -> str:
        """Send the chunks and return the verdict, e.g. "stream: OK".

        Errors of the chunks' own source pass through unchanged.
        """
        try:
            connection = self._connected()
        except OSError as error:
            raise self._unreachable(error) from error
        with connection:
            return self._send_and_ask(connection, chunks)

    def _send_and_ask(self, connection: socket.socket, chunks: Iterable[bytes]) -> str:
        is_whole = all(self._sent(connection, frame) for frame in _frames(chunks))
        try:
            reply = _reply(connection)
        except OSError as error:
            raise self._unreachable(error) from error
        if reply == CLEAN and not is_whole:
            raise ScanError("The virus scanner said OK before it had read it all.", transient=True)
        return reply

    def _sent(self, connection: socket.socket, data: bytes) -> bool:
        """Whether clamd took the data; one that has hung up may have left its verdict to read."""
        try:
            connection.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        except OSError as error:
            raise self._unreachable(error) from error
        return True

    def _connected(self) -> socket.socket:
        host, _, port = self.address.rpartition(":")
        if host and port.isdigit():
            return socket.create_connection((host.strip("[]"), int(port)), self.timeout_s)
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(self.timeout_s)
        try:
            connection.connect(self.address)
        except OSError:
            connection.close()
            raise
        return connection

    def _unreachable(self, error: OSError) -> ScanError:
        why = error.strerror or type(error).__name__
        return ScanError(
            f"The virus scanner at {self.address} does not answer: {why}.", transient=True
        )


def _frames(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """What INSTREAM takes (clamd(8)): each chunk after its length, a length of zero at the end."""
    yield b"zINSTREAM\0"
    for chunk in chunks:
        if chunk:
            yield struct.pack("!L", len(chunk)) + chunk
    yield struct.pack("!L", 0)


def _reply(connection: socket.socket) -> str:
    reply = b""
    while not reply.endswith(b"\0") and len(reply) < MAX_REPLY_BYTES:
        data = connection.recv(4096)
        if not data:
            break
        reply += data
    return reply.rstrip(b"\0").decode(errors="replace")
