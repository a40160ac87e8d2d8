"""What the check of the files covered and found, for a person who has never heard of scanners."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from backends.base import Coverage
from jobs.check.report import Cover, Looked, is_weak
from jobs.models import FileScan, Finding, Job
from scanning.reasons import REASONS
from scanning.words import entity_text, places_text
from uploads.rules import size_text

SCANNERS = {"clamav": lazy("Viruses"), "presidio": lazy("Personal data")}
# Within a sentence. Not made by lower(): other languages have their nouns in capitals.
_WITHIN = {"clamav": lazy("viruses"), "presidio": lazy("personal data")}
# What a file is read as, by its content.
_METHODS = {
    "text": lazy("text"),
    "table": lazy("a table"),
    "sequences": lazy("sequences"),
    "zip": lazy("an archive"),
    "tar": lazy("an archive"),
    "gzip": lazy("a compressed file"),
    "bzip2": lazy("a compressed file"),
    "xz": lazy("a compressed file"),
    "office": lazy("an office document"),
    "pdf": lazy("a PDF document"),
    "dicom": lazy("a DICOM image"),
    "image": lazy("a picture"),
    "nifti": lazy("a NIfTI image"),
}


def scanner_name(name: str) -> str:
    """What the scanner looks for."""
    return str(SCANNERS.get(name, name))


def not_looked_for(job: Job) -> str:
    """What this pipeline's people chose not to look for; empty: nothing."""
    looked_for = job.frozen.policy.rules
    return ", ".join(str(words) for name, words in _WITHIN.items() if name not in looked_for)


def why_not_all(reasons: Iterable[str]) -> str:
    """Codes of a report in words."""
    return "; ".join(_(REASONS[code]) if code in REASONS else code for code in reasons)


# --- a file -----------------------------------------------------------------------------------


def coverage(scan: FileScan) -> str:
    """How much of the file was looked at, and why not all of it."""
    if scan.coverage == FileScan.Coverage.COMPLETE:
        return _("looked at all of it")
    if scan.coverage == FileScan.Coverage.SKIPPED:
        text = _("not looked at")
    elif scan.scanned_bytes < scan.file.size_bytes:
        text = _("looked at %(seen)s of %(all)s") % _sizes(scan.scanned_bytes, scan.file.size_bytes)
    else:  # what was missed has no size: what pictures show, what a tag means
        text = _("not looked at everything in it")
    return _for(text, scan)


def outcome(looked: Looked) -> str:
    """What came of it: nothing is called clean that was not looked at as a whole."""
    scan = looked.scan
    if looked.findings:
        something = _("found something")  # in no f-string: gettext does not look into them
        return f"{something}; {coverage(scan)}"
    if scan.coverage == FileScan.Coverage.COMPLETE:
        return _("none found; looked at all of it")
    if scan.coverage == FileScan.Coverage.SKIPPED:
        return coverage(scan)
    if scan.scanned_bytes < scan.file.size_bytes:
        sizes = _sizes(scan.scanned_bytes, scan.file.size_bytes)
        return _for(_("none found in the %(seen)s of %(all)s that were looked at") % sizes, scan)
    return _for(_("none found in what was looked at, which is not everything"), scan)


def _for(text: str, scan: FileScan) -> str:
    why = why_not_all(scan.reasons)
    return f"{text}: {why}" if why else text


def read_as(scan: FileScan) -> str:
    """What the file was taken for; empty where that says nothing."""
    return str(_METHODS.get(scan.method, ""))


def kind_found(finding: Finding, job: Job) -> str:
    """What was found: a virus by its name, or a kind of personal data. Never the value itself."""
    if finding.scanner == "clamav":
        return _("harmful content (%(signature)s)") % {"signature": finding.entity}
    words = entity_text(finding.entity, _)
    is_possible = is_weak(finding, job.frozen.policy)
    return _("possibly %(what)s") % {"what": words} if is_possible else words


def places_found(finding: Finding) -> str:
    """How often, and where: "3 times: line 2, line 7, …"."""
    times = ngettext("once", "%(count)d times", finding.count) % {"count": finding.count}
    if not finding.locations:
        return times
    more = ", …" if len(finding.locations) < finding.count else ""
    return f"{times}: {places_text(finding.locations, _)}{more}"


# --- the upload -------------------------------------------------------------------------------


def cover_text(cover: Cover) -> str:
    """What one scanner looked at of all files and what it found, in one or two sentences."""
    sentences = [_what_was_found(cover), _how_many(cover), _why(cover)]
    return " ".join(filter(None, sentences))


def _why(cover: Cover) -> str:
    why = why_not_all(cover.reasons)
    if cover.coverage is Coverage.SKIPPED and why:
        return _("Why: %(why)s.") % {"why": why}
    return _("Why not all: %(why)s.") % {"why": why} if why else ""


def _what_was_found(cover: Cover) -> str:
    if cover.found.files:
        return _found_text(cover) % {"files": cover.found.files, "count": cover.count}
    if cover.coverage is Coverage.COMPLETE:
        return _("None was found; all of it was looked at.")
    if cover.coverage is Coverage.SKIPPED:
        return _("Nothing could be looked at.")
    if cover.scanned_bytes >= cover.size_bytes:
        return _("None was found in what was looked at, which was not everything.")
    sizes = _sizes(cover.scanned_bytes, cover.size_bytes)
    if cover.scanner == "presidio":  # every byte is passed through the gate, but no more than that
        return _("None was found in the %(seen)s of %(all)s that were read closely.") % sizes
    return _("None was found in the %(seen)s of %(all)s that were looked at.") % sizes


def _found_text(cover: Cover) -> str:
    if cover.found.is_likely:
        return ngettext(
            "Found in %(files)d of %(count)d file.",
            "Found in %(files)d of %(count)d files.",
            cover.count,
        )
    return ngettext(
        "Possibly found in %(files)d of %(count)d file.",
        "Possibly found in %(files)d of %(count)d files.",
        cover.count,
    )


_HOW_FAR = {
    Coverage.COMPLETE: lazy("%(count)d looked at as a whole"),
    Coverage.PARTIAL: lazy("%(count)d in part"),
    Coverage.SKIPPED: lazy("%(count)d not at all"),
}


def _how_many(cover: Cover) -> str:
    """For several files that were not all looked at alike; also where much was found."""
    if cover.coverage is not Coverage.PARTIAL or cover.count == 1:
        return ""
    parts = [
        words % {"count": cover.files[how]} for how, words in _HOW_FAR.items() if how in cover.files
    ]
    return _("Of %(all)d files: %(parts)s.") % {"all": cover.count, "parts": ", ".join(parts)}


def _sizes(seen_bytes: int, all_bytes: int) -> dict[str, str]:
    return {"seen": size_text(seen_bytes), "all": size_text(all_bytes)}
