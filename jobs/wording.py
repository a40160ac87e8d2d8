"""How names, times and texts are written for people."""

from __future__ import annotations

import re
from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

# Control characters, and those that turn the direction of what follows: "cod.exe" as "exe.doc".
_MISLEADING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")

# Not after one letter, as in "e.g. this" or "E. coli".
_BETWEEN_SENTENCES = re.compile(r"(?<=\w\w[.!?])\s+|(?<=[)\]”\"][.!?])\s+")
# Who is no user of the admin.
_ACTORS = {"collaborator": lazy("collaborator"), "freeloader": lazy("Freeloader")}
_PARTS = re.compile(r"[^_.\-/]*[_.\-/]+|[^_.\-/]+")


def shown_name(name: str) -> str:
    """A visitor's file name without characters that make it look like another one."""
    return _MISLEADING.sub("\N{REPLACEMENT CHARACTER}", name)


def breakable(name: str) -> SafeString:
    """The same for a page, escaped; a narrow line breaks it after a sign, in no word."""
    parts = ((part,) for part in _PARTS.findall(name))
    return format_html_join(SafeString("<wbr>"), "{}", parts)


def moment_text(at: datetime) -> str:
    """A time in the site's zone, which it names."""
    # Translators: a date and a time with its zone, in the letters of Django's "date" filter.
    return date_format(timezone.localtime(at), _("j F Y, H:i e"))


def short_moment_text(at: datetime, *, seconds: bool = False) -> str:
    """The same in few letters, for the lists of staff."""
    # Translators: a date and a time in few letters, those of Django's "date" filter.
    letters = _("j M Y, H:i:s") if seconds else _("j M Y, H:i")
    return date_format(timezone.localtime(at), letters)


def day_text(day: date) -> str:
    """A day as those lists write it."""
    # Translators: a date in few letters, those of Django's "date" filter.
    return date_format(day, _("j M Y"))


def actor_text(actor: str) -> str:
    """Whoever did something, as staff read it: of people, their user name."""
    return str(_ACTORS.get(actor, actor))


def moment(at: datetime) -> SafeString:
    """The same for a page; static/js/times.js shows it in the reader's own zone."""
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), moment_text(at))


def grouped(count: int) -> str:
    """A large number as people read it: 1,200."""
    return number_format(count, force_grouping=True)


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a docstring, whose lines are cut for an editor, not for a page."""
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


def first_sentences(text: str, words: int = 40) -> str:
    """As many whole sentences as so many words allow; the first one however long it is."""
    kept: list[str] = []
    for sentence in _BETWEEN_SENTENCES.split(" ".join(text.split())):
        if kept and len(" ".join([*kept, sentence]).split()) > words:
            break
        kept.append(sentence)
    return " ".join(kept)
