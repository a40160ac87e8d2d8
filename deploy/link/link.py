"""The link: a thread with an event loop, a port that it keeps, and what one can do to it."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from deploy.link.ledger import Exchange, Ledger
from deploy.link.relay import READ_BYTES, Connection, Network
from deploy.link.wire import Clock, Line

HOST = "127.0.0.1"
ANSWERS_WITHIN_S = 30
T = TypeVar("T")


class Holding:
    """Answers that the server has given and that no client has heard yet."""

    def __init__(self, method: str) -> None:
        self._method = method
        self._released = asyncio.Event()
        self._held: list[str] = []
        self._changed = threading.Condition()

    @property
    def paths(self) -> list[str]:
        """Of the requests whose answers were held, without their signatures."""
        with self._changed:
            return list(self._held)

    def wait(self, answers: int = 1, timeout_s: float = ANSWERS_WITHIN_S) -> None:
        """Return once so many were held; TimeoutError if they do not come in time."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._held) >= answers, timeout_s):
                raise TimeoutError(f"{len(self._held)} of {answers} answers within {timeout_s} s")

    async def keep(self, row: Exchange) -> None:
        if row.method != self._method or self._released.is_set():
            return
        with self._changed:
            self._held.append(row.path)
            self._changed.notify_all()
        await self._released.wait()

    async def release(self) -> None:
        self._released.set()


class Link:
    """A relay before the server at `upstream`, which need not be up yet.

    It listens from its making on, until `close` or the end of a with block; all calls are for
    any thread. The port stays its own while it is cut.
    """

    def __init__(
        self, upstream: str, *, line: Line | None = None, port: int = 0, clock: Clock | None = None
    ) -> None:
        server = urlsplit(upstream)
        at = (server.hostname or HOST, server.port or 80)
        self._port_keeper = _bound(port)
        self.ledger = Ledger()
        self._holdings: list[Holding] = []
        self._open: set[Connection] = set()
        self._serving: set[asyncio.Task[None]] = set()
        self._listener: socket.socket | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="link", daemon=True)
        self._thread.start()
        self._network = Network(at, line or Line(), clock or Clock(), self.ledger, self._hold)
        self._do(self._listen())

    @property
    def port(self) -> int:
        """On 127.0.0.1."""
        number: int = self._port_keeper.getsockname()[1]
        return number

    @property
    def url(self) -> str:
        """What clients call, and what signatures have to be made for."""
        return f"http://{HOST}:{self.port}"

    def cut(self) -> None:
        """Reset all connections; refuse new ones until `mend`."""
        self._do(self._cut())

    def stall(self) -> None:
        """Let nothing pass any more; connections stand, and new ones are taken."""
        self._do(self._let_flow(False))

    def mend(self) -> None:
        """Undo `cut` and `stall`."""
        self._do(self._let_flow(True))
        self._do(self._listen())

    @contextmanager
    def holding(self, method: str) -> Iterator[Holding]:
        """Keep the answers to requests of this method from their clients within the block."""
        held = Holding(method)
        self._holdings.append(held)
        try:
            yield held
        finally:
            self._holdings.remove(held)
            self._do(held.release())

    def close(self) -> None:
        """End all of it, and free the port."""
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._port_keeper.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(ANSWERS_WITHIN_S)

    # --- within the loop ---

    async def _listen(self) -> None:
        if self._listener is None:
            self._listener = listener = _bound(self.port)
            listener.setblocking(False)
            listener.listen(1024)
            self._loop.add_reader(listener, self._accept, listener)

    def _accept(self, listener: socket.socket) -> None:
        # Not asyncio's own server: closed at the wrong moment, it forgets what it has accepted.
        with suppress(BlockingIOError):
            client, _ = listener.accept()
            serving = self._loop.create_task(self._serve(client, listener))
            self._serving.add(serving)
            serving.add_done_callback(self._serving.discard)

    async def _serve(self, client: socket.socket, listener: socket.socket) -> None:
        reader, writer = await asyncio.open_connection(sock=client, limit=READ_BYTES)
        connection = Connection(self._network, reader, writer)
        self._open.add(connection)
        try:
            if self._listener is not listener:  # taken just before a cut
                await connection.cut()
            await connection.serve()
        finally:
            self._open.remove(connection)

    async def _hold(self, row: Exchange) -> None:
        for holding in list(self._holdings):
            await holding.keep(row)

    async def _let_flow(self, flows: bool) -> None:
        self._network.flows = flows
        for connection in list(self._open):
            await connection.wake()

    async def _cut(self) -> None:
        if self._listener is not None:
            self._loop.remove_reader(self._listener)
            self._listener.close()
            self._listener = None
        for connection in list(self._open):
            await connection.cut()

    async def _end(self) -> None:
        await self._cut()
        for holding in self._holdings:
            await holding.release()
        for connection in list(self._open):
            await connection.end()
        await asyncio.gather(*self._serving)
        await self._loop.shutdown_asyncgens()


def _bound(port: int) -> socket.socket:
    """A socket that has the port but does not listen: callers are refused, no other gets it.

    Several sockets may have it, by SO_REUSEADDR, as long as one of them listens at most.
    """
    keeper = socket.socket()
    keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    keeper.bind((HOST, port))
    return keeper
