"""What a visitor types and announces."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from uploads.rules import DeclaredFile

MAX_BODY_FILES = 10_000


class SubmissionForm(forms.Form):
    """The one field of a pipeline's page."""

    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        error_messages={
            "required": _("Please give your e-mail address: the result's link is sent there."),
            "invalid": _("This does not look like an e-mail address. Is there a typing error?"),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )


class BadAnnouncement(ValueError):
    """The request's body is not what docs/uploads.md says; the message says what it should be."""


def read_announcement(body: bytes) -> tuple[dict[str, Any], list[DeclaredFile]]:
    """The form's data and the files out of {"email": …, "files": [{"name", "size"}, …]}."""
    try:
        data = json.loads(body)
        files = [_declared(entry) for entry in data.get("files", [])]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise BadAnnouncement(
            'Send JSON: {"email": "…", "files": [{"name": "a.txt", "size": 12}]}.'
        ) from error
    if len(files) > MAX_BODY_FILES:
        raise BadAnnouncement(f"At most {MAX_BODY_FILES} files can be announced at once.")
    return {"email": data.get("email", "")}, files


def _declared(entry: dict[str, Any]) -> DeclaredFile:
    size, modified = entry["size"], entry.get("modified", 0)
    if type(size) is not int or type(modified) is not int or size < 0 or abs(modified) >= 2**63:
        raise TypeError("size and modified are whole numbers")
    return DeclaredFile(_storable(str(entry["name"])), size, modified)


def _storable(name: str) -> str:
    """JSON can name what no database stores: NUL, and halves of surrogate pairs."""
    return name.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
