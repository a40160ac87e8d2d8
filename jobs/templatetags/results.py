"""What the templates ask about a result and the links to it."""

from __future__ import annotations

from django import template
from django.urls import reverse

from jobs.models import ResultLink
from jobs.results import commands, ends
from jobs.results.shown import ShownFile

register = template.Library()

register.filter("begins_with_letter", ends.begins_with_letter)
register.filter("commands", commands.commands)


@register.filter
def days_to_extend(link: ResultLink) -> int:
    """How many days its recipient may have it kept longer now; 0: not at all."""
    return link.job.frozen.extension_days if ends.may_recipient_extend(link) else 0


@register.simple_tag
def preview_url(token: str, file: ShownFile) -> str:
    """Where the preview of a file is, also of one in a ZIP."""
    inside = [file.inside.number] if file.inside else []
    return reverse("preview", args=[token, file.row.number, *inside])
