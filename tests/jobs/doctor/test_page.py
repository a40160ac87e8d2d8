"""The doctor on the terminal and in the admin."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from jobs.doctor import page, terminal
from jobs.doctor.diagnosis import Check, Checks, Diagnosis, Health, fault, warn, well
from jobs.doctor.report import as_line, summary
from jobs.doctor.rounds import examine

Areas = dict[str, Callable[[], Checks]]


def _mail() -> Checks:
    yield Check("way out", lambda: fault("The mail server is away.", "Start it."))
    yield Check("sender", lambda: warn("Letters come from nobody.", "Name somebody."))


def _store() -> Checks:
    yield Check("limits", lambda: well("up to 1000 parts"))


@pytest.fixture
def ill(monkeypatch: pytest.MonkeyPatch) -> Areas:
    """A site with a fault in its mail; its store is well."""
    areas: Areas = {"store": _store, "mail": _mail}
    monkeypatch.setattr(terminal, "AREAS", areas)
    monkeypatch.setattr(page, "examine", lambda: examine(areas))
    return areas


def told(*arguments: str) -> tuple[list[str], int]:
    """The lines of manage.py doctor, and its exit status."""
    out = StringIO()
    try:
        call_command("doctor", *arguments, stdout=out)
    except SystemExit as end:
        return out.getvalue().splitlines(), int(str(end.code))
    return out.getvalue().splitlines(), 0


def test_one_line_for_each_check_and_the_exit_status_says_whether_one_is_a_fault(
    ill: Areas,
) -> None:
    lines, status = told()
    assert [line.split()[:2] for line in lines[:-1]] == [
        ["ok", "store"], ["FAULT", "mail"], ["warn", "mail"],
    ]  # fmt: skip
    assert "The mail server is away." in lines[1]
    assert lines[1].endswith("-- Start it.")
    assert lines[-1] == "1 fault, 1 warning, 1 ok."
    assert status == 1


def test_one_area_alone_may_be_asked_for(ill: Areas) -> None:
    lines, status = told("--area", "store")
    assert (len(lines), lines[-1], status) == (2, "no faults, no warnings, 1 ok.", 0)


def test_lines_are_aligned_and_hold_nothing_that_steers_a_terminal(ill: Areas) -> None:
    lines, _ = told()
    assert {line.index(word) for line, word in zip(lines, ("store", "mail", "mail"), strict=False)
            } == {6}  # fmt: skip
    evil = Diagnosis("cluster", "hpc", Health.FAULT, "said:\x1b[2J\nok   all is well", "\r")
    assert as_line(evil).isprintable()


def test_the_sum_counts_in_words() -> None:
    assert summary({}) == "no faults, no warnings, 0 ok."
    assert summary({Health.FAULT: 2}) == "2 faults, no warnings, 0 ok."


@pytest.fixture
def desk(client: Client, sam: User) -> Client:
    client.force_login(sam)
    return client


def test_the_page_looks_only_when_the_button_is_pressed(desk: Client, ill: Areas) -> None:
    before = desk.get(reverse("doctor")).content.decode()
    assert "Look now" in before
    assert "The mail server is away." not in before
    after = desk.post(reverse("doctor")).content.decode()
    assert "The mail server is away." in after
    assert "Start it." in after
    assert "1 fault, 1 warning, 1 ok." in after


def test_what_is_not_well_stands_first_with_a_sign_of_its_own(desk: Client, ill: Areas) -> None:
    page = desk.post(reverse("doctor")).content.decode()
    signs = re.findall(
        r'<tr class="health-(\w+)">\s*<td class="health"><span [^>]+>(.)</span>', page
    )
    assert signs == [("fault", "✖"), ("warning", "▲"), ("ok", "✓")]


def test_what_others_said_is_text_on_the_page_and_no_markup(
    desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    evil = Diagnosis("cluster", "hpc", Health.FAULT, "<script>alert(1)</script>", "<b>x</b>")
    monkeypatch.setattr(page, "examine", lambda: iter([evil]))
    shown = desk.post(reverse("doctor")).content.decode()
    assert "<script>alert" not in shown
    assert "<b>x" not in shown


def test_support_is_led_there_and_a_pi_finds_nothing(
    client: Client, sam: User, ada: User, ill: Areas
) -> None:
    client.force_login(sam)
    assert reverse("doctor") in client.get(reverse("admin:index")).content.decode()
    client.force_login(ada)
    assert reverse("doctor") not in client.get(reverse("admin:index")).content.decode()
    assert client.get(reverse("doctor")).status_code == 404
    assert client.post(reverse("doctor")).status_code == 404


def test_strangers_are_asked_to_log_in(client: Client, db: Any, ill: Areas) -> None:
    for answer in (client.get(reverse("doctor")), client.post(reverse("doctor"))):
        assert answer.status_code == 302
        assert "/login/" in answer["Location"]


def test_the_button_cannot_be_pressed_from_another_site(sam: User, ill: Areas) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(sam)
    assert client.post(reverse("doctor")).status_code == 403
