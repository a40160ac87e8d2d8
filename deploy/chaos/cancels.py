"""Cancelling a job as people do: the collaborator on the status page, staff in the admin."""

from __future__ import annotations

import re
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

from deploy.chaos.site import ChaosSite
from deploy.chaos.visitors import CALL_TIMEOUT_S, Refused, Visit, Visitor

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
JOB = re.compile(r"/admin/jobs/job/([0-9a-f-]{36})/change/")


def cancel(site: ChaosSite, visitor: Visitor, visit: Visit) -> None:
    """Ask until there is an answer; one that says "too late" is an answer as well."""
    by_staff = visit.order.cancelled_by == "staff"
    try:
        if by_staff:
            visitor.insist(lambda: _as_staff(site, visit))
        else:
            visitor.insist(lambda: _as_collaborator(visit))
        visit.cancel_words = f"cancelled by {visit.order.cancelled_by}"
    except Refused as error:
        visit.cancel_words = f"cancelling was refused: {error}"


def _as_collaborator(visit: Visit) -> None:
    opener = _opener()
    page = _read(opener, Request(visit.status_url))
    _read(opener, _form(f"{visit.status_url}cancel", page))


def _as_staff(site: ChaosSite, visit: Visit) -> None:
    opener, login = _opener(), f"{site.url}/admin/login/"
    page = _read(opener, Request(login))
    _read(opener, _form(login, page, username="sam", password=site.password, next="/admin/"))
    jobs = f"{site.url}/admin/jobs/job/"
    page = _read(opener, Request(f"{jobs}?q={quote(visit.order.email)}"))
    if not (found := JOB.search(page)):
        raise Refused("the admin does not show the job")
    _read(opener, _form(jobs, page, action="cancel", _selected_action=found[1]))


def _opener() -> OpenerDirector:
    return build_opener(HTTPCookieProcessor(CookieJar()))


def _form(url: str, page: str, **fields: str) -> Request:
    token = TOKEN.search(page)
    fields["csrfmiddlewaretoken"] = token[1] if token else ""
    return Request(url, urlencode(fields).encode(), {"Referer": url})


def _read(opener: OpenerDirector, request: Request) -> str:
    try:
        with opener.open(request, timeout=CALL_TIMEOUT_S) as answer:
            return str(answer.read().decode())
    except HTTPError as error:
        with error:
            if error.code < 500:
                raise Refused(f"{request.full_url}: {error.code}") from error
        raise
