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
from tests.live.cutting import CuttingProxy
from tests.live.results.page import delivered, lines
from tests.live.uploads.site import UploadSite
from tests.parts import need_program

pytestmark = pytest.mark.live
MIB = 2**20
CUTS_AT = [1, 16 * MIB, 44 * MIB, 59 * MIB, 64 * MIB, 102 * MIB]
LONG_ENOUGH = ("--limit-rate", "8M")  # who comes late finds it at work all the same


def curl(address: str, target: Path, *options: str) -> list[str]:
    command = [need_program("curl"), "-sS", "-f", "-L", "-C", "-", "--data", "", *options]
    return [*command, "-o", str(target), f"{address}all"]


def killed_at(size_bytes: int, command: list[str]) -> int:
    """The end of a client that the kernel kills when its file has this size: setrlimit(2)."""
    limits = [need_program("prlimit"), "--core=0", f"--fsize={size_bytes}"]
    return subprocess.run([*limits, *command]).returncode


def kill_workers(site: UploadSite) -> None:
    """As the kernel does when memory is short; gunicorn starts others."""
    for pid in site.workers():
        os.kill(pid, signal.SIGKILL)


def has_come_to(size_bytes: int, path: Path) -> bool:
    return path.exists() and path.stat().st_size >= size_bytes


def test_a_download_that_is_cut_again_and_again_unpacks_to_what_was_stored(
    site: UploadSite, tmp_path: Path
) -> None:
    address, target = delivered(site, "LARGE"), tmp_path / "all.zip"
    for number, cut_at in enumerate(CUTS_AT):
        if number % 3 != 1:
            assert killed_at(cut_at, curl(address, target)) == -signal.SIGXFSZ
            assert target.stat().st_size == cut_at
            continue
        with subprocess.Popen(curl(address, target, *LONG_ENOUGH)) as running:
            until(partial(has_come_to, cut_at, target), what=f"byte {cut_at}")
            assert running.poll() is None
            kill_workers(site)
        assert running.returncode
    subprocess.run(curl(address, target), check=True)
    subprocess.run([need_program("unzip"), "-q", target], cwd=tmp_path, check=True)
    (folder,) = tmp_path.glob("anything-*")
    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=folder, check=True)
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 66
    with sqlite3.connect(tmp_path / "db.sqlite3") as database:
        assert database.execute("SELECT downloads FROM jobs_resultlink").fetchone() == (1,)


def test_what_the_store_changed_is_never_taken_for_whole(site: UploadSite, tmp_path: Path) -> None:
    address, target = delivered(site, "LARGE"), tmp_path / "all.zip"
    store = site.store()
    (last,) = [o for o in store.list_objects("results/") if o.size_bytes == 20 * MIB + 1]
    store.write(last.name, bytes(last.size_bytes))
    ended = subprocess.run(curl(address, target)).returncode
    assert ended == 18  # transfer closed with bytes remaining
    assert "Traceback" not in (tmp_path / "web.log").read_text()
    assert "An archive was broken off" in (tmp_path / "web.log").read_text()


def test_the_line_of_the_page_goes_on_after_each_cut(site: UploadSite, tmp_path: Path) -> None:
    line = lines(delivered(site, "LARGE"))["1"]
    assert site.url in line
    (tmp_path / ".curlrc").write_text("silent\n")
    environment = os.environ | {"CURL_HOME": str(tmp_path)}
    name = re.search(r"-o '([^']+)\.zip'", line)
    assert name
    target, folder = tmp_path / f"{name[1]}.zip", tmp_path / name[1]
    with CuttingProxy(site.web_port, is_clean=True) as proxy:
        command = ["sh", "-c", line.replace(site.url, proxy.url)]
        proxy.arm([2 * MIB, 42 * MIB, 58 * MIB])
        ends = [subprocess.run(command, cwd=tmp_path, env=environment).returncode for _ in range(4)]
    assert ends == [18, 18, 18, 0]  # 18: transfer closed with bytes remaining
    subprocess.run([need_program("unzip"), "-q", target], cwd=tmp_path, check=True)
    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=folder, check=True)
    with sqlite3.connect(tmp_path / "db.sqlite3") as database:
        assert database.execute("SELECT downloads FROM jobs_resultlink").fetchone() == (1,)
