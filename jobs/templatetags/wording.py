"""The words of jobs/wording.py and its like for the templates."""

from functools import partial

from django import template

from jobs import wording
from jobs.check import promise as check_promise
from jobs.check import wording as check_wording
from jobs.idle import expected_start
from jobs.idle import words as idle_words
from jobs.results.archive.contents import offer_of_all
from jobs.results.record.made import is_made
from jobs.results.record.methods import methods_text
from jobs.status_page import cancelling, history, outages, standing
from uploads.rules import size_text

register = template.Library()

register.filter("size", size_text)
register.filter("shown_name", wording.shown_name)
register.filter("breakable", wording.breakable)
register.filter("moment", wording.moment)
register.filter("short_moment", partial(wording.short_moment_text, seconds=True))
register.filter("moment_text", wording.moment_text)
register.filter("headline", standing.headline)
register.filter("explanation", standing.explanation)
register.filter("is_by_person", history.is_by_person)
register.filter("how_it_came_here", history.how_it_came_here)
register.filter("scanner_name", check_wording.scanner_name)
register.filter("coverage", check_wording.coverage)
register.filter("outcome", check_wording.outcome)
register.filter("cover_text", check_wording.cover_text)
register.filter("read_as", check_wording.read_as)
register.filter("kind_found", check_wording.kind_found)
register.filter("places_found", check_wording.places_found)
register.filter("not_looked_for", check_wording.not_looked_for)
register.filter("check_promise", check_promise.check_promise)
register.filter("personal_data_looked_for", check_promise.personal_data_looked_for)
register.filter("idle_line", idle_words.idle_line)
register.filter("expected_start_line", expected_start.expected_start_line)
register.filter("grouped", wording.grouped)
register.filter("paragraphs", wording.paragraphs)
register.filter("first_sentences", wording.first_sentences)
register.filter("outage", outages.outage)
register.filter("reason_for_sender", standing.reason_for_sender)
register.filter("crash_words", standing.crash_words)
register.filter("named", standing.named)
register.filter("offer_of_all", offer_of_all)
register.filter("who_cancelled", cancelling.who_cancelled)
register.filter("why_cancelled", cancelling.why_cancelled)
register.filter("what_goes", cancelling.what_goes)
register.filter("is_clearing", standing.is_clearing)
register.filter("is_made", is_made)
register.filter("methods_text", methods_text)
