"""The store in memory behind a door of HTTP, for a node's program that really runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from backends.base import SignedRequest
from backends.memory import MemoryStore


class _Door(ThreadingHTTPServer):
    daemon_threads = True
    store: MemoryStore


class _Handler(BaseHTTPRequestHandler):
    server: _Door

    def do_PUT(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        self._carry_out("PUT", data)

    def do_GET(self) -> None:
        self._carry_out("GET", b"")

    def _carry_out(self, method: str, data: bytes) -> None:
        try:
            body, status = self.server.store.send(SignedRequest(method, self.path), data), 200
        except PermissionError:
            body, status = b"", 403
        except FileNotFoundError:
            body, status = b"", 404
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@contextmanager
def served(store: MemoryStore) -> Iterator[None]:
    """What the store signs can be sent to it over loopback."""
    with _Door(("127.0.0.1", 0), _Handler) as door:
        door.store = store
        store.address = f"http://127.0.0.1:{door.server_port}"
        thread = threading.Thread(target=door.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield
        door.shutdown()
        thread.join()
