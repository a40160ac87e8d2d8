"""Markdown: turned into HTML where the file is read, sanitised where it is shown."""

from __future__ import annotations

import nh3
from markdown_it import MarkdownIt

from previews.kinds import Kind, Preview
from previews.text import decoded, first_lines

# A page of ours has headings of its own: those of a file stand all below its name.
HEADING = "h3"
_TEXT_TAGS = {"p", "br", "hr", HEADING, "blockquote", "pre", "code", "em", "strong", "s", "a"}
_TAGS = _TEXT_TAGS | {"ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"}


def show_markdown(data: bytes, *, is_cut: bool) -> Preview:
    """Its beginning as HTML, with raw HTML in it shown as the text that it is."""
    source, is_shortened = first_lines(decoded(data))
    # Links are parsed by CommonMark's rules, and javascript: and its like are refused.
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    tokens = parser.parse(source)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = HEADING
    pictures = sum(child.type == "image" for token in tokens for child in token.children or ())
    html: str = parser.renderer.render(tokens, parser.options, {})
    facts = {"cut": int(is_cut or is_shortened), "left_out": pictures}
    return Preview(Kind.MARKDOWN, html.encode(), facts)


def sanitised(html: str) -> str:
    """HTML that nothing can come of: text, lists, tables; links only to elsewhere.

    Pictures are left out, for they would be fetched from where the file says.
    """
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",  # it would lead to a page of ours
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )
