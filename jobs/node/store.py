"""The object store through signed URLs: no key, no header, no library."""

import contextlib
import http.client
import os
import random
import time
import urllib.error
import urllib.request
from typing import Any, Callable, Dict, Iterator, TypeVar

from . import local
from .endings import Ending, Unsigned
from .files import CHUNK_BYTES

T = TypeVar("T")
PATIENCE_S = float(os.environ.get("FREELOADER_PATIENCE_S", "1800"))  # all pauses of one transfer
PAUSE_S = float(os.environ.get("FREELOADER_PAUSE_S", "1"))  # the first pause; it doubles
MAX_PAUSE_S = 60.0
TIMEOUT_S = 120.0  # without a byte from the store


class StoreTrouble(Exception):
    """The store did not do its part; `status` is its HTTP answer, 0 if there was none."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.is_refusal = 400 <= status < 500 and status not in (408, 409, 425, 429)
        self.is_final = self.is_refusal and status not in (401, 403)  # these two: URL expired


class NoUrlsYet(StoreTrouble):
    """Nothing was asked of the store: job.json has no URL for that yet."""

    def __init__(self, words: str) -> None:
        super().__init__(403, words)


@contextlib.contextmanager
def asking(
    method: str,
    url: str,
    *,
    data: Any = None,
    headers: Dict[str, str],
    timeout_s: float = TIMEOUT_S,
) -> Iterator[Any]:
    """The store's answer; every failure becomes `StoreTrouble` without a word of the URL."""
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as response:
            yield response
    except urllib.error.HTTPError as error:
        error.close()
        raise StoreTrouble(error.code, f"answer {error.code}") from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        words = getattr(reason, "strerror", None) or type(reason).__name__
        raise StoreTrouble(0, words) from None


def get(url: str, start: int) -> Iterator[bytes]:
    """The object's bytes from `start` on."""
    if local.is_local(url):
        yield from local.read(url, start)
        return
    headers = {"Range": f"bytes={start}-"} if start else {}
    with asking("GET", url, headers=headers) as response:
        surplus = start if response.status != 206 else 0  # a proxy may ignore Range and send all
        for chunk in iter(lambda: response.read(CHUNK_BYTES), b""):
            yield chunk[surplus:]
            surplus = max(0, surplus - len(chunk))


def put(url: str, data: Any, size_bytes: int, *, timeout_s: float = TIMEOUT_S) -> None:
    """Store `data` (bytes, or anything with read()) of a size that is known beforehand."""
    if local.is_local(url):
        return local.write(url, data)
    headers = {"Content-Length": str(size_bytes), "Content-Type": "application/octet-stream"}
    with asking("PUT", url, data=data, headers=headers, timeout_s=timeout_s) as response:
        response.read()


def patiently(what: str, act: Callable[[], T]) -> T:
    """Call `act` until it does without `StoreTrouble`; `Ending` after PATIENCE_S of pauses.

    `act` reads its URL from job.json each time: it may have expired and been renewed. Only the
    pauses are counted, so that a slow transfer does not use up its patience by being slow.
    """
    waited_s, pause_s = 0.0, PAUSE_S
    while True:
        try:
            return act()
        except StoreTrouble as trouble:
            if trouble.is_final or waited_s >= PATIENCE_S:
                reason = "store_refused" if trouble.is_refusal else "store_unreachable"
                message = f"The store failed on {what} ({trouble})."
                kind = Unsigned if isinstance(trouble, NoUrlsYet) else Ending
                raise kind(reason, message) from None
        pause_s = min(pause_s, MAX_PAUSE_S) * random.uniform(0.5, 1.5)
        time.sleep(pause_s)
        waited_s, pause_s = waited_s + pause_s, pause_s * 2
