"""The floor under `make accuracy`, with nothing to download: what must never be lost again.

Small samples: the bounds are wider than what docs/scanning.md tells of the whole corpus.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from deploy.accuracy.corpus import CleanFile
from deploy.accuracy.planting import Planter
from deploy.accuracy.reading import Reading, read, read_all
from deploy.accuracy.report import Measured
from tests.backends.scan_bench import shared_personal_scanner

pytestmark = pytest.mark.live

# Data that comes with what the tests need anyway.
CLEAN = {
    "numpy": ("_core/tests/data/*.csv", "table"),
    "matplotlib": ("mpl-data/sample_data/*.csv", "table"),
    "boto3": ("data/*/*/*.json", "json"),
    "aiosmtpd": ("docs/*.rst", "readme"),
    "spacy": ("tests/**/*.txt", "text"),
}
MAX_BYTES = 64 * 2**10

LETTERS = """\
The samples were thawed on ice and spun down before the second run of the week.
Half of them had been stored for more than a year, which may explain the low yield.

Reads were trimmed where the quality fell, and mapped with the settings given below.
Nothing was removed by hand, and the order of the rows is the order of the plates.
"""
TABLE = "subject,age,score\n" + "".join(
    f"s{n:03},{20 + n % 50},{n * 0.37:.2f}\n" for n in range(60)
)
OBJECT = '{"RepetitionTime": 2.0, "EchoTime": 0.03, "TaskName": "rest", "FlipAngle": 90}'
FASTA = "".join(f">read{n} length=24\nACGTTGCAACGTTGCAACGTTGCA\n" for n in range(20))


def shipped() -> Iterator[CleanFile]:
    for package, (pattern, kind) in CLEAN.items():
        spec = importlib.util.find_spec(package)
        if spec and spec.origin:
            for path in sorted(Path(spec.origin).parent.glob(pattern)):
                if path.stat().st_size <= MAX_BYTES:
                    yield clean(path.read_bytes(), kind, name=path.name)


def clean(content: bytes | str, kind: str, name: str = "x") -> CleanFile:
    content = content if isinstance(content, bytes) else content.encode()
    return CleanFile(hashlib.sha256(content).hexdigest(), "here", kind, name, content)


HOSTS = (
    clean(LETTERS, "readme"),
    clean(TABLE, "table"),
    clean(OBJECT, "json"),
    clean(FASTA, "fasta"),
)


def readings_of(contents: Sequence[bytes]) -> list[Reading]:
    return [read(shared_personal_scanner(), content) for content in contents]


def test_all_files_are_read_in_their_order() -> None:
    contents = [b"1,2,3\n" * count for count in (9, 1, 5)]

    readings = read_all(contents)

    assert [one.report.size_bytes for one in readings] == list(map(len, contents))


def test_clean_files_are_let_pass() -> None:
    files = list(shipped())
    readings = readings_of([file.content for file in files])

    measured = Measured("here", list(zip(files, readings, strict=True)), [])

    assert len(files) >= 40
    assert measured.flagged_share <= 0.1, [file.name for file, _ in measured.flagged]


def test_what_is_planted_is_found() -> None:
    cases = list(Planter(HOSTS, "tune", seed=1).cases())[::4]
    readings = readings_of([case.content for case in cases])

    measured = Measured("here", [], list(zip(cases, readings, strict=True)))

    assert measured.ids_recall >= 0.85
    assert measured.names_recall >= 0.7
