"""What clamd's replies mean: clean, infected, not looked into, or no verdict at all."""

from __future__ import annotations

import re
from dataclasses import dataclass

from backends.base import ScanError
from backends.clamav.client import CLEAN

_SIGNATURE = re.compile(r"stream: (\S+?)(?:\([0-9a-f]+:\d+\))? FOUND")  # (hash:size) is optional
# the reasons that a report gives where clamd could not look, by the beginning of its "signature"
_UNSCANNABLE = {
    "Heuristics.Limits.": "LIMITS_EXCEEDED",
    "Heuristics.Encrypted.": "ENCRYPTED",
}
# With these clamd has matched the object's own bytes all the same, only not all that is packed in
# it: EICAR behind such an archive is found (tests/live/clamd). Not so with MaxFileSize.
_SEEN_FROM_OUTSIDE = tuple(
    f"Heuristics.Limits.Exceeded.{limit}" for limit in ("MaxRecursion", "MaxFiles", "MaxScanSize")
)
# What a line of clamd.conf mends, by the beginning of clamd's reply.
_MENDED_BY = {
    "INSTREAM size limit exceeded": "StreamMaxLength",
    "COMMAND READ TIMED OUT": "ReadTimeout",
}


@dataclass(frozen=True)
class Verdict:
    """On one object: a virus's `signature`, or the `reason` why it was not looked into, or none.

    `is_seen_from_outside`: its own bytes were matched, if not those that are packed in it.
    """

    signature: str = ""
    reason: str = ""
    is_seen_from_outside: bool = True


def read_verdict(reply: str) -> Verdict:
    """The verdict in clamd's reply; a transient `ScanError` if there is none."""
    if reply == CLEAN:
        return Verdict()
    match = _SIGNATURE.fullmatch(reply)
    if not match:
        raise _no_verdict(reply)
    for start, reason in _UNSCANNABLE.items():
        if match[1].startswith(start):
            return Verdict("", reason, match[1].startswith(_SEEN_FROM_OUTSIDE))
    return Verdict(signature=match[1])


def _no_verdict(reply: str) -> ScanError:
    said = reply.strip() or "nothing"
    message = f"The virus scanner gave no verdict; it said: {said}."
    for start, name in _MENDED_BY.items():
        if said.startswith(start):
            message += f" The operator should set {name} in clamd.conf as docs/operations.md says."
    return ScanError(message, transient=True)
