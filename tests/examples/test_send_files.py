"""The script that sends files: against the site's own pages, with a store that can be troubled."""

from __future__ import annotations

import hashlib
import runpy
from collections.abc import Callable, Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote, unquote

import pytest
from pytest_django.live_server_helper import LiveServer

from backends.base import SignedRequest
from backends.memory import MemoryStore
from backends.memory.scanner import MemoryScanner
from jobs import tasks
from jobs.models import Job
from jobs.states import State
from pipelines.models import Pipeline
from uploads import parts
from uploads.models import UploadedFile, UploadedPart

pytestmark = pytest.mark.live

PROGRAM = Path(__file__).resolve().parents[2] / "examples" / "send_files.py"
MIB = 2**20


class Door(ThreadingHTTPServer):
    """The store in memory, reached by HTTP: PUTs only, refused while `refuses` says so."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(("127.0.0.1", 0), _Put)
        self.store = store
        self.stored: list[int] = []  # part numbers, as they came in
        self.refuses: Callable[[int], bool] = lambda number: False

    def url(self, number: int, request: SignedRequest) -> str:
        return f"http://127.0.0.1:{self.server_port}/{number}/{quote(request.url, safe='')}"


class _Put(BaseHTTPRequestHandler):
    server: Door

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        number, url = self.path[1:].split("/")
        if self.server.refuses(int(number)):
            self.send_error(503)
            return
        self.server.store.send(SignedRequest("PUT", unquote(url)), body)
        self.server.stored.append(int(number))
        self.send_response(201)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Tests are quiet."""


@pytest.fixture
def door(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    """The store's door for the script; files are cut into parts of 1 MiB."""
    monkeypatch.setattr(parts, "USUAL_PART_BYTES", MIB)
    with Door(store) as door:
        sign, sign_whole = store.sign_parts, store.sign_put

        def sign_parts(
            name: str, key: str, numbers: Iterable[int], *, expires_s: int
        ) -> dict[int, SignedRequest]:
            signed = sign(name, key, numbers, expires_s=expires_s)
            return {n: SignedRequest("PUT", door.url(n, request)) for n, request in signed.items()}

        def sign_put(name: str, *, expires_s: int) -> SignedRequest:
            request = sign_whole(name, expires_s=expires_s)
            return SignedRequest("PUT", door.url(1, request))

        monkeypatch.setattr(store, "sign_parts", sign_parts)
        monkeypatch.setattr(store, "sign_put", sign_put)
        thread = Thread(target=door.serve_forever, args=(0.02,))
        thread.start()
        yield door
        door.shutdown()
        thread.join()


@pytest.fixture
def program() -> dict[str, Any]:
    """The script's own names; it gives up at once."""
    program: dict[str, Any] = runpy.run_path(str(PROGRAM))["main"].__globals__
    program["PAUSES_S"] = (0,)
    return program


@pytest.fixture
def send(
    transactional_db: None,
    live_server: LiveServer,
    pipeline: Pipeline,
    program: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., None]:
    """Runs the script in an empty directory, for files of ada's page."""
    monkeypatch.chdir(tmp_path)
    Pipeline.objects.update(max_file_mb=10, max_total_mb=20)

    def run(*names: str) -> None:
        program["main"](f"{live_server.url}/p/{pipeline.slug}/", "olga@far.example", *names)

    return run


def test_several_files_are_sent_by_parts_and_handed_over(
    send: Callable[..., None], door: Door, tmp_path: Path
) -> None:
    contents = {"long.csv": bytes(range(256)) * 10_000, "short.txt": b"hello world"}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)

    send(*contents)

    job = Job.objects.get()
    assert job.state == State.UPLOADED
    stored = [b"".join(_read(door.store, f.object_name)) for f in job.upload.files.all()]
    assert stored == list(contents.values())
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(contents)


def test_the_same_command_goes_on_where_it_was_broken_off(
    send: Callable[..., None], door: Door, tmp_path: Path
) -> None:
    (tmp_path / "long.csv").write_bytes(bytes(range(256)) * 10_000)
    door.refuses = lambda number: number == 2
    with pytest.raises(SystemExit, match="Run the same command again"):
        send("long.csv")
    assert Job.objects.get().state == State.UPLOADING

    door.refuses = lambda number: False
    send("long.csv")

    assert Job.objects.get().state == State.UPLOADED
    assert sorted(door.stored) == [1, 2, 3]


def test_every_part_is_proved_also_those_that_were_sent_before_a_break(
    send: Callable[..., None], door: Door, tmp_path: Path, scanners: dict[str, MemoryScanner]
) -> None:
    content = bytes(range(256)) * 10_000
    (tmp_path / "long.csv").write_bytes(content)
    door.refuses = lambda number: number == 2
    with pytest.raises(SystemExit):
        send("long.csv")
    door.refuses = lambda number: False
    send("long.csv")

    pieces = [content[start : start + MIB] for start in range(0, len(content), MIB)]
    said = list(UploadedPart.objects.values_list("number", "sha256"))
    assert said == [(n, hashlib.sha256(piece).hexdigest()) for n, piece in enumerate(pieces, 1)]
    tasks.scan(str(Job.objects.get().pk))
    file = UploadedFile.objects.get()
    assert file.sha256 == hashlib.sha256(content).hexdigest()
    assert file.verified_at is not None


def test_the_sum_of_a_part_over_64_mib_is_made_of_its_pieces(
    program: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(program, "PIECE_BYTES", 4)
    (tmp_path / "a").write_bytes(b"..hello world")
    pieces = [hashlib.sha256(piece).digest() for piece in (b"hell", b"o wo", b"rld")]
    assert program["sum_of"](tmp_path / "a", 2, 11) == hashlib.sha256(b"".join(pieces)).digest()
    assert program["sum_of"](tmp_path / "a", 2, 4) == pieces[0]
    assert program["sum_of"](tmp_path / "a", 2, 0) == hashlib.sha256(b"").digest()


def test_many_small_files_and_an_empty_one_are_sent_together_and_proved(
    send: Callable[..., None], door: Door, tmp_path: Path, scanners: dict[str, MemoryScanner]
) -> None:
    Pipeline.objects.update(max_files=300, accept_empty_files=True)
    contents = {f"{n}.txt": b"x" * n for n in range(150)}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)

    send(*contents)

    files = Job.objects.get().upload.files.all()
    assert [b"".join(_read(door.store, f.object_name)) for f in files] == list(contents.values())
    tasks.scan(str(Job.objects.get().pk))
    assert not files.filter(verified_at=None).exists()


def test_an_announcement_whose_answer_was_lost_is_made_again_as_the_same(
    send: Callable[..., None], door: Door, program: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_bytes(b"hello")
    post = program["post"]

    def lost(*arguments: object) -> None:
        post(*arguments)
        raise OSError("The connection broke off.")

    program["post"] = lost
    with pytest.raises(SystemExit, match="Run the same command again"):
        send("a.txt")
    program["post"] = post
    send("a.txt")

    assert Job.objects.get().state == State.UPLOADED
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_file_that_was_changed_meanwhile_is_another_upload(
    send: Callable[..., None], door: Door, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_bytes(b"as it was")
    door.refuses = lambda number: True
    with pytest.raises(SystemExit):
        send("a.txt")

    (tmp_path / "a.txt").write_bytes(b"as it is now")
    door.refuses = lambda number: False
    send("a.txt")

    assert set(Job.objects.values_list("state", flat=True)) == {State.UPLOADING, State.UPLOADED}


def test_what_the_page_does_not_take_is_said_and_ends_it(
    send: Callable[..., None], door: Door, tmp_path: Path
) -> None:
    (tmp_path / "a.exe").write_bytes(b"MZ")
    with pytest.raises(SystemExit, match="is not a file that this page takes"):
        send("a.exe")
    assert not Job.objects.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["a.exe"]


def _read(store: MemoryStore, name: str) -> list[bytes]:
    with store.stream(name) as chunks:
        return list(chunks)
