"""What the history keeps in English is told in the reader's language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import gettext, override

from backends.base import Coverage, FindingReport, Observation, Phase, ScanReport
from backends.memory.scanner import MemoryScanner
from jobs import reasons
from jobs.following.outcome import outcome_of
from jobs.models import Job
from jobs.states import State
from jobs.status_page.standing import named
from jobs.steps.scan import scan
from jobs.translated import translated
from scanning.policy import Handling, Policy, Rule, ScannedFile, decide
from scanning.words import place_text
from tests.walk import walk_to

ROOT = Path(__file__).resolve().parents[2]
BELOW = [*(ROOT / "jobs" / "node").glob("*.py"), *(ROOT / "backends").glob("*.py")]
BELOW += [ROOT / "jobs" / "manifest.py", ROOT / "uploads" / "parts.py"]
# What a blank may hold, as it is stored and as a German reads it.
ENGLISH = {
    "function": "merge",
    "file": "File 3", "files": "File 1, File 2", "count": 980,
    "number": 3, "times": 5, "task": "scan", "slurm_id": "4711", "node": "node-7",
    "state": "NODE_FAIL", "minutes": 60, "megabytes": 2000, "code": 9, "signal": "SIGSEGV",
    "gigabytes": "4.5", "name": "'a b.csv'", "what": "an input", "why": "it is encrypted",
    "words": "Invalid qos (100%).", "signature": "Win.Test.EICAR", "where": "in 2 places",
    "percent": "40 %", "done": 39, "of": 64,
    "places": "line 4, line 9, …", "purpose": "for viruses",
    "names": "“a.csv” is missing (size in bytes before: 1) (+3)", "before": "12", "after": "1",
    "line": 7, "byte": 17, "paths": "/home/fl/x", "planned": 65,
}  # fmt: skip
GERMAN = ENGLISH | {
    "file": "Datei 3", "files": "Datei 1, Datei 2", "why": "sie ist verschlüsselt",
    "names": "„a.csv“ fehlt (Größe in Bytes vorher: 1) (+3)",
    "where": "an 2 Stellen", "places": "Zeile 4, Zeile 9, …", "purpose": "auf Viren",
}  # fmt: skip


@pytest.fixture
def _german() -> Iterator[None]:
    with override("de"):
        yield


german = pytest.mark.usefixtures("_german")


@german
@pytest.mark.parametrize("sentence", reasons.SENTENCES)
def test_every_sentence_of_the_history_is_told_in_german(sentence: str) -> None:
    assert gettext(sentence) != sentence
    assert translated(sentence % ENGLISH) == gettext(sentence) % GERMAN


@pytest.mark.parametrize("sentence", reasons.SENTENCES)
def test_to_an_english_reader_it_is_told_as_it_is_stored(sentence: str) -> None:
    assert translated(sentence % ENGLISH) == sentence % ENGLISH


@german
def test_sentences_are_found_among_others() -> None:
    stored = f"{reasons.LOST} So said squeue. {reasons.AGAIN}"
    assert translated(stored) == (
        "Der Cluster hat den Auftrag verloren. So said squeue. Er wird erneut eingereicht."
    )


@german
@pytest.mark.parametrize(
    "words",
    ["These are real patients.", "ValueError: it is encrypted", "Rerunning.", "File 1 is odd.", ""],
)
def test_the_words_of_people_and_of_research_code_stay(words: str) -> None:
    assert translated(words) == words


@german
@pytest.mark.django_db
def test_files_are_named_in_what_is_told(job: Job) -> None:
    text = "File 1 was only partly checked for viruses: it is encrypted; it took too long."
    assert named(text, job) == (
        "„letters.txt“ wurde nur zum Teil auf Viren geprüft: sie ist verschlüsselt; "
        "es hat zu lange gedauert."
    )
    assert named("File 1 is odd.", job) == "File 1 is odd."


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
@pytest.mark.django_db
def test_what_is_packed_in_a_file_is_not_taken_for_a_file_that_was_sent(
    job: Job, language: str
) -> None:
    places = (("member", 1), ("header", "date of birth"), ("row", 2))
    found = FindingReport("PERSON", 1, 1.0, (places,))
    report = ScanReport("presidio", Coverage.COMPLETE, 9, 9, (), (found,))
    (text, *_more) = decide([ScannedFile("File 1", (report,))], Policy()).reasons
    with override(language):
        told = named(text, job)
        assert place_text(places, gettext) in told
    assert told.count("letters.txt") == 1


@german
def test_all_that_the_policy_says_is_told_in_german() -> None:
    mail = FindingReport("EMAIL_ADDRESS", 3, 1.0, ((("line", 12),), (("line", 40),)))
    person = FindingReport("PERSON", 1, 1.0)
    number = FindingReport("PHONE_NUMBER", 1, 0.4, ((("member", 3), ("line", 2)),))
    reports = (
        ScanReport("presidio", Coverage.PARTIAL, 9, 1, ("SAMPLED",), (mail, person, number)),
        ScanReport("other", Coverage.SKIPPED, 9, 0),
    )
    policy = Policy(personal_data=Rule(found=Handling.HOLD, threshold=0.5))
    decision = decide([ScannedFile("File 1", reports)], policy)
    assert translated(" ".join((*decision.reasons, *decision.warnings))) == (
        "Datei 1 enthält anscheinend eine E-Mail-Adresse, an 3 Stellen (Zeile 12, Zeile 40, …). "
        "Entfernen oder ersetzen Sie das und senden Sie die Datei noch einmal. "
        "Datei 1 enthält anscheinend Namen von Personen, an einer Stelle. "
        "Entfernen oder ersetzen Sie das und senden Sie die Datei noch einmal. "
        "Datei 1 wurde nur zum Teil auf personenbezogene Daten geprüft: "
        "sie ist zu lang, um ganz genau gelesen zu werden. "
        "Datei 1 konnte nicht von other geprüft werden. "
        "Datei 1 wurde nicht auf Viren geprüft. "
        "Datei 1 enthält möglicherweise eine Telefonnummer, an einer Stelle "
        "(Archiveintrag 3, Zeile 2)."
    )


@german
@pytest.mark.django_db
def test_what_became_of_a_run_is_told_in_german(job: Job) -> None:
    seen = Observation(Phase.FAILED, slurm_state="TIMEOUT", exit_code=0)
    limit = outcome_of(seen, b"", job.frozen, has_begun=True).message
    assert translated(limit) == "Er lief länger als die erlaubten 60 Minuten."
    killed = outcome_of(seen, b"", job.frozen, has_begun=False).message
    assert translated(killed) == "Der Cluster hat ihn als TIMEOUT beendet (Exit-Code 0)."


@german
@pytest.mark.django_db
def test_what_is_stored_is_english_whatever_the_worker_speaks(
    uploaded_job: Job, store: object
) -> None:
    walk_to(uploaded_job, State.SCANNING)
    scanners = {
        name: MemoryScanner({b"hello": "Eicar"}, name=name) for name in ("clamav", "presidio")
    }
    scan(uploaded_job, store=store, scanners=scanners)  # type: ignore[arg-type]
    assert uploaded_job.reason.startswith("File 1 holds Eicar, which the virus scanner knows")


def literal(node: ast.AST) -> str:
    """The text that is written there, with {} for what is filled in; empty if there is none."""
    if isinstance(node, ast.JoinedStr):
        return "".join(literal(part) or "{}" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def test_what_is_translated_of_node_and_backends_is_what_they_say() -> None:
    said = {literal(node) for path in BELOW for node in ast.walk(ast.parse(path.read_text()))}
    expected = {re.sub(r"%\(\w+\)[ds]", "{}", text) for text in reasons.FROM_BELOW}
    assert expected - said == set()


def moves() -> Iterator[ast.expr]:
    """The reason of every move that the code makes."""
    for path in (ROOT / "jobs").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith(".move_to"):
                yield from call.args[1:]


def test_no_step_gives_a_reason_that_cannot_be_translated() -> None:
    found = list(moves())
    assert len(found) > 10
    shown = [literal(why) for why in found]
    assert [text for text in shown if re.search("[a-z]", text)] == []


@german
def test_how_results_differ_is_told_in_german() -> None:
    told = [
        reasons.DIFFERS_IN_LINE % {"name": "a, b.csv", "line": 7, "before": 12, "after": 1},
        reasons.ONLY_AFTER % {"name": "new", "after": 0},
    ]
    reason = reasons.DIFFERENT_RESULTS % {"names": "; ".join(told)}
    assert translated(reason).endswith(
        "„a, b.csv“ ist in Zeile 7 anders (Größe in Bytes: 12, dann 1); "
        "„new“ gibt es nur nach Unterbrechungen (Größe in Bytes: 0)."
    )
