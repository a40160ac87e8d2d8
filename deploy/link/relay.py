"""One client's connection, from its first byte to its last."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from deploy.link.http1 import BadMessage, Head, Inbox, body_of_answer, body_of_request
from deploy.link.ledger import Exchange, Ledger
from deploy.link.wire import Bucket, Clock, Line, Wire

READ_BYTES = 2**18


@dataclass
class Network:
    """What all connections of one link share."""

    upstream: tuple[str, int]
    line: Line
    clock: Clock
    ledger: Ledger
    hold: Callable[[Exchange], Awaitable[None]]  # returns when the answer may go on its way
    flows: bool = True
    up: list[Bucket] = field(default_factory=list)
    down: list[Bucket] = field(default_factory=list)

    def __post_init__(self) -> None:
        if rate := self.line.total_bytes_per_s:
            self.up, self.down = [Bucket(rate)], [Bucket(rate)]


class Connection:
    """Between one client and the server; each request has a connection of its own there."""

    def __init__(
        self, network: Network, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._network = network
        self._reader, self._writer = reader, writer
        writer.transport.set_write_buffer_limits(high=0)  # so that drained is gone
        self._up, self._down = self._wire(network.up), self._wire(network.down)
        self._inbox = Inbox(self._from_client)
        self._has_left = self._is_over = False
        self._server: asyncio.StreamWriter | None = None

    async def serve(self) -> None:
        """Pass requests and answers until either side ends it; a fault resets the client."""
        clock = self._network.clock
        await clock.sleep_until(clock.now() + 2 * self._network.line.delay_s)  # TCP's handshake
        carriers = [asyncio.create_task(one) for one in (self._carry_up(), self._carry_down())]
        try:
            while await self._exchange():
                pass
            self._writer.close()
        except (OSError, ValueError):
            await self.cut()
        finally:
            for task in carriers:
                task.cancel()
            await asyncio.gather(*carriers, return_exceptions=True)
            self._writer.transport.abort()

    async def cut(self) -> None:
        """Reset the client at once; what the server has got in full it may still answer."""
        _reset(self._writer)
        await self._up.cut()
        await self._down.cut()

    async def end(self) -> None:
        """As `cut`, and what the server has not answered yet is lost; `serve` will return."""
        self._is_over = True
        await self.cut()
        if self._server is not None:
            self._server.transport.abort()

    async def wake(self) -> None:
        """Look again whether anything may flow."""
        await self._up.wake()
        await self._down.wake()

    def _wire(self, buckets: list[Bucket]) -> Wire:
        network = self._network
        return Wire(network.line, network.clock, buckets, lambda: network.flows)

    # --- between the client and the far end of the wires ---

    async def _carry_up(self) -> None:
        with suppress(OSError):
            while data := await self._reader.read(self._network.line.chunk_bytes):
                await self._up.send(data)
        self._has_left = True
        with suppress(OSError):
            await self._up.send(b"")

    async def _carry_down(self) -> None:
        with suppress(OSError):
            while True:
                self._writer.write(await self._down.receive())
                await self._writer.drain()
                await self._down.received()
        await self.cut()

    async def _from_client(self) -> bytes:
        data = await self._up.receive()
        await self._up.received()
        return data

    # --- between the far end and the server ---

    async def _exchange(self) -> bool:
        """One request and its answer; false if no other can follow."""
        head = await self._inbox.head()
        if head is None:
            return False
        row = self._network.ledger.begin(head.method, head.target)
        reader, writer = await asyncio.open_connection(*self._network.upstream, limit=READ_BYTES)
        self._server = writer
        if self._is_over:
            writer.transport.abort()
        sending = asyncio.create_task(self._pass_request(head, row, writer))
        try:
            may_follow = await self._pass_answer(head, row, reader)
            await sending
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            writer.transport.abort()
        return may_follow and not head.is_last

    async def _pass_request(self, head: Head, row: Exchange, writer: asyncio.StreamWriter) -> None:
        try:
            listens = await _pass(head.raw, writer)
            async for piece in self._inbox.body(body_of_request(head)):
                # A server that has answered early, and gone, is no reason to cut off its answer.
                listens = listens and await _pass(piece.raw, writer)
                self._network.ledger.note(row, sent_bytes=piece.body_bytes if listens else 0)
        except (OSError, ValueError):
            writer.transport.abort()  # the server must not take half a body for a whole one
            raise

    async def _pass_answer(
        self, request: Head, row: Exchange, reader: asyncio.StreamReader
    ) -> bool:
        chunk_bytes, ledger = self._network.line.chunk_bytes, self._network.ledger
        inbox = Inbox(lambda: reader.read(chunk_bytes))
        head = await _next_answer(inbox)
        while head.is_interim:
            await self._down.send(head.raw)
            head = await _next_answer(inbox)
        ledger.note(row, status=head.status)
        await self._network.hold(row)
        await self._down.send(head.raw)
        body = body_of_answer(head, request.method)
        async for piece in inbox.body(body):
            await self._down.send(piece.raw)
            ledger.note(row, answer_bytes=piece.body_bytes)
        await self._down.drained()
        ledger.note(row, was_heard=not self._has_left)
        return not (head.is_last or body.ends_with_connection)


async def _next_answer(inbox: Inbox) -> Head:
    head = await inbox.head()
    if head is None:
        raise BadMessage("the server gave no answer")
    return head


async def _pass(data: bytes, writer: asyncio.StreamWriter) -> bool:
    """Whether the server took it."""
    try:
        writer.write(data)
        await writer.drain()
    except OSError:
        return False
    return True


def _reset(writer: asyncio.StreamWriter) -> None:
    at_once = struct.pack("ii", 1, 0)  # socket(7), SO_LINGER: send RST, drop what is unsent
    with suppress(OSError):
        raw: socket.socket = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    writer.transport.abort()
