"""What was measured, in words for people and as one line of JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any

from deploy.bench.results.figures import Downloads, Look, Measured, Rounds, Scale

MS = 1000


def show(measured: Measured, scale: Scale) -> None:
    """The words, then the JSON."""
    for api, figures in measured.downloads.items():
        print(f"\n{api} API")
        for line in _downloads(figures, scale):
            print(f"  {line}")
    print(f"\nSHA-256 and CRC-32 alone: {measured.sums_s_per_gb:.2f} s of processor time per GB")
    files, starts = scale.record_files, scale.record_starts
    print(f"a record of {files} sent files, as many results, {starts} starts; then pages in the")
    print(f"admin that read the rows of {scale.jobs} jobs, on SQLite:")
    for name, look in measured.looks.items():
        print(f"  {_look(name, look)}")
    load = ", ".join(f"{figure:.1f}" for figure in os.getloadavg())
    print(f"\nload average at the end: {load}; {os.cpu_count()} processors, which web server,")
    print("store and curl share. Medians; a ratio is of one round, how fast the ZIP was where the")
    print("files alone are 1.")
    print(json.dumps(summary(measured, scale)))


def _downloads(figures: Downloads, scale: Scale) -> list[str]:
    memory, first, large = figures.memory, figures.first_byte, figures.large
    return [
        _speeds(f"{scale.size_mib} MiB in few files", large),
        _speeds(f"{scale.small_files} files of 200 kB", figures.small),
        f"processor time per GB of ZIP: web server {large.web_s_per_gb:.2f} s,"
        f" store {large.store_s_per_gb:.2f} s",
        f"web process's memory: {memory.before_mib:.1f} MiB before, at most"
        f" {memory.peak_of_one_mib:.1f} with one ZIP, {memory.peak_of_four_mib:.1f} with four,"
        f" {memory.after_mib:.1f} MiB afterwards",
        f"first byte: of the ZIP {first.begun_s * MS:.0f} ms, of its middle"
        f" {first.resumed_s * MS:.0f} ms, of the middle of a file alone"
        f" {first.file_resumed_s * MS:.0f} ms",
    ]


def _speeds(what: str, rounds: Rounds) -> str:
    each = ", ".join(f"{one.ratio:.2f}" for one in rounds.rounds)
    zip_speed, files_speed = (rounds.size_bytes / 1e6 / s for s in (rounds.zip_s, rounds.files_s))
    return (
        f"{what}: ZIP {zip_speed:.0f} MB/s, files alone {files_speed:.0f} MB/s,"
        f" ratio {rounds.ratio:.2f} of {each}"
    )


def _look(name: str, look: Look) -> str:
    return (
        f"{name.replace('_', ', ')}: {look.seconds:.2f} s, {look.web_s:.2f} s of processor time,"
        f" {look.queries} queries, {look.size_bytes:,} bytes"
    )


def summary(measured: Measured, scale: Scale) -> dict[str, Any]:
    """The worse of the APIs' figures under plain names, then those of each, and of the looks."""
    each = {api: _figures(figures) for api, figures in measured.downloads.items()}
    worst = {
        name: choose(figures[name] for figures in each.values()) for name, choose in WORST.items()
    }
    sums = {"sums_s_per_gb": round(measured.sums_s_per_gb, 2)}
    counts = {
        "record_files": scale.record_files,
        "record_starts": scale.record_starts,
        "jobs": scale.jobs,
    }
    return worst | sums | counts | _of_looks(measured.looks) | each


WORST: dict[str, Callable[..., Any]] = {
    "zip_ratio": min,
    "zip_small_ratio": min,
    "web_s_per_gb": max,
    "web_peak_of_one_mib": max,
    "web_peak_of_four_mib": max,
    "resume_first_byte_s": max,
}


def _figures(figures: Downloads) -> dict[str, Any]:
    large, memory, first = figures.large, figures.memory, figures.first_byte
    return {
        "zip_ratio": round(large.ratio, 3),
        "zip_small_ratio": round(figures.small.ratio, 3),
        "zip_mb_per_s": round(large.size_bytes / 1e6 / large.zip_s, 1),
        "files_mb_per_s": round(large.size_bytes / 1e6 / large.files_s, 1),
        "web_s_per_gb": round(large.web_s_per_gb, 2),
        "store_s_per_gb": round(large.store_s_per_gb, 2),
        "web_before_mib": round(memory.before_mib, 1),
        "web_peak_of_one_mib": round(memory.peak_of_one_mib, 1),
        "web_peak_of_four_mib": round(memory.peak_of_four_mib, 1),
        "web_after_mib": round(memory.after_mib, 1),
        "first_byte_s": round(first.begun_s, 4),
        "resume_first_byte_s": round(first.resumed_s, 4),
        "file_resume_first_byte_s": round(first.file_resumed_s, 4),
    }


def _of_looks(looks: Mapping[str, Look]) -> dict[str, Any]:
    return {
        f"{name}_{what}": figure
        for name, look in looks.items()
        for what, figure in (
            ("s", round(look.seconds, 3)),
            ("web_s", round(look.web_s, 3)),
            ("queries", look.queries),
            ("bytes", look.size_bytes),
        )
    }
