"""What a page promises of the check, before a byte is sent."""

from __future__ import annotations

import pytest
from django.test import Client

from jobs.check.promise import check_promise, personal_data_looked_for
from pipelines.models import Pipeline
from pipelines.scan_policy import fields_of
from scanning.policy import Handling, Policy, Rule
from scanning.presets import PRESETS

BEFORE = "Your files are checked before anybody's program sees them. "
PROMISES = {
    "open": BEFORE + "Files with a virus are refused. Files with personal data wait until a person "
    "has decided about them. What cannot be checked as a whole may wait for a person, too.",
    "human": BEFORE + "Files with a virus are refused. Files with personal data wait until a "
    "person has decided about them. What cannot be checked as a whole may wait for a person, too.",
    "clinical": BEFORE + "Files with a virus are refused. Files with personal data are refused. "
    "What cannot be checked as a whole may wait for a person or be refused, too.",
    "off": "Your files are not checked for viruses or personal data; the people who offer this "
    "page have chosen so.",
}


def offering(policy: Policy) -> Pipeline:
    return Pipeline(**fields_of(policy))


@pytest.mark.parametrize("name", PRESETS)
def test_each_preset_is_promised_in_plain_sentences(name: str) -> None:
    assert check_promise(offering(PRESETS[name].policy)) == PROMISES[name]


def test_what_is_not_looked_for_is_said() -> None:
    warned = Rule(Handling.WARN, Handling.WARN, Handling.WARN, Handling.WARN)
    offer = offering(Policy(viruses=Rule(found=Handling.OFF), personal_data=warned))
    assert check_promise(offer) == (
        BEFORE + "You are told of personal data. No file is checked for viruses."
    )
    offer.personal_data_policy = "off"
    assert personal_data_looked_for(offer) == []


@pytest.mark.django_db
def test_the_page_says_so_before_anything_is_sent(client: Client, pipeline: Pipeline) -> None:
    pipeline.personal_data_kinds = ["PERSON"]
    pipeline.save()
    page = client.get("/p/word-count/").content.decode()
    assert "Files with a virus are refused." in page
    assert "<li>a person&#x27;s name</li></ul>" in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "Your files are deleted when the job has ended."),
        (1, "Your files are kept for one day after the job has ended"),
        (30, "Your files are kept for 30 days after the job has ended"),
    ],
)
def test_the_page_says_how_long_files_are_kept(
    client: Client, pipeline: Pipeline, days: int, words: str
) -> None:
    pipeline.input_days = days
    pipeline.save()
    assert words in client.get("/p/word-count/").content.decode()
