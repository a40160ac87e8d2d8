from __future__ import annotations

import pytest

from previews.forms import Form
from previews.kinds import Unshowable
from previews.make import make

SVG = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
DOCTYPE = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/svg11.dtd">'


def laughs(generations: int, *, attribute: str = "href", before: str = "#g") -> str:
    """Each generation draws the one before ten times."""
    groups = '<g id="g0"><path/></g>' + "".join(
        f'<g id="g{n}">' + f'<use {attribute}="{before}{n - 1}"/>' * 10 + "</g>"
        for n in range(1, generations)
    )
    return f"<svg {SVG}>{groups}</svg>"


@pytest.mark.parametrize(
    ("svg", "size"),
    [
        (f'<svg {SVG} width="60mm" height="3in"/>', {"width": 227, "height": 288}),
        (f'{DOCTYPE}<svg {SVG} width="4.5" height="2px"/>', {"width": 4, "height": 2}),
        (f'<svg {SVG} width="100%" height="5"/>', {}),
        (f"<svg {SVG}><script>alert(1)</script></svg>", {}),  # in an <img> it does not run
        (laughs(4), {}),
    ],
)
def test_svg_is_kept_as_it_is(svg: str, size: dict[str, int]) -> None:
    preview = make(Form.SVG, svg.encode(), is_cut=False)

    assert (preview.data, preview.facts) == (svg.encode(), size)


@pytest.mark.parametrize(
    "svg",
    [
        pytest.param(f"<svg {SVG}><g></svg>", id="not well-formed"),
        pytest.param("<html/>", id="something else"),
        pytest.param(f'<!DOCTYPE svg [<!ENTITY a "b">]><svg {SVG}>&a;</svg>', id="an entity"),
        pytest.param(f"<!DOCTYPE svg [<!ATTLIST g a CDATA ''>]><svg {SVG}/>", id="a subset"),
        pytest.param(laughs(9), id="drawn too often"),
        pytest.param(laughs(9, attribute="xlink:href"), id="drawn too often, by XLink"),
        pytest.param(laughs(9, before=" &#10;#&#9;%67"), id="drawn too often, in disguise"),
        pytest.param(f'<svg {SVG}><set attributeName="xlink:href"/></svg>', id="changes its uses"),
        pytest.param(f'<svg {SVG}><g id="a"><use href="#a"/></g></svg>', id="a circle"),
        pytest.param(f'<svg {SVG}><h:iframe xmlns:h="html"/></svg>', id="a frame"),
        pytest.param(f"<svg {SVG}>{'<g>' * 200}{'</g>' * 200}</svg>", id="too deep"),
        pytest.param(f"<svg {SVG}>{'<g/>' * 50_001}</svg>", id="too many"),
    ],
)
def test_svg_that_costs_a_browser_too_much_is_not_shown(svg: str) -> None:
    with pytest.raises(Unshowable):
        make(Form.SVG, svg.encode(), is_cut=False)
