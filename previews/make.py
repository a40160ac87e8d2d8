"""Makes the preview of a file that nobody trusts; only ever in the child process."""

from __future__ import annotations

from previews.forms import Form
from previews.kinds import MAX_PREVIEW_BYTES, Preview, Unshowable

# Each library is loaded when a file needs it, for every file has a process of its own.


def make(form: Form, data: bytes, *, is_cut: bool) -> Preview:
    """The preview of a file that begins with `data` and, `is_cut`, goes on; `Unshowable`."""
    if form in (Form.PICTURE, Form.PDF, Form.WORKBOOK):
        preview = _of_binary(form, data)
    else:
        preview = _of_text(form, data, is_cut=is_cut)
    if len(preview.data) > MAX_PREVIEW_BYTES:
        raise Unshowable
    return preview


def _of_binary(form: Form, data: bytes) -> Preview:
    if form is Form.PICTURE:
        from previews.pictures import show_picture

        return show_picture(data)
    if form is Form.PDF:
        from previews.pdf import show_pdf

        return show_pdf(data)
    from previews.workbook import show_workbook

    return show_workbook(data)


def _of_text(form: Form, data: bytes, *, is_cut: bool) -> Preview:
    from previews.text import show_text

    if form is Form.SVG:
        from previews.svg import show_svg

        return show_svg(data)
    if form is Form.HTML:
        from previews.html import show_html

        return show_html(data)
    if form is Form.MARKDOWN:
        from previews.markdown import show_markdown

        return show_markdown(data, is_cut=is_cut)
    if form is Form.DELIMITED:
        from previews.tables import show_table

        return show_table(data, is_cut=is_cut) or show_text(data, is_cut=is_cut)
    return show_text(data, is_cut=is_cut)
