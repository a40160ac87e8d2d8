"""What a newcomer sees of the first `make demo` before anything of ours runs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.live  # it starts processes
REPOSITORY = Path(__file__).parents[2]
PIP = """#!/bin/sh
# Says what pip says, unless it is told that nobody wants to know.
test -n "$PIP_DISABLE_PIP_VERSION_CHECK" || echo "[notice] A new release of pip is available" >&2
test "$PIP_ROOT_USER_ACTION" = ignore || echo "WARNING: Running pip as the 'root' user" >&2
test -z "$PIP_BREAKS" || { echo "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES" >&2; exit 1; }
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The Makefile's first step with a Python that has this pip."""
    for name, text in {".venv/bin/python": PIP, "requirements/uv.txt": ""}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
    return tmp_path


def first_step(checkout: Path, *settings: str) -> subprocess.CompletedProcess[str]:
    argv = ["env", *settings, "make", "--silent", "-f", str(REPOSITORY / "Makefile"), ".venv/.uv"]
    return subprocess.run(argv, cwd=checkout, capture_output=True, text=True)


def test_pips_advice_about_itself_is_not_shown(checkout: Path) -> None:
    done = first_step(checkout)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (checkout / ".venv/.uv").exists()


def test_pips_errors_are_shown_and_end_it(checkout: Path) -> None:
    done = first_step(checkout, "PIP_BREAKS=1")
    assert done.returncode != 0
    assert "ERROR: THESE PACKAGES DO NOT MATCH" in done.stderr
    assert not (checkout / ".venv/.uv").exists()
