"""As much of HTTP/1.1 (RFC 9112) as a relay needs: where heads and bodies end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

MOST_HEAD_BYTES = 2**16
HEAD_END = b"\r\n\r\n"


class BadMessage(ValueError):
    """This is no HTTP/1.1, or it broke off."""


@dataclass(frozen=True)
class Head:
    """The first lines of a message; `raw` is all of it, to the byte."""

    raw: bytes
    start: str
    headers: dict[str, str]

    @property
    def method(self) -> str:
        """Of a request."""
        return self.start.split(" ")[0]

    @property
    def target(self) -> str:
        """Of a request."""
        return self.start.split(" ")[1]

    @property
    def status(self) -> int:
        """Of an answer."""
        return int(self.start.split(" ")[1])

    @property
    def is_interim(self) -> bool:
        """Another answer follows it, as after 100 Continue."""
        return 100 <= self.status < 200 and self.status != 101

    @property
    def is_last(self) -> bool:
        """The connection ends with this message."""
        said = self.headers.get("connection", "").lower()
        return "close" in said or ("HTTP/1.0" in self.start and "keep-alive" not in said)


@dataclass(frozen=True)
class Body:
    """How a body ends: after so many bytes, or by its last chunk, or with the connection."""

    size_bytes: int | None = 0
    is_chunked: bool = False

    @property
    def ends_with_connection(self) -> bool:
        return self.size_bytes is None and not self.is_chunked


@dataclass(frozen=True)
class Piece:
    """Some of a message, to be passed on as it is; so much of it is content."""

    raw: bytes
    body_bytes: int


class Inbox:
    """Bytes as they come in, by `more` (b"" is the end), and read as messages."""

    def __init__(self, more: Callable[[], Awaitable[bytes]]) -> None:
        self._more = more
        self._buffer = b""
        self._is_over = False

    async def head(self) -> Head | None:
        """The next one; None if the connection ended where one would have begun."""
        raw = await self._through(HEAD_END)
        if not raw:
            return None
        start, *lines = raw.decode("latin-1").rstrip("\r\n").split("\r\n")
        if len(start.split(" ")) < 2:
            raise BadMessage(f"{start!r} begins no message")
        named = (line.partition(":")[::2] for line in lines)
        return Head(raw, start, {name.strip().lower(): value.strip() for name, value in named})

    async def body(self, body: Body) -> AsyncIterator[Piece]:
        """All pieces of it; BadMessage if it breaks off."""
        if body.is_chunked:
            async for piece in self._chunks():
                yield piece
        elif body.size_bytes is None:
            while data := await self._some(2**30):
                yield Piece(data, len(data))
        else:
            async for piece in self._exactly(body.size_bytes):
                yield piece

    async def _exactly(self, left: int) -> AsyncIterator[Piece]:
        while left:
            data = await self._some(left)
            if not data:
                raise BadMessage(f"broken off with {left} bytes to come")
            left -= len(data)
            yield Piece(data, len(data))

    async def _chunks(self) -> AsyncIterator[Piece]:
        while True:
            line = await self._through(b"\r\n")
            yield Piece(line, 0)
            size_bytes = int(line.split(b";")[0] or b"0", 16)
            if not size_bytes:
                break
            async for piece in self._exactly(size_bytes):
                yield piece
            yield Piece(await self._through(b"\r\n"), 0)
        while (line := await self._through(b"\r\n")) != b"\r\n":  # trailers
            yield Piece(line, 0)
        yield Piece(line, 0)

    async def _through(self, end: bytes) -> bytes:
        """Up to `end`, with it; b"" if nothing at all came any more."""
        while end not in self._buffer:
            if len(self._buffer) > MOST_HEAD_BYTES:
                raise BadMessage("a head without an end")
            if not await self._fill():
                if self._buffer:
                    raise BadMessage("broken off within a head")
                return b""
        taken, _, self._buffer = self._buffer.partition(end)
        return taken + end

    async def _some(self, most: int) -> bytes:
        if not self._buffer:
            await self._fill()
        taken, self._buffer = self._buffer[:most], self._buffer[most:]
        return taken

    async def _fill(self) -> bool:
        if not self._is_over:
            data = await self._more()
            self._buffer += data
            self._is_over = not data
        return not self._is_over


def body_of_request(head: Head) -> Body:
    """RFC 9112, 6.3: none unless it says so."""
    return _announced(head) or Body()


def body_of_answer(head: Head, method: str) -> Body:
    """RFC 9112, 6.3: it depends on the request's method and the status too."""
    if method == "HEAD" or head.status in (204, 304) or head.status < 200:
        return Body()
    return _announced(head) or Body(size_bytes=None)


def _announced(head: Head) -> Body | None:
    if "chunked" in head.headers.get("transfer-encoding", "").lower():
        return Body(size_bytes=None, is_chunked=True)
    if "content-length" in head.headers:
        return Body(int(head.headers["content-length"]))
    return None
