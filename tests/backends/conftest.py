"""The beds of the cluster tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backends.cluster_beds import ClusterBed, LocalBed, MemoryBed
from tests.backends.store_fixtures import bench as bench
from tests.backends.store_fixtures import cheap_s3_store as cheap_s3_store
from tests.backends.store_fixtures import cheap_swift_store as cheap_swift_store
from tests.backends.store_fixtures import name as name
from tests.backends.store_fixtures import s3_store as s3_store
from tests.backends.store_fixtures import swift_one as swift_one
from tests.backends.store_fixtures import swift_store as swift_store


@pytest.fixture
def local_bed(tmp_path: Path) -> Iterator[LocalBed]:
    bed = LocalBed(tmp_path)
    yield bed
    bed.close()


@pytest.fixture(params=["memory", "local", pytest.param("slurm", marks=pytest.mark.live)])
def bed(request: pytest.FixtureRequest) -> Iterator[ClusterBed]:
    """Each of the three clusters in turn."""
    if request.param == "memory":
        yield MemoryBed()
    else:
        yield request.getfixturevalue(f"{request.param}_bed")
