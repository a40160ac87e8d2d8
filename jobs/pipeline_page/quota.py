"""What is said to somebody whose files are more than may be sent in a day."""

from __future__ import annotations

from django.conf import settings
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from jobs.wording import moment_text
from uploads.quotas import OverQuota, Scope
from uploads.rules import size_text

_UPLOADS: dict[Scope, Promise] = {
    Scope.SITE: lazy("This site has been sent as much today as it takes in a day."),
    Scope.EMAIL: lazy(
        "With this e-mail address, files were sent as often today as is allowed (limit: %(most)s a "
        "day)."
    ),
    Scope.NETWORK: lazy(
        "From your network, files were sent as often today as is allowed (limit: %(most)s a day)."
    ),
}
_BYTES: dict[Scope, Promise] = {
    Scope.SITE: lazy("This site takes %(most)s a day; with your files it would be more."),
    Scope.EMAIL: lazy(
        "With this e-mail address, %(most)s can be sent a day; with these files it would be more."
    ),
    Scope.NETWORK: lazy(
        "From your network, %(most)s can be sent a day; with these files it would be more."
    ),
}
_BUSY = lazy("This site has as many open jobs as it takes. Please try again when some have ended.")


def over_quota(error: OverQuota) -> str:
    """Which limit it is, when that is over, and whom to ask."""
    return " ".join(part for part in (_limit(error), _when(error), _whom()) if part)


def _limit(error: OverQuota) -> str:
    if error.of == "open jobs":
        return str(_BUSY)
    words, most = (
        (_BYTES, size_text(error.most))
        if error.of == "bytes"
        else (_UPLOADS, number_format(error.most, force_grouping=True))
    )
    return str(words[error.scope]) % {"most": most}


def _when(error: OverQuota) -> str:
    if error.of == "open jobs":
        return ""
    if error.until is None:
        return _("They cannot be sent here; please send less at once.") if error.most else ""
    return _("From %(moment)s on you can send again.") % {"moment": moment_text(error.until)}


def _whom() -> str:
    if not settings.SUPPORT_EMAIL:
        return ""
    return _("If you need more, write to %(email)s.") % {"email": settings.SUPPORT_EMAIL}
