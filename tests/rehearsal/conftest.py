"""A laptop with two texts on it, and a node with a store."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.jobs.node.conftest import store
from tests.jobs.node.laptop.computer import Laptop

__all__ = ["store"]


@pytest.fixture
def laptop(tmp_path: Path) -> Laptop:
    return Laptop(tmp_path)
