"""Parts of the test bed that a live test needs, and what is said where one is not up."""

from __future__ import annotations

import os
import shutil

import pytest

from deploy.testbed import TestbedEnv, load

absent: dict[str, str] = {}


def need(*parts: str) -> TestbedEnv:
    """The test bed with these parts up. Otherwise the test is skipped, and with CI=true fails."""
    up = load()
    down = [part for part in parts if getattr(up, part) is None]
    if down:
        lacks(" ".join(down), f"python -m deploy.testbed up {' '.join(down)}")
    return up


def need_program(name: str) -> str:
    """Where this program is; without it the test does not run."""
    found = shutil.which(name)
    if not found:
        lacks(name, f"apt-get install {name}")
    return found or ""


def lacks(what: str, mend: str, *, is_packaged: bool = True) -> None:
    """Note what did not run and how to run it, and end this test.

    CI is not asked for what is in no package registry.
    """
    absent[what] = mend
    message = f"{what} is not up; to run this: {mend}"
    if is_packaged and os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


def summary() -> list[str]:
    """A line for each live part that did not run."""
    return [f"NOT RUN without {what}: {mend}" for what, mend in sorted(absent.items())]
