"""A site's own recognisers: what the gate lets through for them, and what its operator is told."""

from __future__ import annotations

from pathlib import Path

import pytest
import re2
import regex
from hypothesis import given
from hypothesis import strategies as st

from backends.base import ScanError
from scanning.evidence import DEFAULT_ENTITIES
from scanning.gate import Gate
from scanning.personal import PersonalDataScanner
from scanning.recognizers import read_recognizers, recognizers_with, widened
from tests.backends.scan_bench import file_of

SITE = r"""
recognizers:
  - name: "Case number"
    supported_language: "en"
    supported_entity: "CASE_NUMBER"
    patterns:
      - {name: "case number", regex: "\\bKÜ-\\d{2}/\\d{4}\\b", score: 0.9}
  - name: "Bed"
    supported_entity: "BED"
    patterns:
      - {name: "letter and digits", regex: "\\b[A-F]\\d{3}\\b", score: 0.2}
    context: ["bed", "ward"]
  - name: "Wards"
    supported_entity: "WARD"
    deny_list: ["Haus Süd (Ost)", "Marienstift"]
"""


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    return written(tmp_path, SITE)


def written(folder: Path, text: str) -> Path:
    file = folder / "recognizers.yaml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "text", ["case KÜ-12/2041 of", "(kü-12/2041)", "bed C101", "in marienstift", "Haus Süd (Ost)"]
)
def test_gate_lets_through_what_a_sites_recognisers_look_for(site_file: Path, text: str) -> None:
    gate = Gate(DEFAULT_ENTITIES, recognizers_with(site_file))

    assert gate.hits(f"0.5,1.5\n{text}\n0.5,1.5\n").pattern
    assert not Gate(DEFAULT_ENTITIES).hits(f"0.5,1.5\n{text}\n0.5,1.5\n").pattern


def test_gate_keeps_data_back_as_before(site_file: Path) -> None:
    assert not Gate(DEFAULT_ENTITIES, recognizers_with(site_file)).hits("0.5,1.5\n" * 900)


@given(
    pattern=st.sampled_from(
        [r"\bÜ\w+\b", r"[\w.-]+@", r"\d{3}\b", r"\s\d", r"[^\w\s]\w", r"\B\d", r"\W\D", r"[]\d]\b"]
    ),
    text=st.text(st.sampled_from("aÜ_é1٣ \u00a0.-@]x\n"), max_size=12),
)
def test_gates_patterns_match_wherever_presidios_do(pattern: str, text: str) -> None:
    if regex.search(pattern, text, regex.IGNORECASE | regex.MULTILINE | regex.DOTALL):
        assert re2.search(f"(?ims){widened(pattern)}", text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("recognizers: [", "must be YAML with a list “recognizers”"),
        ("[]", "must be YAML with a list “recognizers”"),
        ("recognizers: [{supported_entity: X, patterns: []}]", "must be YAML"),
        ("recognizers: [{name: A, supported_entity: X}]", "“A” has neither patterns nor a deny"),
        (
            "recognizers: [{name: A, supported_entity: X, supported_language: de, deny_list: [b]}]",
            "the supported_language of “A” must be “en”",
        ),
        (
            r"recognizers: [{name: A, supported_entity: X, patterns: [{regex: '(?<!\d)\d'}]}]",
            r"refuses a pattern of “A” \(invalid perl operator: \(\?<!\): write it without look-",
        ),
        (
            r"recognizers: [{name: A, supported_entity: X, patterns: [{regex: '(a)\1'}]}]",
            "refuses a pattern of “A”",
        ),
    ],
)
def test_operator_is_told_what_is_wrong_with_a_file(tmp_path: Path, text: str, told: str) -> None:
    file = written(tmp_path, text)

    with pytest.raises(ScanError, match=told) as caught:
        read_recognizers(file)
    assert str(file) in caught.value.message
    assert caught.value.transient


def test_operator_is_told_of_a_file_that_is_not_there() -> None:
    with pytest.raises(ScanError, match=r"/no/such\.yaml cannot be used: it cannot be read"):
        read_recognizers(Path("/no/such.yaml"))


def test_nothing_is_scanned_with_recognisers_that_cannot_be_used() -> None:
    scanner = PersonalDataScanner(recognizers="/no/such.yaml")
    with pytest.raises(ScanError, match="cannot be read"):
        scanner.scan(file_of(b"1,2,3\n"))
    scanner.close()


@pytest.mark.live
def test_presidio_finds_what_a_site_added_with_its_context_words(site_file: Path) -> None:
    scanner = PersonalDataScanner(recognizers=str(site_file))
    lines = ["case KÜ-12/2041", "gene C101", "her bed C102", "in the Marienstift", "MRN 00412345"]
    numbers = "0.5,1.5\n" * 50

    report = scanner.scan(file_of(numbers.join(f"{line}\n" for line in lines).encode()))
    scanner.close()

    found = {finding.entity: finding.locations for finding in report.findings}
    assert found == {
        "CASE_NUMBER": ((("row", 1),),),
        "BED": ((("row", 103),),),
        "WARD": ((("row", 154),),),
        "MEDICAL_RECORD_NUMBER": ((("row", 205),),),
    }


@pytest.mark.live
def test_operator_is_told_what_presidio_does_not_take(tmp_path: Path) -> None:
    text = (
        "recognizers: [{name: A, supported_entity: X, patterns: [{name: p, regex: a, score: 7}]}]"
    )
    scanner = PersonalDataScanner(recognizers=str(written(tmp_path, text)))

    with pytest.raises(ScanError, match=r"the recognisers in .*recognizers\.yaml: Invalid score"):
        scanner.scan(file_of(b"aaa\n"))
    scanner.close()
