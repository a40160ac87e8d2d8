"""The door to the previews. Nothing of a result ever runs: no script, no plug-in, no load.

Bytes that a stranger's code has made go out with a type of ours, and under a policy of their own
that leaves nothing to do for them. Tables and texts are rendered by our templates. What is opened
by itself is shown within a page of ours: it leads back to the result, and a link followed from the
file must not tell its destination the address, which is the key to the result.
"""

from __future__ import annotations

import json

from csp.constants import SELF
from csp.decorators import csp_update
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from backends.base import BackendError, ObjectNotFound
from backends.chosen import chosen_store
from jobs.models import ResultFile
from jobs.results.cells import cells_of
from jobs.results.packed import Inside
from jobs.results.pages import link_of, result_gone
from jobs.results.previews import preview_name
from jobs.results.shown import ShownFile
from previews.kinds import MAX_PREVIEW_BYTES, Kind
from previews.markdown import sanitised

_TYPES = {
    Kind.PICTURE: "image/webp",
    Kind.PDF: "image/webp",
    Kind.SVG: "image/svg+xml",
    Kind.HTML: "text/html; charset=utf-8",
}
_POLICIES = {
    Kind.PICTURE: "default-src 'none'; sandbox",
    Kind.PDF: "default-src 'none'; sandbox",
    Kind.SVG: "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    Kind.HTML: (
        "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
    ),
}


@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]  # its types know no arguments
@never_cache
@require_safe
def preview(
    request: HttpRequest, token: str, number: int, inside: int | None = None
) -> HttpResponse:
    """What is shown of a file; 410 when the link has ended, 404 for a file that shows nothing."""
    link = link_of(token)
    if not link.is_live:
        return result_gone(request, link)
    file = _file(get_object_or_404(link.job.results, number=number), inside)
    kind = _kind_of(file)
    # Every browser of today says what it asks for; one that does not gets what is inert anyway.
    is_page = request.headers.get("Sec-Fetch-Dest") == "document"
    context = {"job": link.job, "token": token, "file": file}
    if is_page and kind in _TYPES:
        return _answer(render(request, "preview.html", context))
    try:
        data = _stored(file)
    except BackendError:
        return render(request, "store_away.html", {"job": link.job}, status=503)
    if kind in _TYPES:
        return _answer(_raw(kind, data))
    page = "preview.html" if is_page else "preview_part.html"
    return _answer(render(request, page, context | _content(kind, data)))


def _file(row: ResultFile, inside: int | None) -> ShownFile:
    if inside is None:
        return ShownFile(row)
    found = Inside.find(row, inside)
    if found is None:
        raise Http404
    return ShownFile(row, found)


def _kind_of(file: ShownFile) -> Kind:
    try:
        return Kind(file.kind)
    except ValueError as error:
        raise Http404 from error


def _stored(file: ShownFile) -> bytes:
    inside = file.inside.number if file.inside else None
    name = preview_name(file.row.job, file.row.number, inside)
    try:
        return chosen_store().read(name, max_bytes=MAX_PREVIEW_BYTES)
    except ObjectNotFound as error:
        raise Http404 from error


def _answer(response: HttpResponse) -> HttpResponse:
    response["X-Robots-Tag"] = "noindex"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Vary"] = "Sec-Fetch-Dest"
    return response


def _raw(kind: Kind, data: bytes) -> HttpResponse:
    """The stored bytes; whatever they are taken for, nothing comes of them."""
    response = HttpResponse(data, content_type=_TYPES[kind])
    response["Content-Security-Policy"] = _POLICIES[kind]
    response["X-Content-Type-Options"] = "nosniff"
    response["X-DNS-Prefetch-Control"] = "off"
    response["Referrer-Policy"] = "no-referrer"
    if kind is Kind.HTML:
        response["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _content(kind: Kind, data: bytes) -> dict[str, object]:
    text = data.decode()
    if kind is Kind.TABLE:
        table = json.loads(text)
        header, rows = cells_of(table["header"], table["rows"])
        return {"header": header, "rows": rows}
    return {"html": _inert(text)} if kind is Kind.MARKDOWN else {"text": text}


def _inert(html: str) -> SafeString:
    # The one place where something that a job wrote is no plain text: nh3 leaves of it only what
    # can do nothing, and the page's policy would stop the rest.
    return mark_safe(sanitised(html))  # noqa: S308
