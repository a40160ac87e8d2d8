"""Frames come out as they went in, wherever the stream is cut."""

from __future__ import annotations

import pytest

from scanning.frames import frame, frames


def test_frames_that_are_cut_off_are_an_error() -> None:
    with pytest.raises(ValueError, match="half a frame"):
        list(frames([frame(b"abc")[:-1]]))


def test_frame_that_is_too_long_is_an_error_before_it_has_come() -> None:
    with pytest.raises(ValueError, match="bytes"):
        next(frames([b"\xff\xff\xff\xff"]))


def test_frames_are_told_apart_wherever_the_pieces_end() -> None:
    said = [b"a", b"", b"bc" * 100]
    stream = b"".join(map(frame, said))

    for size in (1, 3, 500):
        pieces = (stream[at : at + size] for at in range(0, len(stream), size))
        assert list(frames(pieces)) == said
