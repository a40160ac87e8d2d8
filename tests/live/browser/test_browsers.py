from __future__ import annotations

import os
import signal

import pytest

from tests.live.browsers import Browsers, browser_pids, close, own_page

pytestmark = pytest.mark.live


def test_a_browser_that_hangs_is_ended_and_another_takes_its_place(browsers: Browsers) -> None:
    hung = browsers.living()
    context = hung.new_context()
    context.new_page()
    for pid in browser_pids():
        os.kill(pid, signal.SIGSTOP)

    close(context, within_s=1)

    assert not hung.is_connected()
    with own_page(browsers.living()) as page:
        page.set_content("<h1>It works</h1>")
        assert page.get_by_role("heading").inner_text() == "It works"
