"""One text looked at: budgets, honesty about what was passed over, and places."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from backends.base import MAX_LOCATIONS, Coverage
from backends.presidio import RawFinding
from scanning.evidence import DEFAULT_ENTITIES
from scanning.examination import Examination
from scanning.examine import Examiner
from scanning.limits import Budget
from scanning.text import WINDOW_CHARS

DATA = "0.1 0.2 0.3\n"
PROSE = "Grace Hopper met nobody there.\n"
MAIL = "mail ada@example.org\n"


class PatternAnalyzer:
    """Stands for Presidio: e-mail addresses only, by a pattern; counts what it was asked."""

    def __init__(self) -> None:
        self.timeouts = 0
        self.asked_chars = 0

    def analyze(self, text: str, *, by_model: bool = True) -> list[RawFinding]:
        self.asked_chars += len(text)
        if "slow" in text:
            self.timeouts += 1
        found = re.finditer(r"\w+@\w+\.org", text)
        return [RawFinding("EMAIL_ADDRESS", m.start(), m.end(), 1.0) for m in found]


def chunks(data: bytes) -> Iterator[bytes]:
    for at in range(0, len(data), 1000):
        yield data[at : at + 1000]


def examine(data: bytes | str, budget: Budget | None = None) -> tuple[Examination, int]:
    """The examination, and how many characters Presidio was asked about."""
    analyzer = PatternAnalyzer()
    examiner = Examiner(analyzer, DEFAULT_ENTITIES, budget or Budget())
    examination = examiner.examine(chunks(data.encode() if isinstance(data, str) else data))
    return examination, analyzer.asked_chars


def test_data_never_reaches_presidio() -> None:
    examination, asked_chars = examine(DATA * 10_000)

    assert examination == Examination(Coverage.COMPLETE, 10_000 * len(DATA), method="text")
    assert asked_chars == 0


def test_only_the_window_with_a_hit_reaches_presidio() -> None:
    examination, asked_chars = examine(DATA * 5_000 + MAIL + DATA * 5_000)

    assert asked_chars < 2 * WINDOW_CHARS
    assert examination.findings[0].locations == ((("line", 5001),),)
    assert examination.coverage is Coverage.COMPLETE


def test_findings_are_counted_beyond_the_places_that_are_kept() -> None:
    examination, _ = examine(MAIL * 1_000)

    assert examination.findings[0].count == 1_000
    assert examination.findings[0].locations == tuple(
        (("line", n + 1),) for n in range(MAX_LOCATIONS)
    )


LETTER = (PROSE * 20 + MAIL).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe" + LETTER,
        b"\xff\xfe\0\0" + LETTER,
        PROSE.encode("utf-16") + LETTER,
        PROSE.encode("utf-16") + b"\n" + LETTER.decode().encode("utf-16-le"),
        PROSE.encode("utf-16") + LETTER.decode().encode("utf-16-be"),
        ("中文字" * 100).encode("utf-16")
        + b"ada@example.org"
        + ("中文字" * 100).encode("utf-16-le"),
    ],
)
def test_wide_text_that_is_not_wide_throughout_is_no_complete_text(data: bytes) -> None:
    assert "BINARY_PARTS" in examine(data)[0].reasons


def test_wide_text_of_chinese_is_a_complete_text() -> None:
    # Not in their order, in which those with the bytes of letters stand together.
    signs = [chr(0x4E00 + number * 7_919 % 20_902) for number in range(20_902)]

    assert examine("".join(signs).encode("utf-16"))[0].coverage is Coverage.COMPLETE


def test_text_of_a_mainframe_is_read() -> None:
    examination, _ = examine(LETTER.decode().encode("cp037"))

    assert [found.entity for found in examination.findings] == ["EMAIL_ADDRESS"]


def test_addresses_without_a_blank_are_no_text_of_a_mainframe() -> None:
    assert examine("a@b.org\n" * 50)[0].findings[0].count == 50


def test_binary_part_without_a_nul_is_told_of() -> None:
    noise = bytes(range(1, 256)) * 40

    assert "BINARY_PARTS" in examine(DATA.encode() * 10_000 + noise)[0].reasons


@pytest.mark.parametrize(
    "text",
    [
        "From: me\nContent-Transfer-Encoding: BASE64\n\nd3JpdGU=\n",
        '<img src="data:image/png;base64,iVBORw0KGgo=">',
        '{"image/png": "iVBORw0KGgoAAAA"}',
    ],
)
def test_file_within_a_text_is_told_of(text: str) -> None:
    for before in range(900, 1_000):
        assert "ENCODED_PARTS" in examine("x" * before + text)[0].reasons


def test_wide_text_is_read_too() -> None:
    data = (DATA * 2_000 + MAIL).encode("utf-16")

    examination, _ = examine(data)

    assert examination.findings[0].locations == ((("line", 2001),),)
    assert examination.scanned_bytes == len(data)


def test_what_is_not_text_is_skipped_after_its_head() -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"\x89HDF\r\n\x1a\n\0\0" * 1000

    examiner = Examiner(PatternAnalyzer(), DEFAULT_ENTITIES, Budget())

    examination = examiner.examine(endless())

    assert (examination.coverage, examination.scanned_bytes) == (Coverage.SKIPPED, 0)
    assert examination.reasons == ("UNSUPPORTED_FORMAT",)


def test_prose_beyond_the_budget_is_said_to_be_sampled() -> None:
    text = PROSE * 3_000

    examination, asked_chars = examine(text, Budget(name_chars=20_000))

    assert (examination.coverage, examination.reasons) == (Coverage.PARTIAL, ("SAMPLED",))
    assert asked_chars < 25_000
    assert 8_000 < examination.scanned_bytes <= 20_000


def test_address_after_much_prose_is_still_found() -> None:
    examination, _ = examine(PROSE * 3_000 + MAIL, Budget(name_chars=20_000))

    assert [finding.entity for finding in examination.findings] == ["EMAIL_ADDRESS"]
    assert examination.reasons == ("SAMPLED",)


def test_without_time_nothing_is_asked_and_the_report_says_so() -> None:
    examination, asked_chars = examine(MAIL * 10, Budget(seconds=0))

    assert asked_chars == 0
    assert (examination.reasons, examination.scanned_bytes) == (("TIMED_OUT",), 0)
    assert examination.seed is None


def test_data_without_hits_counts_as_scanned_when_other_parts_were_passed_over() -> None:
    examination, _ = examine(DATA * 5_000 + MAIL, Budget(seconds=0))

    assert 0 < examination.scanned_bytes < 5_000 * len(DATA)


def test_pattern_that_ran_out_of_time_makes_the_coverage_partial() -> None:
    examination, _ = examine(MAIL + "slow\n")

    assert (examination.coverage, examination.reasons) == (
        Coverage.PARTIAL,
        ("PATTERN_TIMED_OUT",),
    )


def test_binary_tail_of_a_text_makes_the_coverage_partial() -> None:
    examination, _ = examine((DATA * 10_000).encode() + b"\0\1\2" * 100)

    assert (examination.coverage, examination.reasons) == (Coverage.PARTIAL, ("BINARY_PARTS",))


def test_overlap_does_not_count_twice() -> None:
    filler = "x," * (WINDOW_CHARS // 2 - 30) + "\n"

    examination, _ = examine(filler + MAIL + filler + MAIL + filler)

    assert examination.findings[0].count == 2
    assert examination.findings[0].locations == ((("line", 2),), (("line", 4),))


def test_same_seed_reads_the_same_sample_of_the_file() -> None:
    text = "mail ada@example.com\n" * 3_000 + MAIL * 10_000  # the analyzer knows but the latter
    budget = Budget(pattern_chars=80_000)

    def sampled(seed: int) -> Examination:
        return Examiner(PatternAnalyzer(), DEFAULT_ENTITIES, budget).examine(
            chunks(text.encode()), seed=seed
        )

    assert sampled(1) == sampled(1)
    assert sampled(1).seed == 1
    assert sampled(1).findings != sampled(2).findings


def test_window_read_by_patterns_and_then_by_the_model_counts_once() -> None:
    text = "".join(f"Grace Hopper, line {number}, {MAIL}" for number in range(500))
    budget = Budget(name_chars=60_000, pattern_chars=60_000)

    examination, _ = examine(text, budget)

    assert examination.findings[0].count == 500
    assert examination.coverage is Coverage.COMPLETE
