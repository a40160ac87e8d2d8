"""A site of processes for results: web server, store, and a link between them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile

import pytest

from deploy.demo.site import free_port
from deploy.link import Line, Link
from tests.live.uploads.site import UploadSite

KINDS = ["swift", "s3"]


@contextmanager
def started(kind: str, folder: Path, prepared: Path) -> Iterator[UploadSite]:
    """A site there, until it is left."""
    copyfile(prepared / "db.sqlite3", folder / "db.sqlite3")
    port = free_port()
    with Link(f"http://127.0.0.1:{port}", line=Line()) as link:
        site = UploadSite(folder, prepared / "static", kind, link, port)
        try:
            site.start()
            yield site
        finally:
            site.stop()


@pytest.fixture(params=KINDS)
def site(request: pytest.FixtureRequest, prepared: Path, tmp_path: Path) -> Iterator[UploadSite]:
    """One of the test's own, to be killed or bent."""
    with started(request.param, tmp_path, prepared) as site:
        yield site


@pytest.fixture(scope="module", params=KINDS)
def shared_site(
    request: pytest.FixtureRequest, prepared: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[UploadSite]:
    """One for tests that only look."""
    with started(request.param, tmp_path_factory.mktemp(request.param), prepared) as site:
        yield site
