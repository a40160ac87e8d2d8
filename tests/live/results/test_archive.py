"""Everything in one ZIP from a real Swift through gunicorn, with curl, cut again and again."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
from functools import partial
from pathlib import Path

import pytest

from deploy.testbed.site import until
from tests.live.results.page import delivered, lines
from tests.live.uploads.site import UploadSite
from tests.parts import need_program

pytestmark = pytest.mark.live
MIB = 2**20
CUTS_AT = [1, 40 * MIB, 110 * MIB, 149 * MIB, 160 * MIB, 255 * MIB]


def curl(address: str, target: Path, *options: str) -> subprocess.Popen[bytes]:
    command = [need_program("curl"), "-sS", "-f", "-L", "-C", "-", "--data", "", *options]
    return subprocess.Popen([*command, "-o", target, f"{address}all"])


def kill_workers(site: UploadSite) -> None:
    """As the kernel does when memory is short; gunicorn starts others."""
    assert site.web
    children = Path(f"/proc/{site.web.pid}/task/{site.web.pid}/children")
    for pid in map(int, children.read_text().split()):
        os.kill(pid, signal.SIGKILL)


def has_come_to(size_bytes: int, path: Path) -> bool:
    return path.exists() and path.stat().st_size >= size_bytes


def test_a_download_that_is_cut_again_and_again_unpacks_to_what_was_stored(
    site: UploadSite, tmp_path: Path
) -> None:
    address, target = delivered(site, "LARGE"), tmp_path / "all.zip"
    for number, cut_at in enumerate(CUTS_AT):
        with curl(address, target, "--limit-rate", "30M") as running:
            until(partial(has_come_to, cut_at, target), what=f"byte {cut_at}")
            assert running.poll() is None
            if number % 3 == 1:
                kill_workers(site)
            else:
                running.kill()
    with curl(address, target) as last:
        assert last.wait() == 0
    subprocess.run([need_program("unzip"), "-q", target], cwd=tmp_path, check=True)
    (folder,) = tmp_path.glob("anything-*")
    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=folder, check=True)
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 66
    with sqlite3.connect(tmp_path / "db.sqlite3") as database:
        assert database.execute("SELECT downloads FROM jobs_resultlink").fetchone() == (1,)


def test_what_the_store_changed_is_never_taken_for_whole(site: UploadSite, tmp_path: Path) -> None:
    address, target = delivered(site, "LARGE"), tmp_path / "all.zip"
    store = site.store()
    (last,) = [o for o in store.list_objects("results/") if o.size_bytes == 50 * MIB + 1]
    store.write(last.name, bytes(last.size_bytes))
    with curl(address, target) as running:
        assert running.wait() == 18  # transfer closed with bytes remaining
    assert "Traceback" not in (tmp_path / "web.log").read_text()
    assert "An archive was broken off" in (tmp_path / "web.log").read_text()


def test_the_line_of_the_page_goes_on_after_each_cut(site: UploadSite, tmp_path: Path) -> None:
    line = lines(delivered(site, "LARGE"))["1"]
    (tmp_path / ".curlrc").write_text("limit-rate = 30M\nsilent\n")
    environment = os.environ | {"CURL_HOME": str(tmp_path)}
    name = re.search(r"-o '([^']+)\.zip'", line)
    assert name
    target = tmp_path / f"{name[1]}.zip"
    for cut_at in (1, 110 * MIB, 255 * MIB):
        with subprocess.Popen(["sh", "-c", line], cwd=tmp_path, env=environment) as running:
            until(partial(has_come_to, cut_at, target), what=f"byte {cut_at}")
            kill_workers(site)
            assert running.wait() == 18  # transfer closed with bytes remaining
    subprocess.run(["sh", "-c", line], cwd=tmp_path, env=environment, check=True)
    subprocess.run([need_program("unzip"), "-q", target], cwd=tmp_path, check=True)
    folder = tmp_path / name[1]
    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=folder, check=True)
    with sqlite3.connect(tmp_path / "db.sqlite3") as database:
        assert database.execute("SELECT downloads FROM jobs_resultlink").fetchone() == (1,)
