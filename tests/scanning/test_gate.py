"""The gate lets through whatever could be evidence, and keeps plain data away from Presidio."""

from __future__ import annotations

import random

import pytest

from backends.base import ScanError
from scanning import gate as gate_module
from scanning.evidence import DEFAULT_ENTITIES
from scanning.gate import Gate, Hits

NOTHING = Hits()


@pytest.fixture(scope="module")
def gate() -> Gate:
    return Gate(DEFAULT_ENTITIES)


@pytest.mark.parametrize(
    "text",
    [
        "mail ada.lovelace+x@mail.example.org",
        "<ada@münchen.de>",
        "1,536-90-4399,34",
        "4111 1111 1111 1111",
        "paid with 4111-1111-1111-1111, thanks",
        "x\t3782 822463 10005\t",
        "credit card 4111111111111111",
        "IBAN DE89 3704 0044 0532 0130 00",
        "gb33bukb20201555555555",
        "+49 30 901820",
        "+1.212.555.0198",
        "me: (212) 555-0198",
        "me: 212-555-0198",
        "Phone 2125550198",
        "ph: 5550198",
        "passport no. 912803456",
        "driver's licence\nD1234567",
        "NHS 943 476 5919",
        "born 10 December 1815",
        "dob,10.12.1815",
    ],
)
def test_patterns_are_let_through(gate: Gate, text: str) -> None:
    assert gate.hits(f"0.5,1.5\nx {text}\n0.5,1.5\n").pattern


@pytest.mark.parametrize(
    "text",
    ["Ada Lovelace", "J. Lovelace", "Édith Piaf", "Ludwig van der Berg", "patient: Ada", "Dr. Who"],
)
def test_names_are_let_through(gate: Gate, text: str) -> None:
    assert gate.hits(f"0.5,1.5\nx {text}\n0.5,1.5\n").name


def test_telephone_number_at_the_very_start_is_let_through(gate: Gate) -> None:
    assert gate.hits("212-555-0198\n", is_start=True).pattern


def rows(separator: str, cell: str) -> str:
    source = random.Random(7)  # noqa: S311
    return "".join(
        separator.join(cell.format(source.random(), source.randint(1000, 9999)) for _ in range(9))
        + "\n"
        for _ in range(900)
    )


FASTQ = "@SRR001666.1 071112_SLXA-EAS1_s_7:5:1:817:345 length=36\nGGGTGATGGCCGCTGCCGATGGCGTCAAATCCCACC\n+\nIIIIIIIIIIIIIIIIIIIIIIIIIIIIII9IG9IC\n"  # noqa: E501


@pytest.mark.parametrize(
    "text",
    [
        rows(",", "{0}"),
        rows(" ", "{0:+.6f}"),
        rows("\t", "{1}"),
        rows(" ", "{1}"),
        rows(",", "-{1}.5"),
        "2021-11-27 12:30:05,0.5\n" * 900,
        FASTQ * 50,
        '{"SamplingFrequency": 2400, "EchoTime": 0.03, "Units": "arbitrary"}\n',
    ],
    ids=["decimals", "signed", "tabs", "matrix", "negative", "times", "fastq", "json"],
)
def test_data_is_kept_back(gate: Gate, text: str) -> None:
    assert gate.hits(text) == NOTHING


def test_words_of_entities_that_nobody_wants_are_kept_back(gate: Gate) -> None:
    assert Gate(["US_PASSPORT"]).hits("tax 900") == NOTHING
    assert gate.hits("tax 900").pattern
    assert Gate([]).hits("passport 912803456, Ada Lovelace") == NOTHING


def test_birth_dates_are_for_patterns_and_for_the_model(gate: Gate) -> None:
    assert gate.hits("born 10 December 1815") == Hits(pattern=True, name=True)


@pytest.mark.parametrize(
    ("entity", "text", "hits"),
    [
        ("LOCATION", "0.5 Berlin 0.5", Hits(name=True)),
        ("LOCATION", "0.5 berlin 0.5", NOTHING),
        ("A_SITES_OWN_NUMBER", "0.5", Hits(pattern=True, name=True)),
        ("A_SITES_OWN_NUMBER", "\n\n", NOTHING),
        ("POSTCODE", "0.5", NOTHING),  # only a column's header tells of it
    ],
)
def test_entities_that_the_gate_has_no_pattern_of_are_let_through(
    entity: str, text: str, hits: Hits
) -> None:
    assert Gate([entity]).hits(text) == hits


def test_gate_that_cannot_see_refuses_to_work(monkeypatch: pytest.MonkeyPatch) -> None:
    blind = gate_module._Pattern(r"\d{3}-\d{2}", "no digits at all")
    monkeypatch.setattr(gate_module, "_SHAPES", (blind,))

    with pytest.raises(ScanError, match="blind"):
        Gate(DEFAULT_ENTITIES)
