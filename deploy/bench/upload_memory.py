"""How much of a large upload the web server holds, in memory or on its disk: `make bench-memory`.

A demonstration of its own comes up; examples/send_files.py sends it a file by parts, four at
once. What the kernel says of the web server's processes is read before, during and after. The
folder with all of it is deleted at the end.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from deploy.demo.run import running
from deploy.demo.site import ROOT, DemoSite, free_port

STATE = ROOT / ".demo" / "bench"
MIB = 2**20
PROC = Path("/proc")


@dataclass(frozen=True)
class Held:
    """What some processes hold: memory in MiB now and at its peak, bytes written to disk ever."""

    rss_mib: float
    peak_mib: float
    written_bytes: int


def main() -> None:
    """Measure, print, delete."""
    parser = argparse.ArgumentParser(prog="python -m deploy.bench.upload_memory")
    parser.add_argument("--gib", type=float, default=2)
    size_bytes = int(parser.parse_args().gib * 2**30)
    site = DemoSite(STATE, free_port(), free_port())
    try:
        with running(site):
            measure(site, size_bytes)
    finally:
        shutil.rmtree(STATE, ignore_errors=True)


def measure(site: DemoSite, size_bytes: int) -> None:
    """Send a small file first, so that what is loaded once is not counted; then the large one."""
    _make_page(site)
    web = web_processes(site.web_port)
    send(site, MIB)
    forget_peaks(web)
    before = held_by(web)
    begun = time.monotonic()
    send(site, size_bytes)
    seconds = time.monotonic() - begun
    report(size_bytes, seconds, before, held_by(web))


def _make_page(site: DemoSite) -> None:
    script = Path(__file__).with_name("large_file_page.py").read_text()
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", script]
    subprocess.run(command, cwd=ROOT, env=site.environment(), check=True, capture_output=True)


def send(site: DemoSite, size_bytes: int) -> None:
    """As a collaborator's script does; the file is a hole, but is sent in full."""
    file = STATE / f"{size_bytes}.bin"
    with file.open("wb") as hole:
        hole.truncate(size_bytes)
    program = str(ROOT / "examples" / "send_files.py")
    page = f"{site.url}/p/large-file/"
    command = [sys.executable, program, page, "olga@far.example", str(file)]
    subprocess.run(command, cwd=STATE, check=True, stdout=subprocess.DEVNULL)


def web_processes(port: int) -> list[Path]:
    """The /proc folders of gunicorn's master and workers on this port."""
    words = {b"gunicorn", f"127.0.0.1:{port}".encode()}
    found = []
    for folder in PROC.glob("[0-9]*"):
        with suppress(OSError):  # processes come and go
            if words <= set((folder / "cmdline").read_bytes().split(b"\0")):
                found.append(folder)
    return found


def forget_peaks(processes: Sequence[Path]) -> None:
    """Let the kernel count each peak anew (proc(5), clear_refs)."""
    for folder in processes:
        (folder / "clear_refs").write_text("5")


def held_by(processes: Sequence[Path]) -> Held:
    """The sum over the processes; the sum of their peaks is never too small."""
    return Held(
        rss_mib=sum(_number(folder / "status", "VmRSS") for folder in processes) / 1024,
        peak_mib=sum(_number(folder / "status", "VmHWM") for folder in processes) / 1024,
        written_bytes=sum(_number(folder / "io", "write_bytes") for folder in processes),
    )


def _number(file: Path, name: str) -> int:
    lines = dict(line.split(":", 1) for line in file.read_text().splitlines())
    return int(lines[name].split()[0])


def report(size_bytes: int, seconds: float, before: Held, after: Held) -> None:
    """The figures, one a line."""
    grown_bytes = (after.peak_mib - before.rss_mib) * MIB
    written = after.written_bytes - before.written_bytes
    print(f"sent                  {size_bytes / MIB:,.0f} MiB in {seconds:.0f} s, 4 parts at once")
    print(f"web memory before     {before.rss_mib:.1f} MiB (RSS of all web processes)")
    print(f"web memory at peak    {after.peak_mib:.1f} MiB")
    print(f"web memory after      {after.rss_mib:.1f} MiB")
    print(f"web wrote to disk     {written / 1024:,.0f} KiB (rows of the database)")
    print(f"peak growth / sent    {grown_bytes / size_bytes:.6f}")
    print(f"written / sent        {written / size_bytes:.6f}")


if __name__ == "__main__":
    main()
