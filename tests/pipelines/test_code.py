"""A PI's file is read, never run."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from pipelines.code import read_code, splits
from pipelines.models import Pipeline
from pipelines.publish import publish_code
from tests.conftest import SOURCE


def test_reading_a_file_tells_its_docstring_and_functions() -> None:
    code = read_code(SOURCE)
    assert code.docstring == "Counts the words of each text file."
    assert code.functions == {"run"}


def test_reading_a_file_does_not_run_it() -> None:
    read_code(b"raise SystemExit\ndef run(inputs, output): 0")


RUN = "def run(inputs, output): 0\n"
SPLIT = "def split(inputs): 0\n"
MERGE = "def merge(outputs, output): 0\n"


@pytest.mark.parametrize(
    "source",
    [
        "def run(inputs, output, progress, checkpoint): 0",
        RUN + SPLIT + MERGE,
        RUN + "def split(inputs, output): 0\n" + MERGE,
        RUN + SPLIT + "def merge(outputs, output, *, inputs, progress, checkpoint): 0",
        RUN + "def compare(first, second): 0",
        RUN + "def save(path): 0",
    ],
)
def test_a_function_may_ask_by_name_for_what_there_is(source: str) -> None:
    read_code(source.encode())


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (SPLIT + MERGE, r"no function run\(inputs, output\)"),
        (RUN + SPLIT, r"has split\(\) but no merge\(outputs, output\)"),
        (RUN + MERGE, r"has merge\(\) but no split\(inputs\).*another name"),
        (
            RUN + "def split(text, at): 0",
            r"split\(\) has the parameters \(text, at\); it must take",
        ),
        (RUN + SPLIT + "def merge(outputs): 0", "must take outputs and output, and may ask for"),
        (RUN + "def compare(a, b): 0", "must take first and second"),
        ("def run(inputs, output, depth): 0", "may ask for progress and checkpoint by name"),
    ],
)
def test_what_cannot_be_called_is_refused(source: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        read_code(source.encode())


def test_a_file_splits_if_it_has_split_and_merge() -> None:
    whole, divided = RUN + "class A:\n    " + SPLIT + "    " + MERGE, RUN + SPLIT + MERGE

    assert [splits(source) for source in (whole, divided)] == [False, True]
    assert [read_code(source.encode()).splits for source in (whole, divided)] == [False, True]


@pytest.mark.django_db
def test_the_database_refuses_to_change_a_version(pipeline: Pipeline) -> None:
    with pytest.raises(IntegrityError, match="never changes"):
        pipeline.versions.update(source="print(1)")


@pytest.mark.django_db
def test_the_same_file_again_is_the_same_version(pipeline: Pipeline) -> None:
    first = pipeline.code
    assert publish_code(pipeline, read_code(SOURCE), file_name="again.py") == first
