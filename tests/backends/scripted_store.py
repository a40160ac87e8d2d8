"""A server that speaks just enough of both APIs to answer every question about an object badly."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from backends.base import Store
from backends.s3 import S3Store
from backends.swift import SwiftStore

SECRET = "k3y-that-nobody-may-see"
CONTAINER = "contract"


@dataclass
class ScriptedStore:
    """Where it is, what it answers for objects (status, body, announced length), its log-ins."""

    url: str = ""
    status: int = 200
    body: bytes = b""
    announced_bytes: int | None = None
    login_status: int = 200
    container_status: int = 204
    answers_after_s: float = 0  # what is asked with a method of `slow`
    slow: tuple[str, ...] = ()
    over: threading.Event = field(default_factory=threading.Event)  # nothing is slow any more
    is_token_stale: bool = False
    logins: int = 0
    paths: list[str] = field(default_factory=list)

    def swift(self) -> SwiftStore:
        return SwiftStore(
            auth_url=f"{self.url}/auth/v1.0", user="u:u", key=SECRET, container=CONTAINER
        )

    def s3(self, public_endpoint_url: str | None = None, timeout_s: float = 25.0) -> S3Store:
        return S3Store(
            endpoint_url=self.url,
            bucket_name=CONTAINER,
            access_key="u:u",
            secret_key=SECRET,
            public_endpoint_url=public_endpoint_url,
            timeout_s=timeout_s,
        )


STORES: list[Callable[[ScriptedStore], Store]] = [ScriptedStore.swift, ScriptedStore.s3]


@contextmanager
def scripted_store() -> Iterator[ScriptedStore]:
    """Serve one on a free port of 127.0.0.1."""
    script = ScriptedStore()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"script": script}))
    server.daemon_threads = True
    script.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield script
    finally:
        script.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    script: ScriptedStore

    def do_GET(self) -> None:
        self.script.paths.append(self.path)
        if self.path.startswith("/auth"):
            self._log_in()
        elif urlsplit(self.path).path.rstrip("/") in (f"/{CONTAINER}", f"/v1/AUTH_u/{CONTAINER}"):
            self._answer(self.script.container_status, {"X-Container-Meta-Temp-URL-Key": "drawn"})
        elif self.script.is_token_stale:
            self._answer(401)
        else:
            if self.command in self.script.slow:
                self.script.over.wait(self.script.answers_after_s)
            self._answer(self.script.status, body=self.script.body)

    do_HEAD = do_PUT = do_POST = do_DELETE = do_GET

    def _log_in(self) -> None:
        self.script.logins += 1
        if self.script.logins > 1:
            self.script.is_token_stale = False
        storage_url = f"{self.script.url}/v1/AUTH_u"
        self._answer(
            self.script.login_status, {"X-Storage-Url": storage_url, "X-Auth-Token": "t0ken"}
        )

    def _answer(
        self, status: int, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        announced = self.script.announced_bytes
        self.send_header("Content-Length", str(len(body) if announced is None else announced))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
