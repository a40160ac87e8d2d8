"""Policies that fit together, each for a kind of data, with what it means in words for a PI."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from scanning.evidence import DEFAULT_ENTITIES, STRONG
from scanning.policy import Handling, Policy, Rule
from scanning.words import ENTITIES, _

HOLD, REJECT, WARN = Handling.HOLD, Handling.REJECT, Handling.WARN

# In open data names and addresses are those of its authors.
OF_AUTHORS = frozenset({"PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER", "ADDRESS", "INSTITUTION"})


@dataclass(frozen=True)
class Preset:
    """A policy by its name."""

    title: str
    meaning: str
    policy: Policy


OPEN = Preset(
    _("Open data"),
    _(
        "For data that is public, or has nothing to do with people. Names, addresses and "
        "telephone numbers are let pass, for they are the authors'. Where other personal data "
        "is likely, such as the number of a card, an account or an identity, a date of birth "
        "or the place of a picture, a person decides. What could be looked at only in part, or "
        "has no reader, goes on, and the report says so; what is encrypted waits for you or "
        "support staff. Viruses are rejected."
    ),
    Policy(
        viruses=Rule(found=REJECT, partial=WARN),
        personal_data=Rule(
            found=HOLD,
            partial=WARN,
            unscannable=WARN,
            entities=frozenset(DEFAULT_ENTITIES) - OF_AUTHORS,
            threshold=STRONG,
        ),
    ),
)
HUMAN = Preset(
    _("Human subjects"),
    _(
        "For pseudonymised data of people: nobody should be named in it. What is likely to be "
        "personal data, and whatever could not be looked at as a whole, waits until you or "
        "support staff have decided. Viruses are rejected."
    ),
    Policy(),
)
CLINICAL = Preset(
    _("Clinical"),
    _(
        "For data of patients that may not come here with a name. Files with what is likely to "
        "be personal data, of every kind that is known, are rejected without anybody seeing "
        "them; so are encrypted ones. What could not be looked at as a whole waits for you or "
        "support staff. Viruses are rejected."
    ),
    Policy(
        viruses=Rule(found=REJECT, encrypted=REJECT),
        personal_data=Rule(
            found=REJECT, encrypted=REJECT, entities=frozenset(ENTITIES), threshold=STRONG
        ),
    ),
)
OFF = Preset(
    _("Off"),
    _(
        "Nothing is looked for, not even viruses: for tests, and for data that was checked "
        "where it comes from. The page tells its visitors so."
    ),
    Policy(viruses=Rule(found=Handling.OFF), personal_data=Rule(found=Handling.OFF)),
)
PRESETS: Mapping[str, Preset] = MappingProxyType(
    {"open": OPEN, "human": HUMAN, "clinical": CLINICAL, "off": OFF}
)
