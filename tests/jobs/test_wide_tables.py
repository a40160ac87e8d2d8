"""Wide tables of the admin scroll by themselves, by the keys too, and say what they are."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.template import Context, Template
from django.test import Client

from pipelines.models import Pipeline
from tests.jobs import scenes

FRAME = re.compile(
    r'<div class="results wide" tabindex="0" role="region" aria-label(?:ledby)?="([^"]+)">\n<table>'
)


def rendered(options: str, **values: str) -> str:
    text = "{% load tables %}{% wide_table " + options + " %}<tr>{{ cell }}</tr>{% endwide_table %}"
    return Template(text).render(Context(values))


def test_a_table_is_named_by_its_heading_or_by_a_label() -> None:
    by_heading = rendered('heading="held" caption=caption', cell="a & b", caption='<i> "x"')
    assert 'aria-labelledby="held"' in by_heading
    assert '<caption class="visually-hidden">&lt;i&gt; &quot;x&quot;</caption>' in by_heading
    assert "<tr>a &amp; b</tr>" in by_heading
    by_label = rendered("label=caption", cell="", caption='"rows"')
    assert 'aria-label="&quot;rows&quot;"' in by_label
    assert "<caption" not in by_label


@pytest.mark.django_db
def test_every_wide_table_of_ours_is_in_such_a_frame_of_its_own(
    client: Client, sam: User, pipeline: Pipeline
) -> None:
    held = scenes.held(pipeline)
    scenes.on_hold(pipeline)
    client.force_login(sam)
    addresses = {
        "/admin/held/": 3,
        "/admin/overview/": 4,
        f"/admin/jobs/job/{held.pk}/change/": 2,
    }
    for address, least in addresses.items():
        page = client.get(address).content.decode().partition('id="job_form"')[0]
        names = FRAME.findall(page)
        assert len(names) >= least, address
        narrow = page.count("<details>\n    <summary>As numbers")  # two columns
        assert len(names) == page.count("<table>") - narrow, address
        for name in names:
            is_heading = f'aria-labelledby="{name}"' in page
            assert not is_heading or page.count(f'<h2 id="{name}">') == 1
