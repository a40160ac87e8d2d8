"""What the check of the files covered and found, for a person who has never heard of scanners."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from jobs.models import FileScan, Finding, Job
from scanning.reasons import REASONS
from scanning.words import place_text
from uploads.rules import size_text

SCANNERS = {"clamav": lazy("Viruses"), "presidio": lazy("Personal data")}
# Within a sentence. Not made by lower(): other languages have their nouns in capitals.
_WITHIN = {"clamav": lazy("viruses"), "presidio": lazy("personal data")}


def scanner_name(name: str) -> str:
    """What the scanner looks for."""
    return str(SCANNERS.get(name, name))


def not_looked_for(job: Job) -> str:
    """What this pipeline's people chose not to look for; empty: nothing."""
    looked_for = job.frozen.policy.rules
    return ", ".join(str(words) for name, words in _WITHIN.items() if name not in looked_for)


def coverage(scan: FileScan) -> str:
    """How much of the file was looked at, and why not all of it."""
    why = "; ".join(_(REASONS[code]) if code in REASONS else code for code in scan.reasons)
    if scan.coverage == FileScan.Coverage.COMPLETE:
        return _("looked at all of it")
    if scan.coverage == FileScan.Coverage.SKIPPED:
        text = _("not looked at")
    else:
        sizes = {"seen": size_text(scan.scanned_bytes), "all": size_text(scan.file.size_bytes)}
        text = _("looked at %(seen)s of %(all)s") % sizes
    return f"{text}: {why}" if why else text


_ENTITIES = {
    "EMAIL_ADDRESS": lazy("e-mail address"),
    "IBAN_CODE": lazy("bank account number"),
    "US_SSN": lazy("social security number"),
    "CREDIT_CARD": lazy("payment card number"),
    "PHONE_NUMBER": lazy("telephone number"),
    "US_PASSPORT": lazy("passport number"),
    "US_DRIVER_LICENSE": lazy("driving licence number"),
    "US_ITIN": lazy("taxpayer number"),
    "UK_NHS": lazy("NHS number"),
    "MEDICAL_LICENSE": lazy("medical licence number"),
    "DATE_OF_BIRTH": lazy("date of birth"),
    "PERSON": lazy("name of a person"),
}


def kind_found(finding: Finding) -> str:
    """What was found: a virus by its name, or a kind of personal data. Never the value itself."""
    if finding.scanner == "clamav":
        return _("harmful content (%(signature)s)") % {"signature": finding.entity}
    known = _ENTITIES.get(finding.entity)
    return str(known) if known else finding.entity.replace("_", " ").lower()


def places_found(finding: Finding) -> str:
    """How often, and where: "3 times: line 2, line 7, …"."""
    times = ngettext("once", "%(count)d times", finding.count) % {"count": finding.count}
    if not finding.locations:
        return times
    more = ["…"] if len(finding.locations) < finding.count else []
    return f"{times}: {', '.join([*(place_text(place, _) for place in finding.locations), *more])}"
