"""Archives taken apart for a scanner that cannot open them itself: in the confined process.

For each member, in order, a frame says where it is, others hold its bytes, and an empty one ends
it. A last frame says what did not come.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from scanning.budget import Purse
from scanning.frames import frame
from scanning.limits import Budget, Limits, Meter
from scanning.look import Inspection, Look
from scanning.readers.archives import OPEN, opened
from scanning.readers.archives.members import Names
from scanning.sources import Source
from scanning.types import Kind, kind_of

Answers = Callable[[bytes], None]


def give_members(
    chunks: Iterator[bytes], answers: Answers, *, size_bytes: int, limits: Limits
) -> None:
    """Answer with what is packed in a file, down to what is no archive or is too deep.

    Frames: {"member": [3, 1]}, numbers from the outside in; its bytes; an empty one; and so on;
    in the end {"method": "zip", "reasons": ["ENCRYPTED"]}, with codes of `scanning.reasons`.
    What is no archive has no members and no reasons.
    """
    source = Source(chunks, size_bytes)
    inspection = Inspection(Purse(Budget()), 0, Meter(limits, size_bytes))
    kind = kind_of(source.head())
    if kind in OPEN:
        _give_all(source, inspection.look(), answers)
    answers(_json_frame(method=kind.value, reasons=inspection.reasons))


def _give_all(source: Source, look: Look, answers: Answers) -> None:
    for member_look, member in opened(source, look, Names()):
        kind = kind_of(member.head())
        can_be_opened = member_look.depth < look.inspection.meter.limits.depth
        # An Office file is an archive, too, but whole it says more to a scanner.
        if kind in OPEN and kind is not Kind.OFFICE and can_be_opened:
            _give_all(member, member_look, answers)
        elif kind is not Kind.EMPTY:
            _give(member, member_look, answers)


def _give(member: Source, look: Look, answers: Answers) -> None:
    answers(_json_frame(member=[number for kind, number in look.place if kind == "member"]))
    for chunk in member:
        answers(frame(chunk))
    answers(frame(b""))


def _json_frame(**said: object) -> bytes:
    return frame(json.dumps(said).encode())
