"""The pages of docs/ for those who have an account: the guide for PIs, and what it leads to."""

from __future__ import annotations

import re
from itertools import count, pairwise
from pathlib import Path

from django.conf import settings
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

FIRST = "for-pis.md"
TABLE = '<div class="wide" role="region" aria-label="Table {}" tabindex="0"><table>\n'


@require_safe
def guide(request: HttpRequest, name: str = FIRST) -> HttpResponse:
    """A page of docs/, or an example that one leads to; 404 for all else."""
    found = _served().get(name)
    if found is None:
        raise Http404
    text = found.read_text()
    if found.suffix == ".py":
        return HttpResponse(text, content_type="text/plain; charset=utf-8")
    title, html = as_html(text)
    # Markdown of our own checkout, with raw HTML shown as text: nobody else wrote any of it.
    context = admin.site.each_context(request) | {"title": title, "page": mark_safe(html)}  # noqa: S308
    return TemplateResponse(request, "admin/guide.html", context)


def _served() -> dict[str, Path]:
    """By name, so that no address can lead anywhere else."""
    base = Path(settings.BASE_DIR)
    return {path.name: path for path in (*base.glob("docs/*.md"), *base.glob("examples/*.py"))}


def as_html(text: str) -> tuple[str, str]:
    """The page's title, and the rest of it; its headings have the anchors that forges make.

    Pages and examples lie beside each other here; a link to another file of the checkout is none.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    numbers = count(1)
    parser.add_render_rule("table_open", lambda *_: TABLE.format(next(numbers)))
    parser.add_render_rule("table_close", lambda *_: "</table></div>\n")
    title, tokens = "", parser.parse(text)
    for token, following in pairwise(tokens):
        if token.type == "heading_open":
            token.attrSet("id", _anchor(following.content))
            title = title or following.content
    for token in tokens:
        _mend_links(token.children or [])
    html: str = parser.renderer.render(tokens[3:], parser.options, {})  # without the title
    return title, html


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _mend_links(tokens: list[Token]) -> None:
    served = _served()
    for token in tokens:
        target = str(token.attrGet("href") or "")
        name, hash_, anchor = target.rpartition("/")[2].partition("#")
        if not target or "://" in target or target.startswith("#"):
            continue
        if name in served:
            token.attrSet("href", f"{name}{hash_}{anchor}")
        else:
            del token.attrs["href"]
