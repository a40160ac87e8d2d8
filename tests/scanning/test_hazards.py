"""What has made Presidio slow, blind or hungry, given to the scan; docs/scanning.md lists it."""

from __future__ import annotations

import random
import re
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from backends.presidio import MAX_CHARS
from deploy.bench.scan.corpora import KINDS
from deploy.bench.scan.sides import Found, Naive, Ours
from scanning.evidence import DEFAULT_ENTITIES
from scanning.gate import Gate
from scanning.text import OVERLAP_CHARS, WINDOW_CHARS
from tests.backends.scan_bench import shared_presidio

CHECKOUT = Path(__file__).resolve().parents[2]
needs_model = pytest.mark.live
ONE_LINE = """
import itertools, re, resource
from backends.presidio import RawFinding
from scanning.evidence import DEFAULT_ENTITIES
from scanning.examine import Examiner
from scanning.limits import Budget

class Mails:
    timeouts = 0
    def analyze(self, text, *, by_model=True):
        found = re.finditer(r"\\w+@\\w+\\.org", text)
        return [RawFinding("EMAIL_ADDRESS", m.start(), m.end(), 1.0) for m in found]

def line(pieces):
    yield from itertools.repeat(b"0.123456," * 110_000, pieces)
    yield b" ada@example.org"

def examine(pieces):
    examination = Examiner(Mails(), DEFAULT_ENTITIES, Budget()).examine(line(pieces))
    return examination, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

_, before_kib = examine(2)
examination, after_kib = examine(102)
print(examination.findings[0].locations, examination.coverage.value, after_kib - before_kib)
"""


@pytest.mark.live  # seconds of a processor: kept out of the quick suite
def test_one_line_of_100_mb_takes_no_more_memory_than_one_of_2() -> None:
    said = subprocess.run(
        [sys.executable, "-c", ONE_LINE], cwd=CHECKOUT, capture_output=True, text=True, check=True
    ).stdout

    *found, growth_kib = said.split()
    assert found == ["((('line',", "1),),)", "complete"]
    assert int(growth_kib) < 20_000


def test_windows_are_short_enough_for_presidio_and_for_spacy() -> None:
    assert WINDOW_CHARS + OVERLAP_CHARS <= MAX_CHARS <= 1_000_000


def test_gate_still_sees_after_20_mb_of_noise() -> None:
    """An automaton that ran out of memory would miss, and say nothing."""
    gate, source = Gate(DEFAULT_ENTITIES), random.Random(5)  # noqa: S311
    letters = "".join(map(chr, [*range(32, 127), 10, *range(0xA0, 0x250), *range(0x400, 0x460)]))
    for _ in range(20):
        noise = "".join(source.choices(letters, k=2**16)) * 16
        for at in range(0, len(noise), WINDOW_CHARS):
            gate.hits(noise[at : at + WINDOW_CHARS])

    gate._test_itself()


def test_gate_is_linear_on_what_blows_other_patterns_up() -> None:
    gate = Gate(DEFAULT_ENTITIES)
    baits = ("a." * 10**6 + "@", "1 " * 10**6, "A" * 2 * 10**6, "name " * 10**5, "+1-" * 10**6)
    began_s = resource.getrusage(resource.RUSAGE_SELF).ru_utime

    for bait in baits:
        gate.hits(bait)

    assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - began_s < 20  # others take hours


@needs_model
def test_recogniser_of_addresses_in_the_web_is_not_asked() -> None:
    """On dotted text (DICOM's numbers, `a.a.a`) it takes a second for each kB."""
    engine, _ = shared_presidio()._loaded

    assert "URL" not in engine.get_supported_entities("en")


# --- beside naive Presidio -------------------------------------------------------------------


@cache
def sides() -> tuple[Naive, Ours]:
    return Naive(), Ours()


def parts(kind: str, seed: int, count: int) -> Iterator[str]:
    return islice(KINDS[kind](random.Random(seed)), count)  # noqa: S311


def passages(*kinds: str) -> st.SearchStrategy[str]:
    return st.builds(
        lambda *drawn: "".join(parts(*drawn)),
        st.sampled_from(sorted(kinds)),
        st.integers(0, 1_000),
        st.integers(1, 30),
    )


# Names are judged by whether they stand in prose or in data: of both in one window, or in one
# document, Presidio's findings are the same, but not what is made of them.
documents = st.one_of(
    st.lists(passages("prose"), min_size=3, max_size=7),
    st.lists(passages(*(kind for kind in KINDS if kind != "prose")), min_size=3, max_size=7),
).map("\n".join)


@needs_model
@pytest.mark.timeout(1800)
@settings(
    max_examples=10,
    derandomize=True,
    deadline=None,
    phases=[Phase.generate],  # to shrink takes minutes
    suppress_health_check=list(HealthCheck),
)
@given(documents)
def test_windows_behind_the_gate_find_what_presidio_finds_in_the_whole(text: str) -> None:
    naive, ours = sides()

    expected, found = naive.find(text), ours.find(text)

    assert without_names(found) == without_names(expected)
    # The model sees a name's surroundings, and they end where a window does.
    differing = (expected - found) + (found - expected)
    assert differing.total() <= max(2, 0.02 * expected.total())


def without_names(found: Found) -> Found:
    return Counter({place: count for place, count in found.items() if place[0] != "PERSON"})


@needs_model
def test_name_at_the_edge_of_a_window_is_found_once() -> None:
    """Of 240 names cut at hard edges 40 were lost."""
    _, ours = sides()
    filler = "the samples were kept cold until they could be analysed once more and " * 200
    text = "".join(
        f"{filler[: WINDOW_CHARS - 40 + shift]} Patient Ada Lovelace came. \n"
        for shift in range(0, 80, 4)
    )

    found = ours.find(text)

    assert found.total() == len(re.findall("Ada Lovelace", text))
