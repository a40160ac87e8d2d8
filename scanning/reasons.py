"""Why a file was not looked at, or not as a whole: the codes of a report, and what they mean.

The words are AWS Macie's where it has one. A policy tells three classes of them apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from backends.base import Coverage
from scanning.words import _


class Gap(Enum):
    """What kind of gap a report has; a policy says of each what follows."""

    PARTIAL = "partial"  # a part was looked at
    UNSCANNABLE = "unscannable"  # nothing was, or the file itself broke the check off
    ENCRYPTED = "encrypted"  # all or a part of it


MAX_REASONS = 12  # of one report


REASONS = {
    # the file is of a kind that is not read
    "UNSUPPORTED_FORMAT": _("there is no reader for files of its kind"),
    "MEMBERS_UNSUPPORTED": _("there is no reader for some of the files packed in it"),
    "BINARY_PARTS": _("parts of it are not text"),
    "ENCODED_PARTS": _("parts of it are files written as text (base64), which were not read"),
    "OLDER_STATES": _("it holds older states of itself, which were not read"),
    "PICTURES_NOT_READ": _("what its pictures show was not read"),
    "NUMBERS_NOT_READ": _("of its measured values only the description was read"),
    "PRIVATE_TAGS": _("it has private tags, whose meaning only their maker knows"),
    # too much
    "SAMPLED": _("it is too long to be read closely as a whole"),
    "TOO_LARGE": _("it is too large to be opened"),
    "WINDOWED": _("it is so large that it was checked piece by piece"),
    "LIMITS_EXCEEDED": _("it is larger or more deeply packed than the virus scanner can open"),
    "ARCHIVE_TOO_LARGE": _("it unpacks to too much"),
    "ARCHIVE_RATIO": _("it unpacks to suspiciously much"),
    "ARCHIVE_TOO_DEEP": _("archives are packed in it too deeply"),
    "ARCHIVE_TOO_MANY_MEMBERS": _("too many files are packed in it"),
    # not as it should be
    "ENCRYPTED": _("it is encrypted"),
    "DAMAGED": _("it is damaged, or not what it seems to be"),
    # the check broke off
    "TIMED_OUT": _("it took too long"),
    "PATTERN_TIMED_OUT": _("a part of it took too long"),
    "OUT_OF_MEMORY": _("it needed too much memory"),
    "CRASHED": _("the check broke down on it"),
    "STOPPED_AT_FINDING": _("the check ended at what it found"),
}
# The file itself ended the check; a crafted one must not get past a rule in this way.
BROKEN_OFF = frozenset(
    {"CRASHED", "TIMED_OUT", "PATTERN_TIMED_OUT", "OUT_OF_MEMORY", "ARCHIVE_RATIO", "DAMAGED"}
)


def gaps_of(coverage: Coverage, reasons: Iterable[str]) -> frozenset[Gap]:
    """Every kind of gap that a report has, for none may hide another; empty: all was seen."""
    codes = set(reasons)
    if coverage is Coverage.COMPLETE:
        return frozenset()
    gaps = {Gap.ENCRYPTED} if "ENCRYPTED" in codes else set[Gap]()
    others = codes - {"ENCRYPTED"}
    if BROKEN_OFF & others:
        gaps.add(Gap.UNSCANNABLE)
    elif others or not codes:
        gaps.add(Gap.UNSCANNABLE if coverage is Coverage.SKIPPED else Gap.PARTIAL)
    return frozenset(gaps)
