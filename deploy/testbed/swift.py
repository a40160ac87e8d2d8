"""The store: deploy.swift_one on the test bed's port."""

import importlib.util
import urllib.request
from collections.abc import Sequence
from dataclasses import asdict

from deploy.swift_one import credentials
from deploy.testbed.env import SwiftEnv
from deploy.testbed.part import Part
from deploy.testbed.processes import LOOK_TIMEOUT_S, Daemon, python


class Swift(Part):
    name = "swift"

    def obstacle(self) -> str:
        if importlib.util.find_spec("swift") is None:
            return "the Python package swift is missing: pip install -r requirements/test.txt"
        return super().obstacle()

    def prepare(self) -> bool:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        return False

    def stages(self) -> Sequence[Sequence[Daemon]]:
        port = self.bed.port("swift")
        # Any origin: the pages under test are served on ports that nobody knows beforehand.
        argv = python("deploy.swift_one", str(self.folder), "--port", str(port), "--origins", "*")
        return [[Daemon("swift", argv, lambda: _serves(port), port=port)]]

    def describe(self) -> SwiftEnv:
        known = credentials(self.folder, self.bed.port("swift"))
        return SwiftEnv(url=known.s3_endpoint, **asdict(known))


def _serves(port: int) -> bool:
    """Whether the proxy answers: its socket listens long before it serves."""
    try:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{port}/healthcheck", timeout=LOOK_TIMEOUT_S
        ) as answer:
            return bool(answer.read() == b"OK")
    except OSError:
        return False
