"""Starting and stopping a demonstration: Swift, the web server, the worker."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from urllib.error import URLError
from urllib.request import urlopen

from deploy.demo.site import ROOT, STOP_WITHIN_S, DemoSite

UP_WITHIN_S = 300


class CannotStart(Exception):
    """A part did not come up; the message says which, and where its log is."""


@contextlib.contextmanager
def running(site: DemoSite) -> Iterator[None]:
    """The site, up and answering; all of it is stopped at the end of the block."""
    worker = ["manage.py", "worker"]
    with prepared(site), _web(site), _started(site, "worker", worker, site.environment()):
        _await(site, "worker", f"{site.url}/healthz")
        yield


@contextlib.contextmanager
def prepared(site: DemoSite) -> Iterator[None]:
    """The store, up; tables, settings and examples are there."""
    (site.state / "log").mkdir(parents=True, exist_ok=True)
    site.mail_folder.mkdir(exist_ok=True)
    swift = ["-m", "deploy.swift_one", str(site.swift_root), "--port", str(site.swift_port)]
    origins = ["--origins", ",".join(site.origins), "--die-with-parent"]
    with _started(site, "swift", [*swift, *origins], {}):
        _await(site, "swift", f"http://127.0.0.1:{site.swift_port}/healthcheck")
        command = [sys.executable, "-m", "deploy.demo.prepare", str(site.state / "scratch")]
        environment = site.environment()
        subprocess.run(
            command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
        )
        yield


@contextlib.contextmanager
def serving(site: DemoSite) -> Iterator[None]:
    """The web server alone, up and answering."""
    with _web(site):
        _await(site, "web", f"{site.url}/")
        yield


def _web(site: DemoSite) -> contextlib.AbstractContextManager[None]:
    gunicorn = ["-m", "gunicorn", "freeloader_site.wsgi", "--threads", "8"]
    gunicorn += ["--logger-class", "freeloader_site.web_log.SafeLogger"]
    quiet = ["--no-control-socket", "--worker-tmp-dir", _memory_folder()]
    bind = ["--bind", f"127.0.0.1:{site.web_port}"]
    return _started(site, "web", [*gunicorn, *quiet, *bind], site.environment())


@contextlib.contextmanager
def _started(
    site: DemoSite, name: str, arguments: Sequence[str], environment: Mapping[str, str]
) -> Iterator[None]:
    with (site.state / "log" / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment or os.environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C reaches us alone; we stop the parts in their order
        )
        try:
            yield
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _await(site: DemoSite, part: str, url: str) -> None:
    deadline = time.monotonic() + UP_WITHIN_S
    while time.monotonic() < deadline:
        try:
            with urlopen(url, timeout=30) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.1)
    raise CannotStart(f"{part} does not answer; see {site.state}/log/{part}.log")


def _memory_folder() -> str:
    """Where gunicorn touches its heartbeat file: memory where there is some, not the disk."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir()  # noqa: S108
