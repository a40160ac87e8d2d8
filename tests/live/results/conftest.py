"""A site of processes for results: web server, store, and a link between them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.demo.site import free_port
from deploy.link import Line, Link
from tests.live.uploads.site import UploadSite, prepare

KINDS = ["swift", "s3"]


@contextmanager
def started(kind: str, folder: Path) -> Iterator[UploadSite]:
    """A site there, until it is left."""
    prepare(folder)
    port = free_port()
    with Link(f"http://127.0.0.1:{port}", line=Line()) as link:
        site = UploadSite(folder, folder / "static", kind, link, port)
        try:
            site.start()
            yield site
        finally:
            site.stop()


@pytest.fixture(params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[UploadSite]:
    """One of the test's own, to be killed or bent."""
    with started(request.param, tmp_path) as site:
        yield site


@pytest.fixture(scope="module", params=KINDS)
def shared_site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[UploadSite]:
    """One for tests that only look."""
    with started(request.param, tmp_path_factory.mktemp(request.param)) as site:
        yield site
