"""The words of jobs/wording.py for the templates."""

from django import template

from jobs import wording
from uploads.rules import size_text

register = template.Library()

register.filter("size", size_text)
register.filter("shown_name", wording.shown_name)
register.filter("moment", wording.moment)
register.filter("moment_text", wording.moment_text)
register.filter("headline", wording.headline)
register.filter("explanation", wording.explanation)
register.filter("move", wording.move)
register.filter("move_reason", wording.move_reason)
register.filter("is_by_person", wording.is_by_person)
register.filter("scanner_name", wording.scanner_name)
register.filter("coverage", wording.coverage)
register.filter("kind_found", wording.kind_found)
register.filter("places_found", wording.places_found)
register.filter("not_looked_for", wording.not_looked_for)
register.filter("paragraphs", wording.paragraphs)
register.filter("waits_for", wording.waits_for)
