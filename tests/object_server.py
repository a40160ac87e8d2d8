"""A small HTTP object store on loopback that fails when told to: PUT, GET with Range, 403."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

# It ends only what hangs: a machine with much else to do may stand still for many seconds.
DEADLINE_S = 120.0


class ObjectServer:
    """The store and its levers; a URL is signed by a word in its query, valid until revoked."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.puts: list[str] = []  # names, in the order in which they were stored
        self.ranges: list[str] = []  # the Range headers that came
        self.answers: dict[str, list[int]] = {}  # name → statuses to answer before all is well
        self.cuts: dict[str, list[int]] = {}  # name → bytes after which a GET's connection breaks
        self.revoked: set[str] = set()
        self.asked: Counter[str] = Counter()
        self.released = threading.Event()
        self.ignores_ranges = False
        self.held: set[str] = set()  # names whose requests wait for `released`
        self._changed = threading.Condition()
        self._http = _Listener(("127.0.0.1", 0), _Handler)
        self._http.store = self
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> ObjectServer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.released.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def url(self, name: str, signature: str = "first") -> str:
        return f"http://127.0.0.1:{self._http.server_port}/{name}?signature={signature}"

    def has_been_asked_for(self, name: str) -> None:
        """Wait until a request for `name` has come in."""
        self.wait_until(lambda: self.asked[name] > 0, f"a request for {name}")

    def wait_until(self, claim: Callable[[], bool], what: str) -> None:
        with self._changed:
            if not self._changed.wait_for(claim, DEADLINE_S):
                raise AssertionError(f"{what} did not come; seen: {dict(self.asked)}")

    def keep(self, name: str, data: bytes) -> None:
        self.objects[name] = data
        self.puts.append(name)

    def note(self, change: Callable[[], object]) -> None:
        with self._changed:
            change()
            self._changed.notify_all()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # by default who comes sixth at once knocks in vain, and waits seconds
    store: ObjectServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Listener

    def do_PUT(self) -> None:
        store, name = self.server.store, self._name()
        size = int(self.headers["Content-Length"])
        data = self.rfile.read(size)
        if len(data) == size and self._may_pass(name):
            store.note(lambda: store.keep(name, data))
            self._answer(201)

    def do_GET(self) -> None:
        store, name = self.server.store, self._name()
        if not self._may_pass(name):
            return
        data = store.objects.get(name)
        asked_range = None if store.ignores_ranges else self.headers.get("Range")
        start = int(asked_range[len("bytes=") : -1]) if asked_range else 0
        if asked_range:
            store.ranges.append(asked_range)
        if data is None or (start and start >= len(data)):
            return self._answer(404 if data is None else 416)
        cuts = store.cuts.get(name)
        end = cuts.pop(0) if cuts else len(data)
        self._answer(206 if start else 200, len(data) - start)
        self.wfile.write(data[start:end])

    def _name(self) -> str:
        return urlsplit(self.path).path.lstrip("/")

    def _may_pass(self, name: str) -> bool:
        """Whether the request is let through; if not, it is answered here."""
        store = self.server.store
        store.note(lambda: store.asked.update([name]))
        if name in store.held:
            store.released.wait(DEADLINE_S)
        signature = parse_qs(urlsplit(self.path).query).get("signature", [""])[0]
        answers = store.answers.get(name)
        status = 403 if signature in store.revoked else answers.pop(0) if answers else 200
        if status != 200:
            self._answer(status)
        return status == 200

    def _answer(self, status: int, size: int = 0) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(size))
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


def wait_until(claim: Callable[[], bool], what: str) -> None:
    """Poll for something that tells nobody, such as a file; `AssertionError` at the deadline."""
    deadline = time.monotonic() + DEADLINE_S
    while not claim():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come")
        time.sleep(0.02)
