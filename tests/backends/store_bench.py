"""What the contract of the store needs beside the port: to play browser, and to count remains."""

import socket
import ssl
import subprocess
import threading
import time
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from backends.base import Part, SignedRequest, Store, StoredObject
from backends.django_storage import StoreStorage
from backends.memory import MemoryStore
from backends.purposes import RoutedStore
from backends.s3 import S3Store
from backends.swift import SwiftStore


class StoreBench(ABC):
    """A store with what it takes to test it."""

    store: Store
    joins_by_name = False  # what is joined consists of its pieces; else it is a copy of them

    @abstractmethod
    def send(self, request: SignedRequest, data: bytes = b"") -> bytes:
        """Send a signed request as a browser does; PermissionError if the store refuses it."""

    @abstractmethod
    def remains(self, prefix: str) -> list[str]:
        """Everything stored below `prefix`: objects, parts and segments."""

    @abstractmethod
    def stopped(self) -> Store:
        """A store of this kind that is down."""

    def upload(self, name: str, contents: Sequence[bytes]) -> str:
        """Send these parts of `name`, the last one first; returns the upload's key."""
        key = self.store.begin_parts(name)
        signed = self.store.sign_parts(name, key, range(1, len(contents) + 1), expires_s=600)
        for number in sorted(signed, reverse=True):
            self.send(signed[number], contents[number - 1])
        return key

    def make(self, name: str, contents: Sequence[bytes]) -> StoredObject:
        """An object of these parts."""
        key = self.upload(name, contents)
        return self.store.complete_parts(name, key, self.store.stored_parts(name, key))

    def size_of_first_parts(self) -> int:
        return self.store.limits().min_part_bytes


class MemoryBench(StoreBench):
    store: MemoryStore

    def __init__(self, store: MemoryStore) -> None:
        self.store = store

    def send(self, request: SignedRequest, data: bytes = b"") -> bytes:
        return self.store.send(request, data)

    def remains(self, prefix: str) -> list[str]:
        parts = [f"{name}/{key}" for name, key in self.store._parts]
        return [found for found in [*self.store._objects, *parts] if found.startswith(prefix)]

    def stopped(self) -> Store:
        self.store.is_stopped = True
        return self.store


class SwiftBench(StoreBench):
    store: SwiftStore
    joins_by_name = True

    def __init__(self, store: SwiftStore) -> None:
        self.store = store

    def send(self, request: SignedRequest, data: bytes = b"") -> bytes:
        return send(request, data)[1]

    def remains(self, prefix: str) -> list[str]:
        return [
            row["name"]
            for below in (prefix, f".segments/{prefix}")
            for row in self.store._objects.rows(below)
        ]

    def stopped(self) -> Store:
        return SwiftStore(
            auth_url=f"{NOBODY_HOME}/auth/v1.0", user="u:u", key="k", container="contract"
        )


class S3Bench(StoreBench):
    store: S3Store

    def __init__(self, store: S3Store, native: SwiftStore) -> None:
        self.store = store
        self._native = native

    def send(self, request: SignedRequest, data: bytes = b"") -> bytes:
        return send(request, data)[1]

    def remains(self, prefix: str) -> list[str]:
        """Asked of Swift itself, for S3 does not show segments."""
        connection = self._native._client.connection()
        _, containers = connection.get_account()
        names = [row["name"] for row in containers if row["name"].startswith("contract-s3")]
        return [
            row["name"]
            for container in names
            for row in connection.get_container(container, prefix=prefix)[1]
        ]

    def stopped(self) -> Store:
        return S3Store(
            endpoint_url=NOBODY_HOME, bucket_name="contract-s3", access_key="u:u", secret_key="k"
        )


class RoutedBench(StoreBench):
    """Two stores of a kind as one: what the tests store has a container of its own."""

    store: RoutedStore

    def __init__(self, common: StoreBench, own: StoreBench) -> None:
        self._both = (common, own)
        self._own = own
        self.joins_by_name = own.joins_by_name
        self.store = routed(common.store, own.store)

    def send(self, request: SignedRequest, data: bytes = b"") -> bytes:
        return self._own.send(request, data)

    def remains(self, prefix: str) -> list[str]:
        return sorted({name for bench in self._both for name in bench.remains(prefix)})

    def stopped(self) -> Store:
        common, own = (bench.stopped() for bench in self._both)
        return routed(common, own)


def routed(common: Store, own: Store) -> RoutedStore:
    assert isinstance(common, StoreStorage)
    assert isinstance(own, StoreStorage)
    return RoutedStore(common, {"uploads/": own})


NOBODY_HOME = "http://127.0.0.1:9"  # the discard port: nothing listens there


def send(request: SignedRequest, data: bytes = b"", **headers: str) -> tuple[Any, bytes]:
    """Send it with the standard library alone, as a compute node does: headers and body."""
    body = data if request.method == "PUT" else None
    wanted = urllib.request.Request(
        request.url, data=body, method=request.method, headers={**request.headers, **headers}
    )
    try:
        with urllib.request.urlopen(wanted, timeout=120) as answer:
            return answer.headers, answer.read()
    except HTTPError as error:
        with error:
            if error.code in (400, 401, 403):
                raise PermissionError(error.code) from None
            raise FileNotFoundError(error.code) from None


def parts_of(bench: StoreBench, count: int = 3) -> list[bytes]:
    """Parts as small as the store takes them; the last one smaller still."""
    size = max(bench.size_of_first_parts(), 1000)
    return [bytes([65 + n]) * size for n in range(count - 1)] + [b"the end"]


def read_all(store: Store, name: str, *, start: int = 0) -> bytes:
    with store.stream(name, start=start) as chunks:
        return b"".join(chunks)


def numbers(parts: Sequence[Part]) -> list[int]:
    return [part.number for part in parts]


def eventually(is_so: Callable[[], bool], *, within_s: float = 240) -> bool:
    """Whether a daemon of the store brings it about in time."""
    deadline = time.monotonic() + within_s
    pause = threading.Event()
    while not is_so():
        if time.monotonic() > deadline:
            return False
        pause.wait(0.5)
    return True


@contextmanager
def silent_server() -> Iterator[tuple[str, Callable[[], int]]]:
    """The address of a server that never answers a call, and how many calls there were by now."""

    def calls() -> int:
        count = 0
        with suppress(BlockingIOError):
            while True:
                listener.accept()[0].close()
                count += 1
        return count

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", calls


@contextmanager
def untrusted_server(folder: Path) -> Iterator[str]:
    """The address of a server that shows a TLS certificate of its own making, until the end."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    new = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    place = ["-nodes", "-subj", "/CN=127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*new, *place], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
