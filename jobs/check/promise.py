"""What a pipeline's page says of the check, before a byte is sent."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from pipelines.models import Pipeline
from scanning.policy import Handling
from scanning.words import ENTITIES, entity_text

_CHECKED = lazy("Your files are checked before anybody's program sees them.")
_UNCHECKED = lazy(
    "Your files are not checked for viruses or personal data; the people who offer this page have "
    "chosen so."
)
_FOUND = {
    "clamav": {
        Handling.WARN: lazy("You are told of viruses."),
        Handling.HOLD: lazy("Files with a virus wait until a person has decided about them."),
        Handling.REJECT: lazy("Files with a virus are refused."),
    },
    "presidio": {
        Handling.WARN: lazy("You are told of personal data."),
        Handling.HOLD: lazy("Files with personal data wait until a person has decided about them."),
        Handling.REJECT: lazy("Files with personal data are refused."),
    },
}
_NOT = {
    "clamav": lazy("No file is checked for viruses."),
    "presidio": lazy("No file is checked for personal data."),
}
_HELD = lazy("What cannot be checked as a whole may wait for a person, too.")
_REFUSED = lazy("What cannot be checked as a whole may be refused, too.")
_HELD_OR_REFUSED = lazy(
    "What cannot be checked as a whole may wait for a person or be refused, too."
)
# by whether some of it is held, and some refused
_UNSEEN = {(True, False): _HELD, (False, True): _REFUSED, (True, True): _HELD_OR_REFUSED}


def check_promise(pipeline: Pipeline) -> str:
    """In a few sentences: what is looked for, and what follows."""
    rules = pipeline.policy.rules
    if not rules:
        return str(_UNCHECKED)
    found = [words[rules[name].found] for name, words in _FOUND.items() if name in rules]
    gaps = {gap for rule in rules.values() for gap in rule.gaps.values()}
    unseen = _UNSEEN.get((Handling.HOLD in gaps, Handling.REJECT in gaps))
    missing = [words for name, words in _NOT.items() if name not in rules]
    parts = [_CHECKED, *found, *([unseen] if unseen else []), *missing]
    return " ".join(map(str, parts))


def personal_data_looked_for(pipeline: Pipeline) -> list[str]:
    """The kinds of personal data that count, in words; none where it is not looked for."""
    rule = pipeline.policy.rules.get("presidio")
    return [entity_text(kind, _) for kind in ENTITIES if rule and rule.concerns(kind)]
