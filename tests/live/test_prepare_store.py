"""manage.py prepare_store and a real Swift, by either API, that lets browsers in or does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from backends.chosen import chosen_store
from deploy.swift_one import Credentials
from pipelines.models import Pipeline
from tests.backends.store_bench import NOBODY_HOME
from tests.backends.store_fixtures import ORIGIN, started_swift
from tests.backends.store_fixtures import swift_one as swift_one
from tests.live.stores import storage

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]
Choose = Callable[[Credentials, str], None]


@pytest.fixture(scope="module")
def closed_swift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Credentials]:
    """A Swift whose operator has let nobody's pages in."""
    with started_swift(tmp_path_factory.mktemp("closed_swift"), "") as swift:
        yield swift


@pytest.fixture
def choose(settings: Settings, request: pytest.FixtureRequest) -> Choose:
    """The site keeps its files in that Swift, in a container of this test's own."""

    def chosen(swift: Credentials, kind: str) -> None:
        own = f"prepare-{abs(hash(request.node.name)):x}"
        settings.STORAGES = {**settings.STORAGES, "default": storage(kind, swift, own)}
        settings.STORE_ORIGIN = swift.s3_endpoint
        settings.SITE_URL = ORIGIN

    return chosen


def prepare(*options: str) -> tuple[bool, str]:
    """Whether nothing is left to do, and what was said."""
    said = StringIO()
    try:
        call_command("prepare_store", *options, stdout=said, no_color=True)
    except CommandError as error:
        return False, said.getvalue() + str(error)
    return True, said.getvalue()


def assert_nothing_stays() -> None:
    store = chosen_store()
    assert list(store.list_objects("")) == []
    assert list(store.open_uploads("")) == []


@pytest.mark.parametrize("kind", ["swift", "s3", "swift in two", "s3 in two"])
def test_where_the_operator_lets_pages_in_all_is_well(
    choose: Choose, swift_one: Credentials, kind: str
) -> None:
    choose(swift_one, kind)
    is_well, said = prepare()
    assert is_well, said
    assert f"a part and a small file sent by a page of {ORIGIN} arrived" in said
    assert prepare("--check")[0]
    assert "this store offers: standard, cheap" in said
    assert ("results/ in prepare-" in said) is ("in two" in kind)
    assert_nothing_stays()


def test_natively_the_site_lets_its_own_pages_in(choose: Choose, closed_swift: Credentials) -> None:
    choose(closed_swift, "swift")
    is_well, said = prepare("--check")
    assert not is_well
    assert f"manage.py prepare_store has to let pages of {ORIGIN} in." in said
    assert f"The store lets no page of {ORIGIN} send files" in said
    assert not prepare("--check")[0]  # it has changed nothing
    is_well, said = prepare()
    assert is_well, said
    assert prepare("--check")[0]
    assert_nothing_stays()


@pytest.mark.parametrize("options", [(), ("--check",)])
def test_through_s3_the_operator_is_told_file_section_and_line(
    choose: Choose, closed_swift: Credentials, options: tuple[str, ...]
) -> None:
    choose(closed_swift, "s3")
    is_well, said = prepare(*options)
    assert not is_well
    assert "in proxy-server.conf, on every proxy host" in said
    assert f"[filter:s3api]\ncors_preflight_allow_origin = {ORIGIN}\n" in said
    assert f"[app:proxy-server]\ncors_allow_origin = {ORIGIN}\n" in said
    assert_nothing_stays()


def test_a_policy_that_names_another_store_and_a_page_that_takes_too_much_are_told(
    choose: Choose, swift_one: Credentials, settings: Settings, pipeline: Pipeline
) -> None:
    choose(swift_one, "swift")
    settings.STORE_ORIGIN = "https://other.example"
    Pipeline.objects.update(max_file_mb=10**9)
    is_well, said = prepare()
    assert not is_well
    assert f"Set FREELOADER_STORE_ORIGIN={swift_one.s3_endpoint}" in said
    assert "Lower the page's largest file, in the admin." in said


def test_a_store_that_is_away_is_told(settings: Settings) -> None:
    gone = {"auth_url": f"{NOBODY_HOME}/auth/v1.0", "user": "u:u", "key": "k", "container": "c"}
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "backends.swift.SwiftStore", "OPTIONS": gone},
    }
    is_well, said = prepare()
    assert not is_well
    assert "did not answer" in said
