"""A PI's file is read, never run."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from pipelines.code import read_code
from pipelines.models import Pipeline
from pipelines.publish import publish_code
from tests.conftest import SOURCE


def test_reading_a_file_tells_its_docstring_and_functions() -> None:
    code = read_code(SOURCE)
    assert code.docstring == "Counts the words of each text file."
    assert code.functions == {"run"}


def test_reading_a_file_does_not_run_it() -> None:
    read_code(b"raise SystemExit\ndef run(inputs, output): 0")


def test_progress_may_be_asked_for_and_split_is_refused_for_now() -> None:
    read_code(b"def run(inputs, output, progress): 0")
    with pytest.raises(ValidationError, match="not supported yet"):
        read_code(b"def run(inputs, output): 0\ndef split(inputs): 0")


@pytest.mark.django_db
def test_the_database_refuses_to_change_a_version(pipeline: Pipeline) -> None:
    with pytest.raises(IntegrityError, match="never changes"):
        pipeline.versions.update(source="print(1)")


@pytest.mark.django_db
def test_the_same_file_again_is_the_same_version(pipeline: Pipeline) -> None:
    first = pipeline.code
    assert publish_code(pipeline, read_code(SOURCE), file_name="again.py") == first
