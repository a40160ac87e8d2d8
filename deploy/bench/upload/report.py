"""What was measured, in words for people and as one line of JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

from deploy.bench.upload.browser import CONNECTIONS
from deploy.bench.upload.figures import Measured, Round, Scale, Work


def show(measured: Mapping[str, Measured], scale: Scale) -> None:
    """The words, then the JSON."""
    for api, figures in measured.items():
        print(f"\n{api} API")
        for line in (*_speeds(figures, scale), *_costs(figures, scale)):
            print(f"  {line}")
    load = ", ".join(f"{figure:.1f}" for figure in os.getloadavg())
    print(f"\nload average at the end: {load}; {os.cpu_count()} processors, which page, store,")
    print("web server and curl share. Medians; a ratio is of one round.")
    print(json.dumps(summary(measured, scale)))


def _speeds(figures: Measured, scale: Scale) -> list[str]:
    parts = f"{figures.connections} connections, same parts"
    small = f"{CONNECTIONS} connections, {scale.small_files} files of 20 kB"
    return [
        _speed(f"loopback, {scale.size_mib} MiB", figures.loopback, scale.size_mib, parts),
        _speed(f"paced to a Gigabit, {scale.size_mib} MiB", figures.gigabit, scale.size_mib, parts),
        _speed(
            f"50 ms away, 12.5 MB/s a connection, {scale.distant_mib} MiB",
            figures.distant,
            scale.distant_mib,
            "curl with one",
        ),
        f"small files: page {_page_s(figures.small):.1f} s, curl {_curl_s(figures.small):.1f} s,"
        f" time ratio {slowness_of(figures.small):.2f} ({small})",
        f"processor time, loopback: {_works(figures.loopback)}",
        f"processor time, small files: {_works(figures.small)}",
    ]


def _works(rounds: Sequence[Round]) -> str:
    page = _work("Chromium", [one.page_work for one in rounds])
    return f"{page}; {_work('curl', [one.curl_work for one in rounds])}"


def _work(client: str, works: Sequence[Work]) -> str:
    client_s, store_s, web_s = (
        median(seconds)
        for seconds in zip(*((one.client_s, one.store_s, one.web_s) for one in works), strict=True)
    )
    return f"{client} {client_s:.1f} s, then store {store_s:.1f} s, web server {web_s:.1f} s"


def _speed(name: str, rounds: Sequence[Round], size_mib: int, how: str) -> str:
    page, curl = (
        size_mib * 2**20 / 1e6 / seconds for seconds in (_page_s(rounds), _curl_s(rounds))
    )
    each = ", ".join(f"{one.ratio:.2f}" for one in rounds)
    return (
        f"{name}: page {page:.0f} MB/s, curl {curl:.0f} MB/s,"
        f" ratio {ratio_of(rounds):.2f} of {each} ({how})"
    )


def _costs(figures: Measured, scale: Scale) -> list[str]:
    web, sparse = figures.web, figures.sparse
    disk = "cannot be told here" if web.disk_bytes is None else f"{web.disk_bytes:,} bytes"
    return [
        f"parts sent twice: {figures.parts_sent_twice} of {figures.parts_stored} over the links",
        f"web memory: {web.before_mib:.1f} MiB before {scale.size_mib} MiB were sent,"
        f" {web.peak_mib:.1f} MiB at its peak",
        f"web wrote to disk, but for the database's rows: {disk}",
        f"a file of {scale.sparse_gib} GiB, {sparse.sent_mib:.0f} MiB of it sent: web memory"
        f" {sparse.web_mib:.1f} MiB, Chromium {sparse.browser_mib:.0f} MiB (PSS)",
    ]


def ratio_of(rounds: Sequence[Round]) -> float:
    """How fast the page is, where curl is 1: the median of the rounds."""
    return median(one.ratio for one in rounds)


def slowness_of(rounds: Sequence[Round]) -> float:
    """How much time the page takes, where curl takes 1: the median of the rounds."""
    return median(1 / one.ratio for one in rounds)


def _page_s(rounds: Sequence[Round]) -> float:
    return median(one.page_s for one in rounds)


def _curl_s(rounds: Sequence[Round]) -> float:
    return median(one.curl_s for one in rounds)


def summary(measured: Mapping[str, Measured], scale: Scale) -> dict[str, Any]:
    """The worse of all APIs' figures under plain names, then those of each."""
    each = {api: _figures(figures, scale) for api, figures in measured.items()}
    worst: dict[str, Any] = {}
    for name, choose in WORST.items():
        known = [figures[name] for figures in each.values()]
        worst[name] = None if None in known else choose(known)
    return worst | each


WORST: dict[str, Callable[[list[Any]], Any]] = {
    "ratio_curl_same_parts": min,
    "ratio_gigabit": min,
    "ratio_distant_link": min,
    "small_files_ratio": max,
    "parts_sent_twice": sum,
    "web_rss_growth_mib": max,
    "web_disk_bytes": max,
    "sparse_web_mib": max,
    "sparse_browser_mib": max,
}


def _figures(figures: Measured, scale: Scale) -> dict[str, Any]:
    web = figures.web
    return {
        "ratio_curl_same_parts": round(ratio_of(figures.loopback), 3),
        "ratio_gigabit": round(ratio_of(figures.gigabit), 3),
        "ratio_distant_link": round(ratio_of(figures.distant), 3),
        "small_files_ratio": round(slowness_of(figures.small), 3),
        "parts_sent_twice": figures.parts_sent_twice,
        "web_rss_growth_mib": round(web.peak_mib - web.before_mib, 1),
        "web_disk_bytes": web.disk_bytes,
        "sparse_web_mib": round(figures.sparse.web_mib, 1),
        "sparse_browser_mib": round(figures.sparse.browser_mib, 1),
        "page_mb_per_s": round(scale.size_mib * 2**20 / 1e6 / _page_s(figures.loopback), 1),
        "curl_mb_per_s": round(scale.size_mib * 2**20 / 1e6 / _curl_s(figures.loopback), 1),
        "connections": figures.connections,
        "small_connections": CONNECTIONS,
    }
