"""Can this site, browsers and compute nodes do with the object store what they have to?"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from functools import partial
from typing import Any, Protocol
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings

from backends.base import PartLimits, SignedRequest, Store, StoreError
from backends.browser import Browser, Reply, page_headers
from backends.chosen import chosen_store
from jobs.doctor import store_policies
from jobs.doctor.diagnosis import Answer, Check, Checks, Health, fault, well
from pipelines.models import Pipeline
from uploads.parts import plan
from uploads.rules import size_text

SIGNED_FOR_S = 300
SAMPLE = b"Freeloader's doctor was here.\n"
ACCESS = (
    "Look whether the store runs, and at FREELOADER_STORE_OPTIONS: address, credentials, quota."
)
PREPARE = "manage.py prepare_store sets CORS, or says what the store's operator has to do."


class Asks(Protocol):
    """A browser, or what plays one in a test."""

    def ask_leave(self, request: SignedRequest, headers: Iterable[str] = ()) -> Reply:
        """The preflight."""

    def send(
        self, request: SignedRequest, data: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """The request itself."""


def checks() -> Checks:
    """As a page of this site and its browser see the site's store."""
    return checks_of(chosen_store(), Browser(page_origin(), ca_bundle=_ca_bundle()))


def checks_of(store: Store, browser: Asks) -> Checks:
    """From what needs least to what needs most."""
    visit = _Visit(store, browser)
    if (yield Check("limits", visit.limits, ACCESS)) is Health.FAULT:
        return
    yield Check("largest file", visit.largest_file)
    policies = Check("storage policies", partial(store_policies.policies, store), ACCESS)
    if (yield policies) is Health.FAULT:
        return
    for prefix, place in store.places().items():
        if (yield from _of_place(prefix, _Visit(place, browser))) is Health.FAULT:
            return
    yield Check("pages may call it", visit.policy, ACCESS)


def _of_place(prefix: str, visit: _Visit) -> Generator[Check, Health, Health]:
    """Each purpose with a container of its own is looked at for itself; how it can be reached."""
    of = f"{prefix} " if prefix else ""
    health = yield Check(f"{of}write, read, delete", visit.keep, ACCESS)
    if health is not Health.FAULT:
        yield Check(f"{of}signed addresses", visit.signed, ACCESS)
        yield Check(f"{of}browsers may send", visit.send_as_browser, PREPARE)
    return health


class _Visit:
    """One look at a store, with an object of its own that is gone afterwards."""

    def __init__(self, store: Store, browser: Asks) -> None:
        self._store, self._browser = store, browser
        self._name = f"doctor/{uuid4()}"

    def limits(self) -> Answer:
        """As /info tells them; Swift's own where that is closed."""
        limits = self._store.limits()
        return well(
            f"up to {limits.max_parts} parts of {size_text(limits.min_part_bytes)} to "
            f"{size_text(limits.max_part_bytes)}"
        )

    def largest_file(self) -> Answer:
        """What the pages promise to take must fit in."""
        widest = Pipeline.objects.filter(is_open=True).order_by("-max_file_mb").first()
        if widest is None:
            return well("no page is open")
        return fits(widest.title, widest.max_file_mb * 10**6, self._store.limits())

    def keep(self) -> Answer:
        """Write, read and delete as this site does."""
        try:
            self._store.write(self._name, SAMPLE)
            if self._store.read(self._name, max_bytes=1000) != SAMPLE:
                return fault("What was written is read as something else.", ACCESS)
        finally:
            self._store.delete(self._name)
        return well("an object was written, read and deleted")

    def signed(self) -> Answer:
        """PUT and GET without a key, as compute nodes and download buttons do."""
        put = self._store.sign_put(self._name, expires_s=SIGNED_FOR_S)
        get = self._store.sign_get(self._name, expires_s=SIGNED_FOR_S, filename="doctor.txt")
        try:
            sent = self._browser.send(put, SAMPLE)
            if not sent.is_well:
                return _unsigned("PUT", sent)
            got = self._browser.send(get)
            if got.body != SAMPLE:
                return _unsigned("GET", got)
        finally:
            self._store.delete(self._name)
        return well(f"PUT and GET at {_origin(put.url)}")

    def send_as_browser(self) -> Answer:
        """What the upload page does with a large file and with a small one."""
        told = f"a part and a small file sent by a page of {page_origin()} arrived"
        return self._send_part() or self._send_whole() or well(told)

    def _send_part(self) -> Answer | None:
        """What is wrong with it."""
        key = self._store.begin_parts(self._name)
        try:
            part = self._store.sign_parts(self._name, key, [1], expires_s=SIGNED_FOR_S)[1]
            if wrong := self._send_from_page(part):
                return wrong
            if len(self._store.stored_parts(self._name, key)) != 1:
                return fault("A part was taken, but it is not in the store.", ACCESS)
        finally:
            self._store.abort_parts(self._name, key)
        return None

    def _send_whole(self) -> Answer | None:
        try:
            put = self._store.sign_put(self._name, expires_s=SIGNED_FOR_S)
            return self._send_from_page(put)
        finally:
            self._store.delete(self._name)

    def _send_from_page(self, put: SignedRequest) -> Answer | None:
        """The preflight, the PUT, and whether the page may see its answer."""
        headers, origin = page_headers(SAMPLE, self._store.limits()), page_origin()
        if not self._browser.ask_leave(put, headers).lets(origin, put.method, headers):
            named = " and ".join(headers)
            return fault(f"The store lets no page of {origin} send files with {named}.", PREPARE)
        sent = self._browser.send(put, SAMPLE, headers)
        if not sent.is_well:
            return _unsigned(put.method, sent)
        if not sent.is_seen_by(origin):
            return fault("Browsers may send files, but not see that they arrived.", PREPARE)
        return None

    def policy(self) -> Answer:
        """The pages' security policy lets browsers call one origin: it must be the store's."""
        origin = _origin(self._store.sign_put(self._name, expires_s=SIGNED_FOR_S).url)
        if origin != settings.STORE_ORIGIN.rstrip("/"):
            return fault(
                f"Signed addresses lead to {origin}, but FREELOADER_STORE_ORIGIN is "
                f"{settings.STORE_ORIGIN or 'not set'}: browsers refuse to send there.",
                f"Set FREELOADER_STORE_ORIGIN={origin} and start web anew.",
            )
        return well(f"FREELOADER_STORE_ORIGIN is {origin}")


def page_origin() -> str:
    """Scheme, host and port of this site's pages, as browsers say it."""
    return _origin(settings.SITE_URL)


def fits(page: str, size_bytes: int, limits: PartLimits) -> Answer:
    """Whether a file of this size can be cut into the store's parts."""
    try:
        cut = plan(size_bytes, limits)
    except StoreError:
        return fault(
            f"The page {page} takes files of {size_text(size_bytes)}, more than "
            f"{limits.max_parts} parts of {size_text(limits.max_part_bytes)} hold.",
            "Lower the page's largest file, in the admin.",
        )
    return well(f"{size_text(size_bytes)}, on the page {page}: {cut.count} parts")


def _unsigned(method: str, reply: Reply) -> Answer:
    return fault(
        f"The store refuses a signed {method} (HTTP status {reply.status}): nodes and downloads "
        "get nothing.",
        "Look whether the store's operator allows TempURL (PUT and GET) or S3's presigned URLs, "
        "whether a proxy changes host or path, and whether the clocks agree.",
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _ca_bundle() -> str | None:
    told: Any = settings.STORAGES["default"]
    options = told.get("OPTIONS", {})
    bundle = options.get("ca_bundle") or options.get("verify")
    return bundle if isinstance(bundle, str) else None
