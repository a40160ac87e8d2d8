"""The part of a pipeline's form that is about the check of files: a preset, or one's own choice."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.conf import settings
from django.utils.functional import lazy
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pipelines.models import Pipeline
from pipelines.scan_policy import OWN_CHOICE, ScanPolicy, fields_of, stored_kinds
from scanning.evidence import DEFAULT_ENTITIES
from scanning.presets import PRESETS
from scanning.words import ENTITIES

NO_CLAMD = _(
    "No virus scanner is set up on this site, so jobs would wait for it for ever. Choose “off”, or "
    "ask the site's administrator to set FREELOADER_CLAMD."
)
NEVER_LOOKED_FOR = _(
    "No virus scanner is set up on this site: whatever the kind of data, viruses are not looked "
    "for."
)
NO_KIND = _("Tick what counts as personal data, or choose not to look for any.")
# Of our languages; "a number" stands as "Number" beside its box.
_ARTICLES = {"a", "an", "the", "ein", "eine", "einen", "der", "die", "das"}
POLICY_FIELDS = [
    "preset",
    "virus_policy",
    "virus_partial",
    "virus_unscannable",
    "virus_encrypted",
    "personal_data_policy",
    "personal_data_kinds",
    "personal_data_certainty",
    "personal_data_partial",
    "personal_data_unscannable",
    "personal_data_encrypted",
]


def described_presets() -> SafeString:
    """What each preset means, above the fields that it sets."""
    rows = ((_(preset.title), _(preset.meaning)) for preset in PRESETS.values())
    return format_html("<dl>{}</dl>", format_html_join("", "<dt>{}</dt><dd>{}</dd>", rows))


def filled_in_by(preset: str) -> dict[str, Any]:
    """The fields of a preset as this form shows them; without a scanner no virus is looked for."""
    values = fields_of(PRESETS[preset].policy)
    values["personal_data_kinds"] = shown_kinds(values["personal_data_kinds"])
    return values if settings.CLAMD else values | {"virus_policy": ScanPolicy.OFF.value}


def shown_kinds(stored: list[str]) -> list[str]:
    """The kinds to be ticked, in the order of the boxes."""
    kinds = set(stored or DEFAULT_ENTITIES)
    return [kind for kind in ENTITIES if kind in kinds]


def _label(words: str) -> str:
    """ "an e-mail address" as "E-mail address"."""
    told = gettext(words)
    article, _space, noun = told.partition(" ")
    label = noun if article in _ARTICLES else told
    return label[:1].upper() + label[1:]


_lazy_label = lazy(_label, str)


class ScanPolicyForm(forms.ModelForm[Pipeline]):
    """Choosing a preset sets the fields; changing one of them makes it one's own choice."""

    personal_data_kinds = forms.MultipleChoiceField(
        label=_("What counts as personal data"),
        choices=[(name, _lazy_label(words)) for name, words in ENTITIES.items()],
        initial=list(DEFAULT_ENTITIES),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Findings of other kinds are neither kept nor shown."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["personal_data_kinds"] = shown_kinds(self.instance.personal_data_kinds)
        if not settings.CLAMD:
            self.fields["virus_policy"].help_text = NEVER_LOOKED_FOR
        presets = {name: filled_in_by(name) for name in PRESETS}
        # static/js/presets.js reads them
        if "preset" in self.fields:  # who may only look gets a form without fields
            self.fields["preset"].widget.attrs["data-presets"] = json.dumps(presets)

    def clean_policy(self, data: dict[str, Any]) -> dict[str, Any]:
        """The preset that was chosen now, else what was changed by hand; nonsense is told."""
        preset = data.get("preset", OWN_CHOICE)
        if preset in PRESETS:
            usual = filled_in_by(preset)
            if "preset" in self.changed_data:
                data |= usual
            elif any(data.get(name) != value for name, value in usual.items()):
                data["preset"] = OWN_CHOICE
        if data.get("virus_policy", "off") != "off" and not settings.CLAMD:
            self.add_error("virus_policy", NO_CLAMD)
        kinds = frozenset(data.get("personal_data_kinds", []))
        if not kinds and data.get("personal_data_policy") != "off":
            self.add_error("personal_data_kinds", NO_KIND)
        return data | {"personal_data_kinds": stored_kinds(kinds)}
