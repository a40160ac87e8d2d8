"""python -m deploy.demo [--check]"""

from __future__ import annotations

import argparse
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from deploy.demo.check import CheckFailed, Visitor
from deploy.demo.run import CannotStart, running
from deploy.demo.site import ROOT, DemoSite, free_port, is_free

INPUT = ROOT / "build" / "demo-input"


def main() -> None:
    options = _parse()
    started = time.monotonic()
    try:
        site = _check_site(options.state) if options.check else _site(options.state, options.port)
        with running(site):
            if options.check:
                check(site)
            else:
                _greet(site, time.monotonic() - started)
                _wait_for_ctrl_c()
    except subprocess.CalledProcessError as error:
        last_line = error.stderr.strip().rpartition("\n")[2]
        sys.exit(
            f"The site could not be prepared: {last_line}\nTo begin anew: rm -r {options.state}"
        )
    except (CannotStart, CheckFailed) as error:
        sys.exit(str(error))


def _site(state: Path, port: int) -> DemoSite:
    if not is_free(port):
        raise CannotStart(f"Port {port} is taken. Is a demo running? Else: make demo PORT=8001")
    return DemoSite(state.resolve(), port, free_port())


def _check_site(state: Path) -> DemoSite:
    """Beside a demonstration that may be running: an empty folder and ports of its own."""
    folder = state.resolve() / "check"
    shutil.rmtree(folder, ignore_errors=True)
    return DemoSite(folder, free_port(), free_port())


def check(site: DemoSite) -> None:
    """Send the example input through two examples and look at what comes back."""
    _make_input()
    visitor = Visitor(site.url)
    for slug, pattern in (("word-statistics", "*.txt"), ("plot-csv", "*.csv")):
        files = {path.name: path.read_bytes() for path in sorted(INPUT.glob(pattern))}
        begun = time.monotonic()
        visitor.send(slug, files)
        link = visitor.wait_for_letter(site.mail_folder, rf"{site.url}/r/[\w-]+/")
        results = visitor.download(link)
        _compare(slug, files, results)
        for letter in site.mail_folder.iterdir():
            letter.unlink()
        names = ", ".join(sorted(results))
        print(f"{slug}: {len(files)} files sent, {names} came back in "
              f"{time.monotonic() - begun:.0f} s by {link}")  # fmt: skip


def _make_input() -> None:
    INPUT.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, str(ROOT / "examples" / "make_input.py"), str(INPUT)]
    subprocess.run(command, check=True, capture_output=True, text=True)


def _compare(slug: str, files: dict[str, bytes], results: dict[str, bytes]) -> None:
    """The result must be the one of this input: the same code, run here, says so."""
    if not results:
        raise CheckFailed(f"{slug}: the result page lists no file.")
    for name, data in files.items():
        stem = name.rpartition(".")[0]
        mine = [result for result in results if stem in result]
        if not mine:
            raise CheckFailed(f"{slug}: nothing came back for {name}, only {sorted(results)}.")
        if slug == "plot-csv" and not results[mine[0]].startswith(b"\x89PNG"):
            raise CheckFailed(f"{slug}: {mine[0]} is no PNG.")
        if slug == "word-statistics" and data.split()[0].strip(b".,").lower() not in _all(results):
            raise CheckFailed(f"{slug}: the first word of {name} is not in the result.")


def _all(results: dict[str, bytes]) -> bytes:
    return b"\n".join(results.values()).lower()


def _greet(site: DemoSite, seconds: float) -> None:
    print(f"""
Freeloader is up after {seconds:.0f} s.

  Send files      {site.url}/
  Letters         {site.mail_folder}/  (one file each)
  Admin           {site.url}/admin/  user demo, password {site.admin_password}
  as a PI has it  user ada, password {site.pi_password}  (word statistics is hers)
  Example input   python3 examples/make_input.py FOLDER

  No virus scanner runs here (clamd needs a site); personal data is looked for.
  Ctrl-C stops all of it.
""", flush=True)  # fmt: skip


def _wait_for_ctrl_c() -> None:
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    over.wait()
    print("Stopping …", flush=True)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.demo", description=__doc__)
    parser.add_argument("--check", action="store_true", help="send, wait, download, compare, stop")
    parser.add_argument("--state", type=Path, default=ROOT / ".demo")
    parser.add_argument("--port", type=int, default=8000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
