"""What bench-upload reckons; and, live, that its quick form comes to its end."""

from __future__ import annotations

import gc
import hashlib
import json
import os
import subprocess
import sys
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.bench.held import MIB, PROC, family_of, forget_peaks, held_by, pss_mib
from deploy.bench.upload import curl
from deploy.bench.upload.__main__ import measured_on
from deploy.bench.upload.browser import most_at_once
from deploy.bench.upload.figures import QUICK, Measured, Round, Scale, Sparse, Web, Work
from deploy.bench.upload.report import ratio_of, show, slowness_of, summary
from deploy.chromium import CHROMIUM
from tests.object_server import ObjectServer
from tests.parts import lacks

PROMISED = {
    "ratio_curl_same_parts",
    "ratio_distant_link",
    "small_files_ratio",
    "parts_sent_twice",
    "web_rss_growth_mib",
    "web_disk_bytes",
}


def measured(page_s: float = 2.0, *, twice: int = 0, disk_bytes: int | None = 0) -> Measured:
    """Curl took a second for each, the page so many."""
    each = [Round(page_s, 1.0, Work(3, 2, 1), Work(0.5, 2, 0))] * 3
    return Measured(
        each, each, each, each, 4, 20, twice, Web(80, 81.5, disk_bytes), Sparse(9, 82, 400)
    )


def test_the_last_line_has_the_worse_of_both_apis_under_plain_names() -> None:
    said = summary({"native": measured(2.0, twice=1), "s3": measured(4.0, twice=2)}, Scale())
    assert said.keys() >= PROMISED
    assert said["ratio_curl_same_parts"] == said["s3"]["ratio_curl_same_parts"] == 0.25
    assert said["small_files_ratio"] == said["s3"]["small_files_ratio"] == 4
    assert said["native"]["ratio_distant_link"] == 0.5
    assert (said["parts_sent_twice"], said["web_rss_growth_mib"]) == (3, 1.5)


def test_the_last_line_is_json_and_says_what_cannot_be_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show({"native": measured(), "s3": measured(disk_bytes=None)}, Scale())
    lines = capsys.readouterr().out.splitlines()
    works = "Chromium 3.0 s, then store 2.0 s, web server 1.0 s; curl 0.5 s, then store 2.0 s"
    assert any(works in line for line in lines)
    said = json.loads(lines[-1])
    assert said["web_disk_bytes"] is None
    assert said["native"]["web_disk_bytes"] == 0


def test_a_ratio_is_of_one_round_and_the_median_of_them_counts() -> None:
    rounds = [Round(page_s=1, curl_s=1), Round(page_s=10, curl_s=1), Round(page_s=1, curl_s=2)]
    assert (ratio_of(rounds), slowness_of(rounds)) == (1, 1)


@pytest.mark.parametrize(
    ("spans", "most"),
    [([], 0), ([(0, 1)], 1), ([(0, 1), (1, 2)], 1), ([(0, 3), (1, 2), (2, 4), (0, 9)], 3)],
)
def test_what_begins_when_another_ends_is_not_at_once(
    spans: list[tuple[float, float]], most: int
) -> None:
    assert most_at_once(spans) == most


# --- curl ---


def test_a_file_is_cut_into_files_with_their_sums(tmp_path: Path) -> None:
    file = tmp_path / "whole"
    file.write_bytes(b"aaabbbc")
    parts = curl.cut(file, 3, tmp_path / "parts")
    assert [part.file.read_bytes() for part in parts] == [b"aaa", b"bbb", b"c"]
    assert [part.sha256 for part in parts] == [
        hashlib.sha256(data).digest() for data in (b"aaa", b"bbb", b"c")
    ]


def test_a_sum_is_sent_only_where_the_store_verifies_it(tmp_path: Path) -> None:
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(b"x")
    with large.open("wb") as hole:
        hole.truncate(curl.PIECE_BYTES + 1)
    digest = hashlib.sha256(b"x").digest()
    typed = {"Content-Type": "application/octet-stream"}
    summed = typed | {"x-sum": b64encode(digest).decode()}
    assert curl.Part(small, digest).headers("x-sum") == summed
    assert curl.Part(small, digest).headers("") == typed
    assert curl.Part(large, digest).headers("x-sum") == typed


def test_curl_sends_all_of_it(tmp_path: Path) -> None:
    with ObjectServer() as store:
        puts = []
        for number in range(20):
            file = tmp_path / f"{number}.bin"
            file.write_bytes(b"x" * number)
            puts.append(curl.Put(file, store.url(f"part-{number}"), {"X-A": "b"}))
        curl.run(puts, connections=3, folder=tmp_path)
        assert store.objects == {f"part-{number}": b"x" * number for number in range(20)}


def test_a_part_that_curl_could_not_store_is_no_measurement(tmp_path: Path) -> None:
    file = tmp_path / "part"
    file.write_bytes(b"x")
    with ObjectServer() as store:
        store.answers["b"] = [503]
        puts = [curl.Put(file, store.url(name)) for name in ("a", "b")]
        with pytest.raises(curl.CurlFailed):
            curl.run(puts, connections=2, folder=tmp_path)


# --- what processes hold ---


def test_what_a_process_takes_and_gives_back_is_in_its_peak() -> None:
    me = [PROC / "self"]
    gc.collect()  # what other tests have left is not to be given back between two looks
    forget_peaks(me)
    before = held_by(me)
    taken = os.urandom(64 * MIB)
    assert held_by(me).peak_mib >= before.rss_mib + 63
    del taken
    assert 0 < pss_mib(me) <= held_by(me).peak_mib


def test_a_process_is_found_by_a_word_and_so_are_those_it_starts() -> None:
    mark = f"--of-this-test-{os.getpid()}"
    child = "import subprocess, sys; subprocess.run([sys.executable, '-c', {!r}])".format(
        "print(flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", child, mark], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()  # the grandchild is up
        assert len(family_of(mark)) == 2
        assert PROC / str(process.pid) in family_of(mark)
        process.stdin.write(b"\n")
        process.stdin.close()
    assert family_of(mark) == []


# --- all of it ---


@pytest.mark.live
@pytest.mark.timeout(900)
def test_the_quick_form_comes_to_its_end_on_real_parts(tmp_path: Path) -> None:
    if not Path(CHROMIUM).exists():
        lacks("Chromium", "apt-get install chromium, or set FREELOADER_CHROMIUM")
    scale = replace(QUICK, size_mib=17, distant_mib=17, small_files=30, sparse_sent_mib=8)
    with ThreadPoolExecutor(1) as pool:  # of its own, for the browser's driver may be in this one
        figures = pool.submit(measured_on, ["s3"], tmp_path / "state", scale).result()["s3"]
    assert 1 <= figures.connections <= 3  # it has so many parts
    assert figures.parts_sent_twice == 0
    assert len(figures.small) == scale.few_rounds
    assert figures.parts_stored >= 3 + 3 + 3 + 1  # on the paced link twice, on the distant one
    assert figures.web.disk_bytes in (0, None)
    assert figures.sparse.sent_mib >= scale.sparse_sent_mib
    assert figures.sparse.browser_mib > figures.sparse.web_mib > 0
    assert all(one.page_s > 0 for one in (*figures.loopback, *figures.distant, *figures.small))
    assert not (tmp_path / "state").exists()
