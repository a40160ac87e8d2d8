"""Who announces files: from which network, and whether by hand or as a robot fills in pages."""

from __future__ import annotations

import time
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.utils.translation import gettext as _

from jobs.forms import Announcement

DAY_S = 24 * 3600
IPV6_PREFIX = 64  # what one household or one office has


def network_of(request: HttpRequest) -> str:
    """The visitor's address, of IPv6 its /64; "" if the web server tells none.

    Of X-Forwarded-For only what FREELOADER_TRUSTED_PROXIES of our own proxies added is believed.
    """
    own = _network(request.META.get("REMOTE_ADDR", ""))
    proxies = settings.TRUSTED_PROXIES
    said = request.headers.get("X-Forwarded-For", "").split(",")
    if not 0 < proxies <= len(said):
        return own
    return _network(said[-proxies].strip()) or own


def _network(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), IPV6_PREFIX), strict=False))


class NotByHand(Exception):
    """No person at our page sent this; the message is for the case that it was one."""


def page_stamp(slug: str) -> str:
    """What a pipeline's page brings along when it announces: when it was made, signed."""
    return _signer().sign_object([slug, time.time()])


def _signer() -> signing.Signer:
    return signing.Signer(salt="jobs.page")


def check_by_hand(request: HttpRequest, said: Announcement, slug: str) -> None:
    """`NotByHand` if the field that nobody sees is filled, or a browser was too quick.

    A script has no `Origin` and may do without a page.
    """
    if said.trap:
        raise NotByHand(
            _("A field was filled in that should stay empty. Please load the page again.")
        )
    if "Origin" in request.headers:
        _check_stamp(said.page, slug)


def _check_stamp(stamp: str, slug: str) -> None:
    try:
        stamped_slug, stamped_s = _signer().unsign_object(stamp)
    except signing.BadSignature:
        stamped_slug, stamped_s = "", 0.0
    age_s = max(0.0, time.time() - stamped_s)
    if stamped_slug != slug or age_s > _good_for_s():
        raise NotByHand(_("This page is out of date. Please load it again and choose your files."))
    if age_s < settings.MIN_FILL_S:
        raise NotByHand(_("That was very quick. Please wait a moment, then send once more."))


def _good_for_s() -> int:
    """A page may stand open for longer than an upload may take."""
    days: int = max(30, 2 * settings.ABANDONED_UPLOAD_DAYS)
    return days * DAY_S
