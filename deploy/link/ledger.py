"""What passed over a link: each request, and whether its answer was heard."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

SIGNATURE = ("x-amz-", "temp_url_")  # how the names of a signed URL's own parameters begin


@dataclass
class Exchange:
    """One request and its answer.

    `path` is without what signs it, so it names a part: by partNumber and uploadId, or as a
    segment. `status` is None until the server has answered, however late; `was_heard`: the
    whole answer went to a client that was still there. `began` and `answered` tell the order of all
    that happened on the link.
    """

    method: str
    path: str
    sent_bytes: int = 0
    status: int | None = None
    answer_bytes: int = 0
    was_heard: bool = False
    began: int = 0
    answered: int = 0

    @property
    def has_stored(self) -> bool:
        """It put something into the store."""
        return self.method == "PUT" and self.status is not None and 200 <= self.status < 300


class Ledger:
    """All exchanges of a link, in the order in which they began; for any thread."""

    def __init__(self) -> None:
        self._rows: list[Exchange] = []
        self._changed = threading.Condition()
        self._moment = 0  # counts what began and what was answered, so that one can tell the order

    @property
    def exchanges(self) -> list[Exchange]:
        """As they are at this moment: copies."""
        with self._changed:
            return [replace(row) for row in self._rows]

    @property
    def sent_bytes(self) -> int:
        """What all requests' bodies had, as far as they passed."""
        return sum(row.sent_bytes for row in self.exchanges)

    def stored(self) -> Counter[str]:
        """How often the store has taken each part, or whole object, by its path."""
        return Counter(row.path for row in self.exchanges if row.has_stored)

    def stored_twice(self) -> dict[str, int]:
        """The parts that the store has taken more than once, and how often."""
        return {path: times for path, times in self.stored().items() if times > 1}

    def parts_sent_twice(self) -> int:
        """How many times a part was stored that was stored before."""
        return sum(times - 1 for times in self.stored_twice().values())

    def bytes_sent_twice(self) -> int:
        """Of PUTs: what passed beyond one storing of each part; also what broke off."""
        puts = [row for row in self.exchanges if row.method == "PUT"]
        once = {row.path: row.sent_bytes for row in puts if row.has_stored}
        return sum(row.sent_bytes for row in puts) - sum(once.values())

    def wait_for(self, claim: Callable[[Ledger], bool], timeout_s: float = 120) -> None:
        """Return as soon as the claim holds; TimeoutError if it does not in time."""
        with self._changed:
            if not self._changed.wait_for(lambda: claim(self), timeout_s):
                raise TimeoutError(f"not within {timeout_s} s")

    def resent(self) -> list[str]:
        """The parts of which bytes were sent by a request that began after they were stored."""
        rows = self.exchanges
        stored: dict[str, int] = {}
        for row in rows:
            if row.has_stored:
                stored[row.path] = min(row.answered, stored.get(row.path, row.answered))
        return [
            row.path
            for row in rows
            if row.method == "PUT"
            and row.sent_bytes
            and row.began > stored.get(row.path, row.began)
        ]

    # --- what the relay writes ---

    def _next_moment(self) -> int:
        self._moment += 1
        return self._moment

    def begin(self, method: str, target: str) -> Exchange:
        row = Exchange(method, without_signature(target))
        with self._changed:
            row.began = self._next_moment()
            self._rows.append(row)
            self._changed.notify_all()
        return row

    def note(
        self,
        row: Exchange,
        *,
        sent_bytes: int = 0,
        answer_bytes: int = 0,
        status: int | None = None,
        was_heard: bool = False,
    ) -> None:
        """Bytes are added; the others are set once."""
        with self._changed:
            row.sent_bytes += sent_bytes
            row.answer_bytes += answer_bytes
            if status is not None:
                row.status, row.answered = status, self._next_moment()
            row.was_heard = row.was_heard or was_heard
            self._changed.notify_all()


def without_signature(target: str) -> str:
    """A request's path and query as they are, but for the parameters that sign them."""
    path, _, query = target.partition("?")
    kept = [one for one in query.split("&") if not one.lower().startswith(SIGNATURE)]
    return "?".join(filter(None, [path, "&".join(kept)]))
