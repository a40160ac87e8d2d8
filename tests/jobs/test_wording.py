from __future__ import annotations

import pytest

from jobs.wording import breakable


@pytest.mark.parametrize(
    ("name", "html"),
    [
        ("cooling_curve.csv.png", "cooling_<wbr>curve.<wbr>csv.<wbr>png"),
        ("a/b-c", "a/<wbr>b-<wbr>c"),
        ("plain", "plain"),
        ("", ""),
        ("__x__.", "__<wbr>x__."),
        ("<b>_&amp;.\"'", "&lt;b&gt;_<wbr>&amp;amp;.<wbr>&quot;&#x27;"),
    ],
)
def test_a_name_breaks_after_its_signs_and_stays_data(name: str, html: str) -> None:
    assert breakable(name) == html
