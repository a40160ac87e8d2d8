"""The words of the weekly letter for its templates."""

from __future__ import annotations

from django import template

from jobs.overview import letter_words
from jobs.translated import translated

register = template.Library()

register.filter("day", letter_words.day_text)
register.filter("outcome_line", letter_words.outcome_line)
register.filter("cost_line", letter_words.cost_line)
register.filter("translated", translated)
