"""Clamds beside the test bed's: with small limits, where a file of megabytes meets them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from backends.base import Unpack
from backends.clamav import ClamavScanner, Clamd
from deploy.testbed.clamd import Clamd as ClamdPart
from deploy.testbed.clamd import own_clamd
from deploy.testbed.place import Bed
from tests.parts import lacks, need

MIB = 2**20
LIMIT_BYTES = 4 * MIB
# As docs/operations.md says, a five-hundredth of it; and few members, for each costs it some
# milliseconds.
SMALL = {"StreamMaxLength": "4M", "MaxFileSize": "4M", "MaxScanSize": "4M", "MaxFiles": "500"}
TOO_MANY = 600  # members


def start(stack: ExitStack, folder: Path, **limits: str) -> ClamdPart:
    """A clamd with these lines in its clamd.conf, until the stack is left."""
    if obstacle := ClamdPart(Bed(folder)).obstacle():
        lacks("clamd", obstacle)
    return stack.enter_context(own_clamd(folder, **limits))


def address_of(part: ClamdPart) -> str:
    there = part.describe()
    return f"{there.host}:{there.port}"


@pytest.fixture(scope="session")
def clamd_with(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """The address of a clamd with these lines; each is started once for all tests."""
    with ExitStack() as stack:

        @cache
        def address(**limits: str) -> str:
            return address_of(start(stack, tmp_path_factory.mktemp("clamd"), **limits))

        yield address


@pytest.fixture
def small(clamd_with: Callable[..., str]) -> str:
    """The address of a clamd as it should be, for files of up to `LIMIT_BYTES`."""
    return clamd_with(**SMALL)


@pytest.fixture(scope="session")
def testbeds() -> str:
    """The address of the test bed's clamd, with the limits of docs/operations.md."""
    clamd = need("clamd").clamd
    assert clamd
    return f"{clamd.host}:{clamd.port}"


def scanner(
    address: str, *, max_object_bytes: int = LIMIT_BYTES, unpack: Unpack | None = None
) -> ClamavScanner:
    """For signatures without a date."""
    return ClamavScanner(
        address, max_database_age_days=None, max_object_bytes=max_object_bytes, unpack=unpack
    )


def said(address: str, data: bytes) -> str:
    """clamd's own words on these bytes."""
    pieces = (data[at : at + MIB] for at in range(0, len(data), MIB))
    return Clamd(address, timeout_s=300).instream(pieces)
