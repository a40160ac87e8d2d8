"""Presidio's own parts beside the quick ones that take their place: the same findings."""

from __future__ import annotations

from typing import Any

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from presidio_analyzer import RecognizerResult
from presidio_analyzer.context_aware_enhancers import LemmaContextAwareEnhancer
from presidio_analyzer.nlp_engine import NlpArtifacts
from presidio_analyzer.predefined_recognizers import PhoneRecognizer, UsSsnRecognizer
from spacy.lang.en import English

from backends.presidio.lean import MIN_PHONE_DIGITS, BisectingEnhancer, OneScanPhoneRecognizer

FORMS = (
    "###-###-####", "(###) ###-####", "+1 ### ### ####", "+49 30 ######", "0171 #######",
    "020 #### ####", "## ## ## ## ##", "########", "##########", "####-##-##", "###-##-####",
    "#### #### #### ####", "0.#########", "05#-###-####", "(##) 9####-####", "#", "##/##/####",
    "###.###.####", "2024-10-2# 0#:3#",
)  # fmt: skip
BETWEEN = (" ", ", ", "\n", " / ", " x", ";", "-", "a", "tel ", " – ", " or ", "$")
numbers = st.tuples(st.sampled_from(FORMS), st.randoms(use_true_random=False)).map(
    lambda made: "".join(str(made[1].randrange(10)) if c == "#" else c for c in made[0])
)
texts = st.lists(st.tuples(numbers, st.sampled_from(BETWEEN)), max_size=6).map(
    lambda parts: "".join(map("".join, parts))
)


def phones(recognizer: PhoneRecognizer, text: str) -> set[tuple[int, int, float]]:
    found = recognizer.analyze(text, ["PHONE_NUMBER"])
    return {
        (one.start, one.end, one.score)
        for one in found
        if sum(map(str.isdigit, text[one.start : one.end])) >= MIN_PHONE_DIGITS
    }


@settings(deadline=None, max_examples=60)
@given(texts)
def test_telephone_numbers_are_those_that_presidio_finds(text: str) -> None:
    assert phones(OneScanPhoneRecognizer(), text) == phones(PhoneRecognizer(), text)


def test_telephone_number_after_very_many_others_is_found() -> None:
    """The original gives up after so many tries; this one is told the tries."""
    text = "0.12345 " * 40 + "call 212-555-0198"

    given_up = phonenumbers.PhoneNumberMatcher(text, "US", max_tries=30)
    assert list(given_up) == []
    assert [text[start:end] for start, end, _ in phones(OneScanPhoneRecognizer(), text)] == [
        "212-555-0198"
    ]


def artifacts(text: str) -> NlpArtifacts:
    doc = ENGLISH(text)
    lemmas = [token.lower_ for token in doc]
    nobody: Any = None
    made = NlpArtifacts([], doc, [token.idx for token in doc], lemmas, nobody, "en")
    made.keywords = lemmas
    return made


words = st.sampled_from(["SSN", "ssn:", "social", "number", "security", "of", "x", "(", "\n", "é"])
ENGLISH = English()
SSN = "536-90-4399"


@settings(deadline=None, max_examples=60)
@given(st.lists(st.one_of(words, st.just(SSN)), max_size=30).map(" ".join))
def test_words_before_a_finding_raise_it_as_presidio_does(text: str) -> None:
    recognizer = UsSsnRecognizer()
    raw = recognizer.analyze(text, ["US_SSN"])

    def raised(enhancer: LemmaContextAwareEnhancer) -> list[RecognizerResult]:
        return list(enhancer.enhance_using_context(text, raw, artifacts(text), [recognizer]))

    original = LemmaContextAwareEnhancer(context_matching_mode="whole_word")
    assert raised(BisectingEnhancer(context_matching_mode="whole_word")) == raised(original)


def test_finding_where_no_token_is_says_nothing_of_it() -> None:
    with pytest.raises(ValueError, match="no token at a finding's place"):
        BisectingEnhancer._find_index_of_match_token("Ada", 99, ENGLISH("a b"), [0, 2])
