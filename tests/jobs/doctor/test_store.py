"""What a store must do for the site, for browsers and for nodes; a fake browser on a fake store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from backends.base import PartLimits, Shelf, SignedRequest, StoreError
from backends.browser import Reply
from backends.memory import MemoryStore
from backends.purposes import RoutedStore
from jobs.doctor.diagnosis import Answer, Health
from jobs.doctor.store import checks_of, page_origin
from pipelines.models import Pipeline
from tests.jobs.doctor.looking import answers, faults

pytestmark = pytest.mark.django_db


class FakeBrowser:
    """Sends to a store in memory; `store.origins` says which pages are let in."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self.others: list[MemoryStore] = []  # each with an address of its own
        self.refuses = ""  # a method that the store takes no signature for
        self.hides_answers = False
        self.refused_headers: set[str] = set()  # that no page may send

    def ask_leave(self, request: SignedRequest, headers: Iterable[str] = ()) -> Reply:
        allowed = page_origin() if page_origin() in self._reached(request).origins else ""
        names = frozenset(name.lower() for name in headers) - self.refused_headers
        return Reply(200 if allowed else 401, b"", allowed, frozenset({"PUT"}), names)

    def send(
        self, request: SignedRequest, data: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Reply:
        if request.method == self.refuses:
            return Reply(401, b"", "")
        body = self._reached(request).send(request, data)
        return Reply(201, body, "" if self.hides_answers else page_origin())

    def _reached(self, request: SignedRequest) -> MemoryStore:
        others = (store for store in self.others if request.url.startswith(store.address))
        return next(others, self.store)


@pytest.fixture
def browser(store: MemoryStore, settings: Any) -> FakeBrowser:
    """All is set up well."""
    settings.STORE_ORIGIN = "https://store.invalid"
    store.allow_origins([page_origin()])
    return FakeBrowser(store)


def look(store: MemoryStore, browser: FakeBrowser) -> dict[str, Answer]:
    return answers(checks_of(store, browser))


def test_a_store_that_does_all_is_well_and_keeps_nothing(
    store: MemoryStore, browser: FakeBrowser
) -> None:
    found = look(store, browser)
    assert (len(found), faults(found)) == (7, [])
    assert "1000 parts" in found["limits"].what
    assert list(store.list_objects("")) == []
    assert store._parts == {}


def test_a_store_that_is_down_raises_what_the_round_tells(
    store: MemoryStore, browser: FakeBrowser
) -> None:
    store.is_stopped = True
    with pytest.raises(StoreError, match="did not answer"):
        look(store, browser)


@pytest.mark.parametrize("method", ["PUT", "GET"])
def test_a_store_that_takes_no_signature_is_a_fault(
    store: MemoryStore, browser: FakeBrowser, method: str
) -> None:
    browser.refuses = method
    found = look(store, browser)
    assert "signed addresses" in faults(found)
    assert f"refuses a signed {method}" in found["signed addresses"].what
    assert list(store.list_objects("")) == []


def test_a_store_that_lets_no_page_in_is_a_fault_with_the_command_that_helps(
    store: MemoryStore, browser: FakeBrowser
) -> None:
    store.allow_origins(["https://another.example"])
    found = look(store, browser)
    assert faults(found) == ["browsers may send"]
    assert "manage.py prepare_store" in found["browsers may send"].mend


def test_a_store_that_refuses_a_header_of_the_page_is_a_fault_that_names_it(
    store: MemoryStore, browser: FakeBrowser
) -> None:
    store._limits = replace(PartLimits(), sha256_header="x-sum")
    assert faults(look(store, browser)) == []
    browser.refused_headers = {"x-sum"}
    found = look(store, browser)
    assert faults(found) == ["browsers may send"]
    assert "x-sum" in found["browsers may send"].what


def test_a_page_must_also_see_the_answer(store: MemoryStore, browser: FakeBrowser) -> None:
    browser.hides_answers = True
    found = look(store, browser)
    assert faults(found) == ["browsers may send"]
    assert "not see that they arrived" in found["browsers may send"].what


@pytest.mark.parametrize("origin", ["", "https://other.example"])
def test_the_policy_of_the_pages_must_name_the_store(
    store: MemoryStore, browser: FakeBrowser, settings: Any, origin: str
) -> None:
    settings.STORE_ORIGIN = origin
    found = look(store, browser)
    assert faults(found) == ["pages may call it"]
    assert "Set FREELOADER_STORE_ORIGIN=https://store.invalid" in found["pages may call it"].mend


def test_a_page_that_takes_larger_files_than_the_store_is_a_fault(
    store: MemoryStore, browser: FakeBrowser, pipeline: Pipeline
) -> None:
    store._limits = replace(PartLimits(), max_parts=10, max_part_bytes=10**8)
    assert faults(look(store, browser)) == []
    Pipeline.objects.update(max_file_mb=5000)
    found = look(store, browser)
    assert faults(found) == ["largest file"]
    assert "Word count takes files of 5 GB" in found["largest file"].what


def test_no_secret_is_told(store: MemoryStore, browser: FakeBrowser) -> None:
    found = look(store, browser)
    assert not [a for a in found.values() if "signature=" in a.what + a.mend]


# --- containers of their own, and what they are kept on ---


@pytest.fixture
def own(store: MemoryStore, browser: FakeBrowser) -> MemoryStore:
    """Where results are kept; all is set up well."""
    own = MemoryStore()
    own.address = "https://results.invalid"
    own.kept_as = Shelf("freeloader-results", "cheap", "cheap")
    own.allow_origins([page_origin()])
    store.offered = ["standard", "cheap"]
    browser.others = [own]
    return own


def look_at_both(store: MemoryStore, own: MemoryStore, browser: FakeBrowser) -> dict[str, Answer]:
    return answers(checks_of(RoutedStore(store, {"results/": own}), browser))


def test_each_purpose_is_looked_at_for_itself(
    store: MemoryStore, own: MemoryStore, browser: FakeBrowser
) -> None:
    found = look_at_both(store, own, browser)
    assert (len(found), faults(found)) == (10, [])
    told = "this store offers: standard, cheap; all in memory (standard), but results/ in"
    assert told in found["storage policies"].what
    assert not own.count("")
    own.allow_origins(["https://another.example"])
    assert faults(look_at_both(store, own, browser)) == ["results/ browsers may send"]


@pytest.mark.parametrize(
    ("policy", "wanted", "health", "words"),
    [
        ("standard", "cheap", Health.WARNING, "it was there before"),
        ("", "cold", Health.FAULT, "offers: standard, cheap"),
        ("", "cheap", Health.OK, "freeloader-results (cheap)"),
    ],
)
def test_a_policy_that_cannot_be_had_is_told(
    store: MemoryStore,
    own: MemoryStore,
    browser: FakeBrowser,
    policy: str,
    wanted: str,
    health: Health,
    words: str,
) -> None:
    own.kept_as = Shelf("freeloader-results", policy, wanted)
    answer = look_at_both(store, own, browser)["storage policies"]
    assert (answer.health, words in answer.what) == (health, True)
