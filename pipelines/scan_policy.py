"""What a pipeline's people want of the check of files: as fields of a row, and as a `Policy`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from scanning.evidence import DEFAULT_ENTITIES
from scanning.policy import Handling, Policy, Rule
from scanning.presets import PRESETS
from scanning.words import ENTITIES

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from pipelines.frozen import PipelineSettings

OWN_CHOICE = "own"
PRESET_CHOICES = [
    *((name, _(preset.title)) for name, preset in PRESETS.items()),
    (OWN_CHOICE, _("Own choice: what is set below")),
]


class ScanPolicy(models.TextChoices):
    """What is done with a file in which a scanner found something."""

    OFF = "off", _("off: do not look")
    WARN = "warn", _("warn: go on, and say so")
    HOLD = "hold", _("hold: a person decides")
    REJECT = "reject", _("reject")


class GapPolicy(models.TextChoices):
    """What is done with a file that a scanner has not, or not wholly, looked at."""

    OFF = "off", _("go on; only the report says so")
    WARN = "warn", _("warn: go on, and say so")
    HOLD = "hold", _("hold: a person decides")
    REJECT = "reject", _("reject")


class Certainty(models.IntegerChoices):
    """How certain a finding must be, in percent, before anything but a warning follows from it."""

    ANY = 0, _("all that are found")
    LIKELY = 50, _("likely ones; of others it is only warned")
    CERTAIN = 80, _("almost certain ones; of others it is only warned")


def policy_of(fields: WithScanPolicy | PipelineSettings) -> Policy:
    """The policy of a pipeline's row, or of a job; without kinds those that are usual."""
    return Policy(
        viruses=Rule(
            found=_handling(fields.virus_policy),
            partial=_handling(fields.virus_partial),
            unscannable=_handling(fields.virus_unscannable),
            encrypted=_handling(fields.virus_encrypted),
        ),
        personal_data=Rule(
            found=_handling(fields.personal_data_policy),
            partial=_handling(fields.personal_data_partial),
            unscannable=_handling(fields.personal_data_unscannable),
            encrypted=_handling(fields.personal_data_encrypted),
            entities=frozenset(fields.personal_data_kinds or DEFAULT_ENTITIES),
            threshold=fields.personal_data_certainty / 100,
        ),
    )


def fields_of(policy: Policy) -> dict[str, Any]:
    """The fields that say this policy: what a preset fills in."""
    kinds = policy.personal_data.entities or frozenset()
    return {
        **_fields("virus", policy.viruses),
        **_fields("personal_data", policy.personal_data),
        "personal_data_kinds": stored_kinds(kinds),
        "personal_data_certainty": round(policy.personal_data.threshold * 100),
    }


def stored_kinds(kinds: frozenset[str]) -> list[str]:
    """As they are kept: none for the usual ones, so that a new version may know more of them."""
    if kinds == frozenset(DEFAULT_ENTITIES):
        return []
    return [kind for kind in ENTITIES if kind in kinds]


def known_kinds(kinds: list[str]) -> None:
    """Refuse what no scanner of ours reports."""
    if not isinstance(kinds, list) or set(kinds) - set(ENTITIES):
        raise ValidationError("Kinds of personal data, please, as scanning/words.py has them.")


def _handling(choice: str) -> Handling:
    return Handling[choice.upper()]


def _fields(name: str, rule: Rule) -> dict[str, str]:
    handlings = {
        "policy": rule.found,
        "partial": rule.partial,
        "unscannable": rule.unscannable,
        "encrypted": rule.encrypted,
    }
    return {f"{name}_{field}": handling.name.lower() for field, handling in handlings.items()}


PARTIAL_HELP = _("Where only a part of a file could be looked at, as it is too long or too large.")
VIRUS_PARTIAL_HELP = _(
    "Where only a part of a file could be looked at, as it is too long or too large. Of files over "
    "2 GiB that is always so."
)
UNSCANNABLE_HELP = _("Where nothing could be read, as it is damaged or there is no reader for it.")
ENCRYPTED_HELP = _("Where a file, or what is packed in it, needs a password.")


def _gap_field(name: _StrPromise, help_text: _StrPromise) -> models.CharField[str, str]:
    return models.CharField(
        name, max_length=10, choices=GapPolicy.choices, default=GapPolicy.HOLD, help_text=help_text
    )


class WithScanPolicy(models.Model):
    """The fields of a pipeline that are about the check of files."""

    preset = models.CharField(
        _("kind of data"),
        max_length=10,
        choices=PRESET_CHOICES,
        default="human",
        help_text=_(
            "Choose one, and it sets all below. Change something below, and it is your own "
            "choice. Jobs keep what was set when their files were announced."
        ),
    )
    virus_policy = models.CharField(
        _("a virus is found"),
        max_length=10,
        choices=ScanPolicy.choices,
        default=ScanPolicy.REJECT,
        help_text=_("Held files reach no program before a person lets them go on."),
    )
    virus_partial = _gap_field(_("partly checked for viruses"), VIRUS_PARTIAL_HELP)
    virus_unscannable = _gap_field(_("not checked for viruses"), UNSCANNABLE_HELP)
    virus_encrypted = _gap_field(_("encrypted, so not checked for viruses"), ENCRYPTED_HELP)
    personal_data_policy = models.CharField(
        _("personal data is found"),
        max_length=10,
        choices=ScanPolicy.choices,
        default=ScanPolicy.HOLD,
        help_text=_(
            "Whoever decides about held files sees kind, number and place of what was "
            "found, never the names or numbers themselves."
        ),
    )
    personal_data_partial = _gap_field(_("partly checked for personal data"), PARTIAL_HELP)
    personal_data_unscannable = _gap_field(_("not checked for personal data"), UNSCANNABLE_HELP)
    personal_data_encrypted = _gap_field(
        _("encrypted, so not checked for personal data"), ENCRYPTED_HELP
    )
    personal_data_kinds = models.JSONField(
        _("what counts as personal data"),
        default=list,
        blank=True,
        validators=[known_kinds],
        help_text=_("Findings of other kinds are neither kept nor shown."),
    )
    personal_data_certainty = models.PositiveSmallIntegerField(
        _("findings that decide"), choices=Certainty.choices, default=Certainty.LIKELY
    )

    class Meta:
        abstract = True

    @property
    def policy(self) -> Policy:
        """What is to be done with its visitors' files."""
        return policy_of(self)
