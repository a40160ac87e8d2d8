"""What is fetched through the site's web server and from its store, by turns in one run."""

from __future__ import annotations

import hashlib
import json
import time
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from deploy.bench.held import MIB, cpu_s, forget_peaks, held_by, processes_with, web_workers
from deploy.bench.results import curl
from deploy.bench.results.figures import (
    GB,
    Downloads,
    Fetched,
    FirstByte,
    Look,
    Memory,
    Round,
    Rounds,
    Scale,
)
from deploy.bench.site import BenchSite

LARGE_FILES = 3  # an odd number: the middle of the ZIP is in the middle of a file
SMALL_BYTES = 200_000
SUMMED_MIB = 256
RECORD = "ro-crate-metadata.json"


@dataclass(frozen=True)
class Result:
    """A result behind its link."""

    site: BenchSite
    token: str
    sizes: Sequence[int]

    @property
    def size_bytes(self) -> int:
        """Of its files."""
        return sum(self.sizes)

    def zip_url(self) -> str:
        """Where the button for all in one leads to."""
        return curl.pressed(f"{self.site.url}/r/{self.token}/all")

    def file_urls(self) -> list[str]:
        """Where the buttons of the files lead to."""
        numbers = range(1, len(self.sizes) + 1)
        return [curl.pressed(f"{self.site.url}/r/{self.token}/{number}") for number in numbers]


def stored(site: BenchSite, *results: Sequence[int]) -> list[Result]:
    """Results of files of such sizes, in the site's store."""
    tokens = ask(site, f"rows.stored(*{results!r})")
    return [Result(site, token, sizes) for token, sizes in zip(tokens, results, strict=True)]


def ask(site: BenchSite, call: str) -> Any:
    """What a call of a module of this package says inside the site's Django."""
    module = call.partition(".")[0]
    words = f"import json; from deploy.bench.results import {module}; print(json.dumps({call}))"
    return json.loads(site.shell(words).splitlines()[-1])


def measure_downloads(large: Result, small: Result, scale: Scale) -> Downloads:
    """While the site is serving; the small result comes first, so that all code is loaded."""
    by_turns(small, 1)
    workers = web_workers(large.site.web_port)
    before_mib = held_by(workers).rss_mib
    forget_peaks(workers)
    large_rounds = by_turns(large, scale.rounds)
    one_mib = held_by(workers).peak_mib
    forget_peaks(workers)
    _four_at_once(large)
    four_mib, after_mib = held_by(workers).peak_mib, held_by(workers).rss_mib
    return Downloads(
        large=large_rounds,
        small=by_turns(small, scale.rounds),
        memory=Memory(before_mib, one_mib, four_mib, after_mib),
        first_byte=first_byte(large, scale.resumes),
    )


def by_turns(result: Result, rounds: int) -> Rounds:
    """The ZIP, then the files alone, each with one curl; the buttons are pressed before."""
    urls = result.file_urls()
    measured = []
    for _ in range(rounds):
        of_zip = _fetched(result, [result.zip_url()])
        measured.append(Round(of_zip, _fetched(result, urls)))
    return Rounds(result.size_bytes, measured)


def _fetched(result: Result, urls: Sequence[str]) -> Fetched:
    site = result.site
    web, store = web_workers(site.web_port), _store_processes(site)
    begun, web_s, store_s = time.monotonic(), cpu_s(web), cpu_s(store)
    size_bytes = curl.fetch(urls)
    fetched = Fetched(time.monotonic() - begun, cpu_s(web) - web_s, cpu_s(store) - store_s)
    if size_bytes < result.size_bytes:
        raise curl.CurlFailed(f"{size_bytes} of {result.size_bytes} bytes came")
    return fetched


def _store_processes(site: BenchSite) -> list[Path]:
    return processes_with("deploy.swift_one", str(site.swift_port))


def _four_at_once(result: Result) -> None:
    """As many as there may be by default (FREELOADER_ARCHIVES_AT_ONCE)."""
    urls = [result.zip_url() for _ in range(4)]
    with ThreadPoolExecutor(len(urls)) as pool:
        list(pool.map(lambda url: curl.fetch([url]), urls))


def first_byte(result: Result, rounds: int) -> FirstByte:
    """By turns: the ZIP from its beginning, the same from its middle, a file from its middle."""
    url, file_url = result.zip_url(), result.file_urls()[0]
    seconds = [
        (
            curl.first_byte_s(url, 0),
            curl.first_byte_s(url, result.size_bytes // 2),
            curl.first_byte_s(file_url, result.sizes[0] // 2),
        )
        for _ in range(rounds)
    ]
    return FirstByte(*map(median, zip(*seconds, strict=True)))


def measure_looks(site: BenchSite, scale: Scale) -> dict[str, Look]:
    """While the site is serving: the record, and the pages that read the rows of many jobs."""
    rows = {"files": scale.record_files, "starts": scale.record_starts, "jobs": scale.jobs}
    made = ask(site, f"rows.many(**{rows!r})")
    pages = {
        "record": (f"/r/{made['token']}/{RECORD}", ""),
        "held": ("/admin/held/", "sam"),
        "overview": ("/admin/overview/", "ada"),
        "overview_all": ("/admin/overview/?span=all", "ada"),
    }
    queries = ask(site, f"rows.queries({pages!r})")
    return {
        name: _look(site, path, made.get(visitor, ""), scale.looks, queries[name])
        for name, (path, visitor) in pages.items()
    }


def _look(site: BenchSite, path: str, cookie: str, rounds: int, queries: int) -> Look:
    web, url = web_workers(site.web_port), f"{site.url}{path}"
    curl.look(url, cookie)  # so that all code is loaded
    seconds, web_s = [], []
    for _ in range(rounds):
        before_s = cpu_s(web)
        took_s, size_bytes = curl.look(url, cookie)
        seconds.append(took_s)
        web_s.append(cpu_s(web) - before_s)
    return Look(median(seconds), median(web_s), size_bytes, queries)


def sums_s_per_gb() -> float:
    """Processor seconds of SHA-256 and CRC-32 for a GB, in this process."""
    block, sums, crc32 = bytes(MIB), hashlib.sha256(), 0
    begun_s = time.process_time()
    for _ in range(SUMMED_MIB):
        sums.update(block)
        crc32 = zlib.crc32(block, crc32)
    return (time.process_time() - begun_s) / (SUMMED_MIB * MIB / GB)
