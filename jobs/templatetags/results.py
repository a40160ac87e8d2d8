"""What the templates ask about a link to a result."""

from __future__ import annotations

from django import template

from jobs.models import ResultLink
from jobs.results import commands, ends

register = template.Library()

register.filter("begins_with_letter", ends.begins_with_letter)
register.filter("commands", commands.commands)


@register.filter
def days_to_extend(link: ResultLink) -> int:
    """How many days its recipient may have it kept longer now; 0: not at all."""
    return link.job.frozen.extension_days if ends.may_recipient_extend(link) else 0
