from __future__ import annotations

import pytest

from previews.forms import Form
from previews.make import make
from previews.markdown import sanitised


def shown(source: str) -> str:
    return sanitised(make(Form.MARKDOWN, source.encode(), is_cut=False).data.decode())


def test_what_markdown_is_used_for_is_shown() -> None:
    html = shown("# Title\n\n**bold** and `code`\n\n1. one\n\n|a|\n|-|\n|b|\n")

    for piece in ("<h3>Title</h3>", "<strong>bold</strong>", "<li>one</li>", "<td>b</td>"):
        assert piece in html


def test_links_lead_elsewhere_and_tell_nothing() -> None:
    html = shown("[there](https://far.example/) <mailto:olga@far.example>")

    assert '<a href="https://far.example/" rel="noopener noreferrer nofollow">there</a>' in html


@pytest.mark.parametrize(
    "source",
    [
        "<script>x</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt&colon;alert(1))",
        "[x](data:text/html,<script>x</script>)",
        "[x](../../admin/)",
        "![x](https://far.example/count.png)",
        "<iframe src='/admin/'></iframe>",
        "[x]: javascript:alert(1)\n\n[x]",
    ],
)
def test_nothing_of_markdown_runs_loads_or_leads_to_us(source: str) -> None:
    html = shown(source)

    for piece in ("<script", "<img", "<iframe", "href="):
        assert piece not in html


def test_html_of_a_child_that_was_taken_over_is_sanitised_too() -> None:
    html = sanitised('<p onclick="x()" style="position:fixed" id="main"><svg><script>x</script>')

    assert html == "<p></p>"


def test_pictures_that_are_left_out_are_counted() -> None:
    made = make(Form.MARKDOWN, b"![x](x.png) and\n\n- ![y](y.png)", is_cut=False)

    assert made.facts == {"cut": 0, "left_out": 2}
