"""How slow a link is, by clocks of the tests' own."""

from __future__ import annotations

import asyncio
import heapq

import pytest

from deploy.link import Clock, Line
from deploy.link.wire import Bucket, Wire
from tests.deploy.link.server import (
    STORED,
    answering,
    calling,
    linked,
    put,
    read_all,
)


class JumpingClock(Clock):
    """It is as late as the latest moment that somebody waits for."""

    def __init__(self) -> None:
        self.time_s = 0.0

    def now(self) -> float:
        return self.time_s

    async def sleep_until(self, when: float) -> None:
        self.time_s = max(self.time_s, when)
        await asyncio.sleep(0)


class SteppingClock(JumpingClock):
    """It goes on to the next moment that somebody waits for when there is nothing else to do."""

    def __init__(self) -> None:
        super().__init__()
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []

    async def sleep_until(self, when: float) -> None:
        if when > self.time_s:
            woken = asyncio.Event()
            heapq.heappush(self._sleepers, (when, id(woken), woken))
            await woken.wait()

    async def run(self) -> None:
        while True:
            for _ in range(20):  # more turns than anything here takes between two sleeps
                await asyncio.sleep(0)
            self.time_s, _, woken = heapq.heappop(self._sleepers)
            woken.set()


async def pass_all(wire: Wire, chunks: int, chunk_bytes: int) -> None:
    """Put so many chunks in, without a pause, and take them all out."""

    async def put_in() -> None:
        for _ in range(chunks):
            await wire.send(b"x" * chunk_bytes)

    sending = asyncio.create_task(put_in())
    for _ in range(chunks):
        await wire.receive()
        await wire.received()
    await sending


async def passing(line: Line, chunks: int, chunk_bytes: int, connections: int = 1) -> float:
    """When the last of so many chunks on each connection has come out."""
    clock = SteppingClock()
    buckets = [Bucket(line.total_bytes_per_s)] if line.total_bytes_per_s else []
    wires = [Wire(line, clock, buckets, lambda: True) for _ in range(connections)]
    ticking = asyncio.create_task(clock.run())
    await asyncio.gather(*(pass_all(wire, chunks, chunk_bytes) for wire in wires))
    ticking.cancel()
    return clock.now()


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        (Line(), 0),
        (Line(delay_s=1), 1),
        (Line(bytes_per_s=1e5), 10),
        (Line(delay_s=1, bytes_per_s=1e5), 11),
        (Line(delay_s=20, bytes_per_s=1e5), 30),
        (Line(delay_s=1, bytes_per_s=4e5, total_bytes_per_s=1e5), 11),
        (Line(delay_s=1, bytes_per_s=1e5, total_bytes_per_s=4e5), 11),
    ],
)
def test_a_line_has_its_delay_and_its_rate(line: Line, seconds: float) -> None:
    assert asyncio.run(passing(line, 1000, 1000)) == pytest.approx(seconds, abs=0.01)


def test_a_request_costs_a_round_trip_and_so_does_a_connection() -> None:
    clock = JumpingClock()
    with (
        linked(answering(STORED), line=Line(delay_s=1), clock=clock) as (link, _),
        calling(link) as client,
    ):
        for seconds in (4, 6):
            client.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert read_all(client, len(STORED)) == STORED
            assert clock.now() == seconds


@pytest.mark.parametrize(
    ("line", "seconds"), [(Line(bytes_per_s=1e5), 10), (Line(total_bytes_per_s=1e5), 30)]
)
def test_a_rate_is_of_each_connection_or_of_all(line: Line, seconds: float) -> None:
    assert asyncio.run(passing(line, 1000, 1000, connections=3)) == pytest.approx(seconds, abs=0.01)


@pytest.mark.parametrize("line", [Line(bytes_per_s=1e5), Line(total_bytes_per_s=1e5)])
def test_a_link_has_the_rate_of_its_line(line: Line) -> None:
    clock = JumpingClock()
    with linked(answering(STORED, b"end"), line=line, clock=clock) as (link, _):
        put(link, "/a", b"x" * 10**6 + b"end")
        assert clock.now() == pytest.approx(10, abs=0.1)
