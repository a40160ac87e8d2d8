"""One direction of one connection: bytes go in, and come out as late as a network would."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

SLACK_S = 0.005  # how late a sleep may end without a loss of rate
LEAST_WINDOW_BYTES = 2**20
CHUNKS_PER_S = 100  # so that a slow line is smooth, and breaks off quickly


@dataclass(frozen=True)
class Line:
    """What a network is like, in each of its two directions.

    `delay_s` is one way, half a round trip. A new connection costs one round trip before its
    first byte. `bytes_per_s` is of each connection, `total_bytes_per_s` of all together.
    """

    delay_s: float = 0.0
    bytes_per_s: float | None = None
    total_bytes_per_s: float | None = None

    @property
    def chunk_bytes(self) -> int:
        """How much is passed on at once."""
        rate = self.bytes_per_s or self.total_bytes_per_s
        return min(max(int(rate / CHUNKS_PER_S), 1024), 2**18) if rate else 2**18

    @property
    def window_bytes(self) -> int:
        """How much may be under way on one connection."""
        rate = self.bytes_per_s or self.total_bytes_per_s or 0
        return max(LEAST_WINDOW_BYTES, int(2 * rate * self.delay_s))


class Clock:
    """The time by which lines are slow; tests have another one."""

    def now(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()

    async def sleep_until(self, when: float) -> None:
        """Return at that moment or after it."""
        if (left_s := when - self.now()) > 0:
            await asyncio.sleep(left_s)


class Bucket:
    """A rate, shared by all that ask."""

    def __init__(self, bytes_per_s: float) -> None:
        self._bytes_per_s = bytes_per_s
        self._free_at = 0.0

    def leaves_at(self, size_bytes: int, now: float) -> float:
        """When so many bytes will have passed, behind all that came before."""
        begun = max(self._free_at, now - SLACK_S)
        self._free_at = begun + size_bytes / self._bytes_per_s
        return self._free_at


class Wire:
    """Bytes under way. Every call raises ConnectionResetError once it is broken."""

    def __init__(
        self, line: Line, clock: Clock, buckets: Iterable[Bucket], flows: Callable[[], bool]
    ) -> None:
        """While `flows` is false nothing comes out; `wake` has it asked again."""
        own = [Bucket(line.bytes_per_s)] if line.bytes_per_s else []
        self._line, self._clock, self._flows = line, clock, flows
        self._buckets = [*buckets, *own]
        self._under_way: deque[tuple[float, bytes]] = deque()
        self._bytes = 0
        self._is_broken = False
        self._changed = asyncio.Condition()

    async def send(self, data: bytes) -> None:
        """Put bytes in, at the line's rate, as soon as there is room; b"" is the end."""
        now = self._clock.now()
        leaves_at = max([now, *(one.leaves_at(len(data), now) for one in self._buckets)])
        await self._clock.sleep_until(leaves_at)
        async with self._changed:
            await self._changed.wait_for(
                lambda: self._is_broken or self._bytes < self._line.window_bytes
            )
            self._check()
            self._under_way.append((leaves_at + self._line.delay_s, data))
            self._bytes += len(data)
            self._changed.notify_all()

    async def receive(self) -> bytes:
        """What comes out next, when it is time."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._is_broken or self._under_way)
            self._check()
            arrives_at, data = self._under_way[0]
        await self._clock.sleep_until(arrives_at)
        async with self._changed:
            await self._changed.wait_for(lambda: self._is_broken or self._flows())
            self._check()
        return data

    async def received(self) -> None:
        """What `receive` gave has been dealt with: there is room for more."""
        async with self._changed:
            self._check()
            _, data = self._under_way.popleft()
            self._bytes -= len(data)
            self._changed.notify_all()

    async def drained(self) -> None:
        """Wait until all that was put in has come out."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._is_broken or not self._under_way)
            self._check()

    async def wake(self) -> None:
        """Look again whether it flows."""
        async with self._changed:
            self._changed.notify_all()

    async def cut(self) -> None:
        """Break it: what is under way is lost."""
        self._is_broken = True
        async with self._changed:
            self._under_way.clear()
            self._changed.notify_all()

    def _check(self) -> None:
        if self._is_broken:
            raise ConnectionResetError("the link is cut")
