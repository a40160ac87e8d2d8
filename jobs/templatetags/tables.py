"""The frame of a table that may be wider than the page."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

_FRAME = (
    '<div class="results wide" tabindex="0" role="region" {}="{}">\n<table>\n{}{}</table>\n</div>'
)


@register.simple_block_tag
def wide_table(
    content: SafeString, *, heading: str = "", label: str = "", caption: str = ""
) -> SafeString:
    """The rows in a table that scrolls sideways by itself, and by the keys.

    It is named by the `heading` with that id, or else by `label`. `caption`: what those hear who do
    not see it. That there is more at a side is shown by static/css/admin.css.
    """
    by, name = ("aria-labelledby", heading) if heading else ("aria-label", label)
    told = format_html('<caption class="visually-hidden">{}</caption>\n', caption)
    return format_html(_FRAME, by, name, told if caption else "", content)
