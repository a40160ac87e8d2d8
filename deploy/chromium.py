"""The browser that tests, measurements and pictures drive: which one, and how it is started."""

from __future__ import annotations

import os

CHROMIUM = os.environ.get("FREELOADER_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
