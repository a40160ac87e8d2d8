"""The page of a result on a site of processes, and the lines for a shell on it."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from urllib.request import urlopen

from deploy.demo.site import ROOT
from tests.live.uploads.site import UploadSite


def delivered(site: UploadSite, sizes: str) -> str:
    """A result in that site's store, `sizes` an expression of result.py; its page's address."""
    script = f"from tests.live.results.result import *; deliver({sizes})"
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", script]
    done = subprocess.run(
        command, cwd=ROOT, env=site.environment(), check=True, capture_output=True, text=True
    )
    token = re.search(r"TOKEN (\S+)", done.stdout)
    assert token, done.stdout
    return f"{site.url}/r/{token[1]}/"


def lines(address: str) -> dict[str, str]:
    """The lines for a shell, as somebody copies them from the page, by their ids."""
    with urlopen(address) as page:
        found = re.findall(r'<code id="line-(\w+)">(.+?)</code>', page.read().decode(), re.DOTALL)
    return {name: html.unescape(line) for name, line in found}
