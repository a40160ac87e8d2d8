"""What is sent, by the page and by curl in turns, and over which network."""

from __future__ import annotations

import os
import resource
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from deploy.bench.held import (
    MIB,
    counts_writes,
    cpu_s,
    forget_peaks,
    held_by,
    processes_with,
    web_processes,
)
from deploy.bench.upload import curl
from deploy.bench.upload.browser import CONNECTIONS, Sent, Visitor, visiting
from deploy.bench.upload.figures import Measured, Round, Scale, Sparse, Web, Work
from deploy.bench.upload.site import UploadSite
from deploy.demo.run import prepared, serving
from deploy.demo.site import free_port
from deploy.link import Line, Link

EMAIL = "olga@far.example"
GIGABIT = Line(delay_s=0.0002, total_bytes_per_s=118e6)
DISTANT = Line(delay_s=0.025, bytes_per_s=12.5e6)
SMALL_BYTES = 20_000
ENOUGH_WITHIN_S = 900


@dataclass(frozen=True)
class Bench:
    """One API's site, a visitor with a browser, and where what is sent is made."""

    site: UploadSite
    visitor: Visitor
    memory: Path
    scale: Scale

    def at(self, *, store: Link, page: Link | None = None) -> Bench:
        """The same behind these links."""
        behind = replace(self.site, store_url=store.url, page_url=page.url if page else "")
        return replace(self, site=behind)

    def file(self, size_mib: int) -> Path:
        """A file of that size in memory, so that reading it costs little; made once."""
        path = self.memory / f"{size_mib}.bin"
        if not path.exists():
            with path.open("wb") as file:
                for _ in range(size_mib):
                    file.write(os.urandom(MIB))
        return path

    def same_parts(self, file: Path, rounds: int) -> tuple[list[Round], int]:
        """By turns: the page, and curl with the same parts and as many connections."""
        parts = self._cut(file)
        measured, connections = [], 0
        for _ in range(rounds):
            sent, page_work = self._by_page([file])
            connections = max(connections, sent.at_once)
            self.site.forget_large_objects()
            upload = curl.Upload.announced(self.site.page, EMAIL, [file])
            seconds, work = self._by_curl(upload.puts([parts]), connections, upload.complete)
            self.site.forget_large_objects()
            measured.append(Round(sent.seconds, seconds, page_work, work))
        return measured, connections

    def _cut(self, file: Path) -> list[curl.Part]:
        part_bytes = curl.Upload.announced(self.site.page, EMAIL, [file]).part_bytes()
        return curl.cut(file, part_bytes, self.memory / "parts")

    def one_stream(self, file: Path, rounds: int) -> list[Round]:
        """By turns: the page, and curl with the whole file in a single PUT."""
        measured = []
        for _ in range(rounds):
            sent, page_work = self._by_page([file])
            url = self.site.store().sign_put(f"uploads/{uuid4()}/1", expires_s=3600).url
            put = curl.Put(file, url, {"Content-Type": "application/octet-stream"})
            seconds, work = self._by_curl([put], connections=1)
            self.site.forget_large_objects()
            measured.append(Round(sent.seconds, seconds, page_work, work))
        return measured

    def small_files(self, rounds: int) -> list[Round]:
        """By turns: the page, from the click to the end of it all, and curl, its PUTs alone."""
        files = [_written(self.memory / f"small-{n}.bin") for n in range(self.scale.small_files)]
        parts = [curl.cut(file, SMALL_BYTES, self.memory / "parts") for file in files]
        measured = []
        for _ in range(rounds):
            sent, page_work = self._by_page(files, watched=False)
            puts = curl.Upload.announced(self.site.page, EMAIL, files).puts(parts)
            seconds, work = self._by_curl(puts, CONNECTIONS)
            measured.append(Round(sent.whole_s, seconds, page_work, work))
        return measured

    def _by_page(self, files: Sequence[Path], *, watched: bool = True) -> tuple[Sent, Work]:
        store_s, web_s = self._servers_s()
        sent = self.visitor.send(self.site.page, files, watched=watched)
        later_store_s, later_web_s = self._servers_s()
        return sent, Work(sent.cpu_s, later_store_s - store_s, later_web_s - web_s)

    def _by_curl(
        self, puts: Sequence[curl.Put], connections: int, end: Callable[[], None] | None = None
    ) -> tuple[float, Work]:
        """`end` is timed too."""
        store_s, web_s = self._servers_s()
        begun, client_s = time.monotonic(), _children_s()
        curl.run(puts, connections=connections, folder=self.memory)
        if end:
            end()
        seconds, client_s = time.monotonic() - begun, _children_s() - client_s
        later_store_s, later_web_s = self._servers_s()
        return seconds, Work(client_s, later_store_s - store_s, later_web_s - web_s)

    def _servers_s(self) -> tuple[float, float]:
        store = processes_with("deploy.swift_one", str(self.site.swift_port))
        return cpu_s(store), cpu_s(web_processes(self.site.web_port))

    def web(self, file: Path) -> Web:
        """One upload by the page; a smaller one came before, so that all code is loaded."""
        processes = web_processes(self.site.web_port)
        forget_peaks(processes)
        before = held_by(processes)
        self.visitor.send(self.site.page, [file])
        after = held_by(processes)
        self.site.forget_large_objects()
        written = after.written_bytes - before.written_bytes
        is_known = counts_writes(self.site.temporary)
        return Web(before.rss_mib, after.peak_mib, written if is_known else None)

    def sparse(self, link: Link) -> Sparse:
        """A hole that is as large as can be, for a while, and cancelled."""
        hole = self.site.state / "hole.bin"
        with hole.open("wb") as file:
            file.truncate(self.scale.sparse_gib * 2**30)
        processes = web_processes(self.site.web_port)
        forget_peaks(processes)
        before, until = link.ledger.sent_bytes, time.monotonic() + ENOUGH_WITHIN_S

        def is_enough() -> bool:
            sent_bytes = link.ledger.sent_bytes - before
            return sent_bytes >= self.scale.sparse_sent_mib * MIB or time.monotonic() > until

        browser_mib = self.visitor.send_until(self.site.page, hole, is_enough)
        sent_mib = (link.ledger.sent_bytes - before) / MIB
        return Sparse(sent_mib, held_by(processes).peak_mib, browser_mib)


def measure(site: UploadSite, scale: Scale) -> Measured:
    """All of it, on one site and its links; what was made for it is gone afterwards."""
    with (
        Link(f"http://127.0.0.1:{site.swift_port}", line=GIGABIT) as near,
        Link(f"http://127.0.0.1:{site.swift_port}", line=DISTANT) as far,
        Link(f"http://127.0.0.1:{site.web_port}", line=DISTANT) as far_page,
        _bench(replace(site, links=(far_page.url,)), scale) as bench,
    ):
        measured = Measured()
        _measure_directly(bench, measured)
        _measure_near(bench.at(store=near), near, measured)
        _measure_far(bench.at(store=far, page=far_page), measured)
        for link in (near, far):
            measured.parts_stored += link.ledger.stored().total()
            measured.parts_sent_twice += link.ledger.parts_sent_twice()
        return measured


@contextmanager
def _bench(site: UploadSite, scale: Scale) -> Iterator[Bench]:
    site.memory.mkdir(parents=True, exist_ok=True)
    try:
        with prepared(site), visiting() as visitor:
            site.make_page()
            if site.api == "s3":
                site.let_forms_in()
            yield Bench(site, visitor, site.memory, scale)
    finally:
        shutil.rmtree(site.memory, ignore_errors=True)


def _measure_directly(bench: Bench, measured: Measured) -> None:
    scale = bench.scale
    with serving(bench.site):
        bench.visitor.send(bench.site.page, [bench.file(9)])  # so that all code is loaded
        file = bench.file(scale.size_mib)
        measured.web = bench.web(file)
        measured.loopback, measured.connections = bench.same_parts(file, scale.rounds)
        measured.small = bench.small_files(scale.few_rounds)


def _measure_near(bench: Bench, link: Link, measured: Measured) -> None:
    scale = bench.scale
    with serving(bench.site):
        bench.visitor.send(bench.site.page, [bench.file(9)])
        measured.gigabit, _ = bench.same_parts(bench.file(scale.size_mib), scale.few_rounds)
        measured.sparse = bench.sparse(link)


def _measure_far(bench: Bench, measured: Measured) -> None:
    with serving(bench.site):
        file = bench.file(bench.scale.distant_mib)
        measured.distant = bench.one_stream(file, bench.scale.few_rounds)


def site_on(api: str, state: Path, memory: Path) -> UploadSite:
    """A site of its own."""
    return UploadSite(state / api, free_port(), free_port(), api=api, memory=memory / api)


def _written(file: Path) -> Path:
    file.write_bytes(os.urandom(SMALL_BYTES))
    return file


def _children_s() -> float:
    """Processor time of the processes that we started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
