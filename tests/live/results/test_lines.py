"""The lines of a result's page, given one after another in an empty folder, with a real store."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.live.results.page import delivered, lines
from tests.live.results.result import AWKWARD
from tests.live.uploads.site import UploadSite
from tests.parts import need_program

pytestmark = pytest.mark.live
CHECKS = ("linux", "macos")


def give(line: str, folder: Path) -> tuple[int, str]:
    """How it ends, and what it says."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder.parent), "LC_ALL": "C.UTF-8"}
    command = [need_program("sh"), "-c", line]
    done = subprocess.run(
        command, cwd=folder, env=environment, input="", capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("first", range(0, len(AWKWARD), 10))
def test_all_that_the_lines_fetch_is_checked_and_well_whatever_its_names(
    shared_site: UploadSite, tmp_path: Path, first: int
) -> None:
    need_program("shasum")
    names = AWKWARD[first : first + 10]
    sizes = {name: 0 if name == "empty" else 50_000 + at for at, name in enumerate(names)}
    found = lines(delivered(shared_site, repr(sizes)))
    here = tmp_path / "home" / "here"
    here.mkdir(parents=True)
    fetching = [line for name, line in found.items() if name.isdecimal() or name == "sums"]
    assert len(fetching) == 1 + len(names) + 1

    for line in fetching:
        assert give(line, here)[0] == 0, line

    for name in CHECKS:
        status, said = give(found[name], here)
        assert (status, said.count(": OK\n")) == (0, len(names)), said
    (archive,) = here.glob("*.zip")
    folder = here / archive.stem
    assert set(here.iterdir()) == {archive, folder, here / f"{archive.stem}.sha256"}
    assert list(here.parent.iterdir()) == [here]  # and nothing lies, or was run, elsewhere
    assert not list(here.rglob("hit"))
    broken = max((path for path in folder.rglob("*") if path.is_file()), key=lambda p: p.name)
    broken.write_bytes(b"other")
    for name in CHECKS:
        status, said = give(found[name], here)
        assert (status, said.count(": FAILED\n")) == (1, 1), said


def test_of_an_archive_unpacked_there_everything_is_checked(
    shared_site: UploadSite, tmp_path: Path
) -> None:
    sizes = {f"part {number % 3}/{number}.csv": 900 for number in range(30)} | {"-": 800}
    found = lines(delivered(shared_site, repr(sizes)))
    here = tmp_path / "here"
    here.mkdir()
    for line in (found["1"], "unzip -q *.zip", found["sums"]):
        assert give(line, here)[0] == 0, line
    for name in CHECKS:
        status, said = give(found[name], here)
        assert (status, said.count(": OK\n")) == (0, 31), said
    (folder,) = (path for path in here.iterdir() if path.is_dir())
    status, said = give("sha256sum -c SHA256SUMS", folder)
    assert (status, said.count(": OK\n")) == (0, 32), said
