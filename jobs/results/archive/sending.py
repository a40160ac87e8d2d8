"""Archives on their way: how many at once, and what happens when one cannot come to its end."""

from __future__ import annotations

import errno
import logging
import threading
from collections.abc import Generator, Iterator

from django.conf import settings

from backends.base import BackendError, Store
from jobs.results.archive.plan import Archive

logger = logging.getLogger(__name__)
_lock = threading.Lock()
_taken = 0  # of the FREELOADER_ARCHIVES_AT_ONCE places of this process: each holds a thread


def are_all_taken() -> bool:
    """Whether who comes now has to wait."""
    return bool(_taken >= settings.ARCHIVES_AT_ONCE)


class Sending:
    """The blocks of an archive; it holds a place until it is closed.

    WSGI closes what it sends, also when the client has gone (PEP 3333).
    """

    def __init__(self, blocks: Generator[bytes, None, None]) -> None:
        self._blocks = blocks
        self._has_place = True
        self._first = b""

    @classmethod
    def of(cls, plan: Archive, store: Store, start: int, stop: int) -> Sending | None:
        """None if all places are taken; `BackendError` if the store does not even begin."""
        if not _take():
            return None
        sending = cls(plan.read(store, start, stop))
        try:
            sending._first = next(sending._blocks, b"")
        except BackendError:
            sending.close()
            raise
        return sending

    def __iter__(self) -> Iterator[bytes]:
        """A fault of the store breaks the connection: what is too short nobody takes for whole.

        To gunicorn the reset of a connection is no news; of other errors it writes a traceback.
        """
        yield self._first
        try:
            yield from self._blocks
        except BackendError as error:
            logger.error("An archive was broken off: %s", error.message)
            raise ConnectionResetError(errno.ECONNRESET, "The archive is broken off.") from error

    def close(self) -> None:
        """Give the place back, once."""
        if self._has_place:
            self._has_place = False
            self._blocks.close()
            _give_back()

    __del__ = close  # where no server ever came to send it


def _take() -> bool:
    global _taken
    with _lock:
        if are_all_taken():
            return False
        _taken += 1
        return True


def _give_back() -> None:
    global _taken
    with _lock:
        _taken -= 1
