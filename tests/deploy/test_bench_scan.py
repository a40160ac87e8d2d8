"""What bench-scan makes up and reckons; and, live, that its quick form comes to its end."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from deploy.bench.scan.corpora import KINDS, stream_of, text_of
from deploy.bench.scan.figures import Compared, Measured, Scale, Stored, Watched
from deploy.bench.scan.report import show, summary
from scanning.types import Kind, kind_of

PROMISED = {
    "speedup_prose",
    "speedup_people_csv",
    "speedup_numeric_csv",
    "speedup_fastq",
    "findings_lost",
    "findings_new",
    "gate_mb_per_s",
}


def measured() -> Measured:
    compared = {kind: Compared(200_000, 9.0, 3.0, 1.5, 40, lost=1, new=2) for kind in KINDS}
    return Measured(
        gate_mb_per_s={"prose": 250.0, "fastq": 410.0},
        compared=compared,
        small=Watched(3.0, 400.0, 0),
        large=Watched(60.0, 402.0, 4096, ("SAMPLED",)),
        stored=Stored(10.0, 12.5, 40.0, 0),
        clamd={"clamd_mb_per_s": 100.0, "clamd_naive_mb_per_s": 20.0, "speedup_clamd": 5.0},
        accuracy={"planted_ids_recall": 0.9},
    )


def test_the_last_line_has_the_worst_gate_and_all_that_was_lost() -> None:
    said = summary(measured())

    assert said.keys() >= PROMISED
    assert (said["speedup_prose"], said["speedup_people_csv_whole"]) == (3.0, 6.0)
    assert (said["findings_lost"], said["findings_new"]) == (5, 10)
    assert (said["gate_mb_per_s"], said["written_bytes"]) == (250, 4096)
    assert (said["stored_scan_ratio"], said["stored_scan_ratio_with_clamd"]) == (0.8, 0.25)
    assert (said["speedup_clamd"], said["planted_ids_recall"]) == (5.0, 0.9)


def test_the_last_line_is_json_also_without_clamd(capsys: pytest.CaptureFixture[str]) -> None:
    bare = measured()
    bare.clamd, bare.stored = {}, Stored(10.0, 12.5, None, 0)

    show(bare, Scale())

    *words, last = capsys.readouterr().out.splitlines()
    assert json.loads(last)["stored_scan_ratio_with_clamd"] is None
    assert "clamd: not installed, not measured" in words


@pytest.mark.parametrize("kind", KINDS)
def test_corpora_are_the_same_for_the_same_seed_and_can_be_long(kind: str) -> None:
    text = text_of(kind, 50_000)

    assert 50_000 <= len(text) < 60_000
    assert text == text_of(kind, 50_000) != text_of(kind, 50_000, seed=8)
    assert text.isascii()
    assert b"".join(stream_of(kind, 3_000_000)).startswith(text[:40_000].encode())
    assert sum(map(len, stream_of(kind, 3_000_001))) == 3_000_001
    assert kind_of(text.encode()) in (Kind.TEXT, Kind.TABLE, Kind.SEQUENCES)


@pytest.mark.live
@pytest.mark.timeout(1800)
def test_the_quick_form_loses_nothing_and_writes_nothing() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "deploy.bench.scan", "--quick"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=os.environ,
    )

    said = json.loads(run.stdout.splitlines()[-1])
    assert said.keys() >= PROMISED
    assert said["findings"] > 300
    assert said["findings_lost"] + said["findings_new"] <= 1
    assert said["written_bytes"] == 0
    assert said["peak_mib_large"] < said["peak_mib_small"] + 50
