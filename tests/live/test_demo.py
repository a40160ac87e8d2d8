"""`make demo` as a newcomer uses it: up, used, stopped with Ctrl-C, up again in seconds."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest

from deploy.demo.site import ROOT, free_port, is_free
from deploy.testbed.site import until

pytestmark = [pytest.mark.live, pytest.mark.timeout(1200)]


def demo(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "deploy.demo", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def read_until(process: subprocess.Popen[str], word: str) -> str:
    """What it prints, up to the line with `word`."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if word in line:
            break
    return said


def processes_of(state: Path) -> list[str]:
    """The command lines that name this demonstration's folder, or that run with it."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            text = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except OSError:
            continue
        if str(state).encode() in text:
            found.append((entry / "cmdline").read_text().replace("\0", " "))
    return [line for line in found if line]


def until_nothing_runs(state: Path) -> None:
    """What was killed at last may take a moment to be gone."""
    until(lambda: not processes_of(state), what="the end of all processes")


def page_of_pi(url: str, password: str) -> str:
    """What ada is shown after she has logged in, on the way to her overview."""
    browser = build_opener(HTTPCookieProcessor())
    login = f"{url}/admin/login/?next=/admin/overview/"
    with browser.open(login, timeout=60) as form:
        token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', form.read().decode())[0]
    said = {"username": "ada", "password": password, "csrfmiddlewaretoken": token}
    with browser.open(Request(login, urlencode(said).encode()), timeout=60) as page:
        return str(page.read().decode())


def test_the_pi_finds_her_pipeline_and_ctrl_c_stops_all_of_it_and_it_starts_again(
    tmp_path: Path,
) -> None:
    port = free_port()
    for _start in range(2):
        with demo("--state", str(tmp_path / "demo"), "--port", str(port)) as process:
            said = read_until(process, "Ctrl-C")
            assert f"http://127.0.0.1:{port}/" in said
            (password,) = re.findall(r"user ada, password (\w+)", said)
            page = page_of_pi(f"http://127.0.0.1:{port}", password)
            assert "Word statistics" in page
            assert "Plot a table" not in page
            assert len(processes_of(tmp_path)) > 4
            process.send_signal(signal.SIGINT)
            assert process.wait(300) == 0
        until_nothing_runs(tmp_path)
        assert is_free(port)


def test_the_check_sends_waits_downloads_and_compares(tmp_path: Path) -> None:
    with demo("--check", "--state", str(tmp_path / "demo")) as process:
        said, _ = process.communicate(timeout=1100)
    assert process.returncode == 0, said
    assert said.count("came back in") == 2
    assert said.count("/r/") == 2
    until_nothing_runs(tmp_path)


def test_a_taken_port_is_said_so_before_anything_is_made(tmp_path: Path) -> None:
    state = tmp_path / "demo"
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        command = [sys.executable, "-m", "deploy.demo", "--state", str(state), "--port", str(port)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"Port {port} is taken" in done.stderr
    assert not state.exists()
