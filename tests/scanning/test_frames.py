"""What child and parent say to one another comes out as it went in."""

from __future__ import annotations

import io

import pytest

from backends.base import Coverage, FindingReport
from scanning.frames import Budget, Examination, Settings, read_file, read_frame, write_frame


def test_file_comes_out_of_its_frames() -> None:
    pipe = io.BytesIO()
    for data in (b"hello", b"\0" * 5, b"", b"next file"):
        write_frame(pipe, data)
    pipe.seek(0)

    assert list(read_file(pipe)) == [b"hello", b"\0" * 5]
    assert read_frame(pipe) == b"next file"


@pytest.mark.parametrize("data", [b"", b"\0\0", b"\0\0\0\5hell"])
def test_pipe_that_ends_within_a_frame_is_no_file(data: bytes) -> None:
    with pytest.raises(EOFError):
        list(read_file(io.BytesIO(data)))


def test_frame_beyond_all_measure_is_refused() -> None:
    with pytest.raises(ValueError, match="a frame of 4294967295 bytes"):
        read_frame(io.BytesIO(b"\xff\xff\xff\xff"))


def test_settings_survive_the_command_line() -> None:
    settings = Settings(["PERSON"], "a_model", Budget(1, 2, 3.5), memory_bytes=7)

    assert Settings.from_json(settings.to_json()) == settings


def test_examination_survives_the_pipe() -> None:
    examination = Examination(
        Coverage.PARTIAL,
        12,
        reasons=("SAMPLED",),
        findings=(
            FindingReport("PERSON", 2, 0.85, ((("line", 1),), (("member", 2), ("line", 9)))),
        ),
        versions={"presidio-analyzer": "2.2"},
    )

    assert Examination.from_json(examination.to_json().encode()) == examination


@pytest.mark.parametrize("line", [b"", b"{}", b"[]", b'{"coverage": "all"}', b"\xff"])
def test_anything_else_is_no_examination(line: bytes) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        Examination.from_json(line)
