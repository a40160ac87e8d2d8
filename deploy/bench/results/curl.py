"""curl as a visitor uses it: press a button, fetch what it leads to, go on in the middle.

Addresses are keys: they go to curl by a pipe, not by its arguments, which everybody can see.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence

CURL = ("curl", "--fail", "--fail-early", "--no-progress-meter", "--config", "-")


class CurlFailed(Exception):
    """Not all came; curl's words are in the message."""


def pressed(url: str) -> str:
    """Where a button leads to."""
    return _run(_config({"url": url, "data": "get", "write-out": "%{redirect_url}"}))


def fetch(urls: Sequence[str]) -> int:
    """Fetch all of them, one after the other over one connection; how many bytes came."""
    told = _run("".join(_config({"url": url, "output": "/dev/null"}) for url in urls) + _SIZE)
    return sum(map(int, told.split()))


_SIZE = 'write-out = "%{size_download}\\n"\n'


def look(url: str, cookie: str = "") -> tuple[float, int]:
    """Seconds until all of a page was here, and its bytes."""
    told = "%{http_code} %{time_total} %{size_download}"
    options = {"url": url, "output": "/dev/null", "write-out": told, "cookie": cookie}
    status, seconds, size_bytes = _run(_config(options)).split()
    if status != "200":  # led to the log-in, say
        raise CurlFailed(f"status {status}")
    return float(seconds), int(size_bytes)


def first_byte_s(url: str, start: int) -> float:
    """Seconds until the first byte came of what begins at `start`; then it hangs up."""
    told = "%{stderr}%{time_starttransfer}"
    options = {"url": url, "range": f"{start}-", "output": "-", "write-out": told}
    with subprocess.Popen(
        CURL, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as curl:
        if not (curl.stdin and curl.stdout and curl.stderr):
            raise CurlFailed("no pipes")
        curl.stdin.write(_config(options).encode())
        curl.stdin.close()
        is_here = bool(curl.stdout.read(1))
        curl.stdout.close()
        words = curl.stderr.read().decode()
    if not is_here:
        raise CurlFailed(words[-500:])
    return float(words.split()[-1])  # before it are its words about our hanging up


def _config(options: Mapping[str, str]) -> str:
    return "".join(f'{name} = "{value}"\n' for name, value in options.items())


def _run(config: str) -> str:
    done = subprocess.run(CURL, input=config, capture_output=True, text=True)
    if done.returncode:
        raise CurlFailed(done.stderr[-500:])
    return done.stdout
