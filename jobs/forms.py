"""What a visitor types and announces."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from uploads.rules import DeclaredFile

MAX_BODY_FILES = 10_000
TRAP = "website"  # robots fill in what is called so; templates/pipeline.html hides it from people


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


@dataclass(frozen=True)
class Announcement:
    """What a page announces; `name` is its own name for it, so that it can be said twice.

    `page` is the page's stamp; `trap` is what stands in the field that people do not see.
    """

    form: SubmissionForm
    files: list[DeclaredFile]
    name: UUID | None
    page: str = ""
    trap: str = ""


def read_announcement(body: bytes) -> Announcement:
    """What is in {"email": …, "files": [{"name", "size"}, …]}, with "announcement" and "page"."""
    try:
        data = json.loads(body)
        files = [_declared(entry) for entry in data.get("files", [])]
        name = _name_of(data.get("announcement"))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise BadAnnouncement(
            'Send JSON: {"email": "…", "files": [{"name": "a.txt", "size": 12}]}, and a UUID as '
            '"announcement" if you like.'
        ) from error
    if len(files) > MAX_BODY_FILES:
        text = gettext("At most %(most)d files can be sent at once.")
        raise BadAnnouncement(text % {"most": MAX_BODY_FILES})
    form = SubmissionForm({"email": data.get("email", "")})
    page, trap = (str(data.get(key) or "") for key in ("page", TRAP))
    return Announcement(form, files, name, page, trap)


def _name_of(announcement: object) -> UUID | None:
    if announcement is None:
        return None
    if not isinstance(announcement, str):
        raise TypeError("the announcement's name is text")
    return UUID(announcement)


def _declared(entry: dict[str, Any]) -> DeclaredFile:
    size, modified = entry["size"], entry.get("modified", 0)
    if type(size) is not int or type(modified) is not int or size < 0 or abs(modified) >= 2**63:
        raise TypeError("size and modified are whole numbers")
    return DeclaredFile(_storable(str(entry["name"])), size, modified)


def _storable(name: str) -> str:
    """JSON can name what no database stores: NUL, and halves of surrogate pairs."""
    return name.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


class DecisionForm(forms.Form):
    """What staff decide about a job, and why."""

    decision = forms.ChoiceField(
        choices=[("release", ""), ("go-on", ""), ("reject", ""), ("cancel", "")]
    )
    reason = forms.CharField(
        max_length=500,
        error_messages={
            "required": _(
                "Please write the reason: it is what the collaborator reads, and what stays in "
                "the history."
            )
        },
    )


class ResendForm(forms.Form):
    """To which address a job's letter goes again."""

    email = forms.EmailField(
        max_length=254,
        error_messages={
            "required": _("Please give the address to which the letter should go."),
            "invalid": _("This does not look like an e-mail address; nothing was sent."),
        },
    )
    in_wrong_hands = forms.BooleanField(required=False)
    with_new_link = forms.BooleanField(required=False)


class WaiverForm(forms.Form):
    """Why staff let code serve that was not rehearsed."""

    reason = forms.CharField(max_length=500)
