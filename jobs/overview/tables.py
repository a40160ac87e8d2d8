"""The tables of the PI's page, and all of them as one CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jobs.overview.figures import Figures
from jobs.overview.words import core_hours_text, count_text, duration_text, percent_text
from uploads.rules import size_text

# What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection").
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
ALL_TOGETHER = _("All together")


@dataclass(frozen=True)
class Column:
    """One figure: on the page in words, in the file as a number whose unit its name says."""

    label: Promise
    name: str
    value: Callable[[Figures], float | None]
    words: Callable[[Any], str] = count_text


@dataclass(frozen=True)
class Table:
    """Some figures, a row for each pipeline; `name` is its place's, on the page."""

    name: str
    title: Promise
    note: Promise
    columns: Sequence[Column]
    tells_held: bool = False


@dataclass(frozen=True)
class Row:
    """One pipeline's figures in words, or those of all together."""

    title: str
    cells: Sequence[str]
    pk: int | None = None


def _hours(core_seconds: int) -> float:
    return round(core_seconds / 3600, 3)


def _whole(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds)


def _share(share: float | None) -> float | None:
    return None if share is None else round(share, 3)


JOBS = Table(
    "became",
    _("What became of the jobs"),
    _("Jobs whose files began to come in within that time, as they stand now."),
    (
        Column(_("Came in"), "came_in", lambda one: one.came_in),
        Column(_("Delivered"), "delivered", lambda one: one.delivered),
        Column(_("Failed"), "failed", lambda one: one.failed),
        Column(_("Rejected"), "rejected", lambda one: one.rejected),
        Column(_("Wait for a decision"), "wait_for_decision", lambda one: one.to_decide),
        Column(_("Under way"), "under_way", lambda one: one.under_way),
        Column(
            _("Cancelled by sender"), "cancelled_by_sender", lambda one: one.cancelled_by_sender
        ),
        Column(_("… by you or support"), "cancelled_by_staff", lambda one: one.cancelled_by_staff),
        Column(
            _("… address not confirmed"),
            "cancelled_address_not_confirmed",
            lambda one: one.cancelled_unconfirmed,
        ),
        Column(_("Never fully sent"), "never_all_sent", lambda one: one.given_up),
    ),
)
TIMES = Table(
    "took",
    _("Time and computers"),
    _(
        "Times are from the last byte sent to the result. Core-hours were lost where a job was "
        "interrupted before it had saved anything new; such a start counts as lost whole."
    ),
    (
        Column(_("Median"), "median_s", lambda one: _whole(one.median_s), duration_text),
        Column(_("Longest"), "longest_s", lambda one: _whole(one.longest_s), duration_text),
        Column(
            _("Of that, waiting for idle computers"),
            "share_of_time_waiting_for_idle_computers",
            lambda one: _share(one.waited_share),
            percent_text,
        ),
        Column(_("Interruptions"), "interruptions", lambda one: one.interruptions),
        Column(
            _("Core-hours"),
            "core_hours",
            lambda one: _hours(one.core_seconds),
            lambda hours: core_hours_text(hours * 3600),
        ),
        Column(
            _("Lost to interruptions"),
            "core_hours_lost_to_interruptions",
            lambda one: _hours(one.lost_core_seconds),
            lambda hours: core_hours_text(hours * 3600),
        ),
        Column(
            _("Share lost"),
            "share_of_core_hours_lost",
            lambda one: _share(one.lost_share),
            percent_text,
        ),
    ),
)
FILES = Table(
    "files",
    _("Files and downloads"),
    _("What is held now is of all jobs, also of older ones and of rehearsals."),
    (
        Column(_("Received"), "received_bytes", lambda one: one.received_bytes, size_text),
        Column(_("Results"), "result_bytes", lambda one: one.result_bytes, size_text),
        Column(_("Results fetched"), "results_fetched", lambda one: one.fetched),
        Column(_("Never fetched"), "results_never_fetched", lambda one: one.never_fetched),
        Column(_("Downloads"), "downloads", lambda one: one.downloads),
        Column(
            _("Sent files held now"),
            "held_input_bytes",
            lambda one: one.held_input_bytes,
            size_text,
        ),
        Column(
            _("Results held now"), "held_result_bytes", lambda one: one.held_result_bytes, size_text
        ),
    ),
    tells_held=True,
)
REHEARSALS = (
    Column(_("Jobs of rehearsals"), "rehearsal_jobs", lambda one: one.rehearsal_jobs),
    Column(
        _("Core-hours of rehearsals"),
        "rehearsal_core_hours",
        lambda one: _hours(one.rehearsal_core_seconds),
    ),
)
TABLES = (JOBS, TIMES, FILES)


def row_of(table: Table, title: str, figures: Figures, pk: int | None = None) -> Row:
    """One row of a table on the page."""
    return Row(title, [one.words(one.value(figures)) for one in table.columns], pk)


def as_csv(rows: Sequence[tuple[str, str, Figures]]) -> str:
    """All figures of all rows (title, address, figures) as one table for a spreadsheet."""
    columns = [column for table in TABLES for column in table.columns] + list(REHEARSALS)
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(["pipeline", "address", *(column.name for column in columns)])
    for title, address, figures in rows:
        values = [column.value(figures) for column in columns]
        writer.writerow([as_text(title), as_text(address), *values])
    return written.getvalue()


def as_text(name: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{name}" if name.lstrip(" ").startswith(FORMULA) else name
