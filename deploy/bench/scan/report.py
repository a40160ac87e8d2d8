"""What was measured, in words for people and as one line of JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any

from deploy.bench.scan.figures import Compared, Measured, Scale, Watched

_MIB = 2**20


def show(measured: Measured, scale: Scale) -> None:
    """The words, then the JSON."""
    lines = (*_comparisons(measured.compared, scale), *_gate(measured.gate_mb_per_s))
    for line in (*lines, *_processes(measured, scale), *_clamd(measured.clamd)):
        print(line)
    load = ", ".join(f"{figure:.1f}" for figure in os.getloadavg())
    print(f"load average at the end: {load}; {os.cpu_count()} processors.")
    print(json.dumps(summary(measured)))


def _comparisons(compared: Mapping[str, Compared], scale: Scale) -> list[str]:
    row = "{:12} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>6} {:>5}".format
    head = ("", "naive s", "ours s", "ratio", "whole s", "ratio", "findings", "lost", "new")
    lines = [
        f"\nPresidio, {scale.compared_bytes / 1000:.0f} kB of text, seconds of CPU:",
        row(*head),
    ]
    for kind, one in compared.items():
        times = f"{one.naive_s:.2f}", f"{one.ours_s:.4f}", _ratio(one.speedup)
        whole = f"{one.whole_s:.4f}", _ratio(one.speedup_whole)
        lines.append(row(kind, *times, *whole, one.findings, one.lost, one.new))
    return [
        *lines,
        "ours: tables as text, line by line; whole: by columns, as they are read. naive: one call",
        "of a default AnalyzerEngine with the same model and entities, then our judgement.",
    ]


def _ratio(figure: float) -> str:
    return f"{figure:,.1f}" if figure < 100 else f"{figure:,.0f}"


def _gate(speeds: Mapping[str, float]) -> list[str]:
    each = ", ".join(f"{kind} {speed:.0f}" for kind, speed in speeds.items())
    return [f"\nthe gate alone (decode, cut, match), MB for each second of CPU: {each}"]


def _processes(measured: Measured, scale: Scale) -> list[str]:
    stored = measured.stored
    mib = scale.stored_bytes / _MIB
    lines = [
        _watched(measured.small, scale.small_bytes),
        _watched(measured.large, scale.large_bytes),
        f"\n{mib:.0f} MiB of FASTQ out of Swift: read {mib / stored.read_s:.0f} MiB/s; read, summed"
        f" and scanned for personal data {mib / stored.scan_s:.0f} MiB/s, ratio {stored.ratio:.2f};"
        f" {stored.written_bytes:,} bytes written to disk by our processes",
    ]
    if stored.scan_with_clamd_s:
        ratio = stored.read_s / stored.scan_with_clamd_s
        speed = mib / stored.scan_with_clamd_s
        lines.append(f"the same with clamd as well: {speed:.0f} MiB/s, ratio {ratio:.2f}")
    return lines


def _watched(one: Watched, size_bytes: int) -> str:
    how = ", ".join(one.reasons) or "read closely as a whole"
    return (
        f"{size_bytes / 1e6:,.1f} MB of prose through the processes: {one.seconds:.0f} s,"
        f" at most {one.peak_mib:.0f} MiB of memory; {how}"
    )


def _clamd(figures: Mapping[str, float]) -> list[str]:
    if not figures:
        return ["clamd: not installed, not measured"]
    return [
        f"clamd in chunks of 1 KiB {figures['clamd_naive_mb_per_s']:.0f} MB/s, in ours"
        f" {figures['clamd_mb_per_s']:.0f} MB/s, ratio {figures['speedup_clamd']:.1f}"
    ]


def summary(measured: Measured) -> dict[str, Any]:
    """The figures by their names."""
    compared, stored = measured.compared, measured.stored
    with_clamd_s = stored.scan_with_clamd_s
    return {
        **{f"speedup_{kind}": round(one.speedup, 2) for kind, one in compared.items()},
        **{f"speedup_{kind}_whole": round(one.speedup_whole, 2) for kind, one in compared.items()},
        "findings": _total(compared, lambda one: one.findings),
        "findings_lost": _total(compared, lambda one: one.lost),
        "findings_new": _total(compared, lambda one: one.new),
        "gate_mb_per_s": round(min(measured.gate_mb_per_s.values(), default=0)),
        "peak_mib_small": round(measured.small.peak_mib),
        "peak_mib_large": round(measured.large.peak_mib),
        "stored_scan_ratio": round(stored.ratio, 2),
        "stored_scan_ratio_with_clamd": with_clamd_s and round(stored.read_s / with_clamd_s, 2),
        "written_bytes": stored.written_bytes + measured.large.written_bytes,
        **measured.clamd,
        **measured.accuracy,
    }


def _total(compared: Mapping[str, Compared], of: Callable[[Compared], int]) -> int:
    return sum(map(of, compared.values()))
