"""The same text looked at by naive Presidio and by us, in one process, on the CPU clock."""

from __future__ import annotations

import logging
import time
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import repeat
from typing import Any

from backends.presidio import Presidio, RawFinding, installed_model
from deploy.bench.scan.corpora import KINDS, text_of
from deploy.bench.scan.figures import Compared, Scale
from scanning.budget import Purse
from scanning.evidence import DEFAULT_ENTITIES, evidence_in, presidio_entities
from scanning.examine import Examiner
from scanning.gate import Gate
from scanning.limits import Budget
from scanning.look import Inspection, Look
from scanning.plain import plain
from scanning.readers import READERS
from scanning.readers.text import read_text_file
from scanning.sources import Source
from scanning.text import decoded, windows
from scanning.tools import Tools
from scanning.types import Kind, kind_of

Found = Counter[tuple[str, int]]
"""How often what was found, by entity and line."""

ENDLESS = Budget(name_chars=10**9, pattern_chars=10**9, seconds=10**6)
WARM_UP = "Dear Ada Lovelace, ada@example.org, +49 30 901820, 4111 1111 1111 1111."


class Naive:
    """Presidio as its documentation begins: the whole text to a default AnalyzerEngine.

    Only the model is another one (its default has to be downloaded), the network is left alone,
    and what it finds passes our judgement of what is evidence.
    """

    @cached_property
    def _engine(self) -> Any:
        import spacy
        import tldextract
        from presidio_analyzer import AnalyzerEngine
        from presidio_analyzer.nlp_engine import SpacyNlpEngine

        logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)  # a line for each number
        offline = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
        tldextract.tldextract.TLD_EXTRACTOR = offline
        model = installed_model()
        nlp_engine = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": model}])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            nlp_engine.nlp = {"en": spacy.load(model)}  # type: ignore[assignment] # None until then
        return AnalyzerEngine(nlp_engine=nlp_engine)

    def find(self, text: str) -> Found:
        """Seconds for each 10 kB; more than twice as many for twice as much."""
        wanted = presidio_entities(DEFAULT_ENTITIES)
        results = self._engine.analyze(text, "en", entities=wanted)
        raw = [RawFinding(r.entity_type, r.start, r.end, r.score) for r in results]
        found = evidence_in(text, raw, DEFAULT_ENTITIES)
        return Counter((one.entity, 1 + text.count("\n", 0, one.start)) for one in found)


@dataclass(frozen=True)
class _Listening(Look):
    """A look that hears of every finding, beyond those that a report lists."""

    heard: Found = field(default_factory=Counter)

    def found(
        self, entity: str, score: float, *within: tuple[str, int | str], count: int = 1
    ) -> None:
        self.heard[entity, int(dict(within)["line"])] += count


class Ours:
    """The windows, the gate and lean Presidio; and the whole scan, tables by their columns."""

    def __init__(self) -> None:
        self._presidio = Presidio(presidio_entities(DEFAULT_ENTITIES))
        self._examiner = Examiner(self._presidio, DEFAULT_ENTITIES, ENDLESS)
        self._tools = Tools(
            self._presidio, DEFAULT_ENTITIES, Gate(DEFAULT_ENTITIES), lambda source, look: None
        )

    def find(self, text: str) -> Found:
        """With the reader for the kind; tables as any text, line by line."""
        look, data = _Listening(Inspection(Purse(ENDLESS), 0)), text.encode()
        kind = kind_of(data)
        reader = read_text_file if kind is Kind.TABLE else READERS[kind]
        reader(Source([data], len(data)), look, self._tools)
        look.inspection.purse.settle()
        return look.heard

    def examine(self, text: str) -> Found:
        """As a file with this content is read; by entity, with no lines."""
        data = text.encode()
        examination = self._examiner.examine(iter([data]), size_bytes=len(data))
        return Counter({(found.entity, 0): found.count for found in examination.findings})


def compare(scale: Scale, tell: Callable[[str], None]) -> dict[str, Compared]:
    """Both on every kind of text."""
    naive, ours = Naive(), Ours()
    for side in (naive, ours):
        side.find(WARM_UP)
    compared = {}
    for kind in KINDS:
        tell(f"naive Presidio and ours on {kind}")
        compared[kind] = _compared(text_of(kind, scale.compared_bytes), naive, ours, scale.rounds)
    return compared


def _compared(text: str, naive: Naive, ours: Ours, rounds: int) -> Compared:
    expected, naive_s = _timed(lambda: naive.find(text))
    pairs = [_timed(lambda: ours.find(text)) for _ in range(rounds)]
    whole_s = min(_timed(lambda: ours.examine(text))[1] for _ in range(rounds))
    found = pairs[0][0]
    return Compared(
        size_bytes=len(text.encode()),
        naive_s=naive_s,
        ours_s=min(seconds for _, seconds in pairs),
        whole_s=whole_s,
        findings=expected.total(),
        lost=(expected - found).total(),
        new=(found - expected).total(),
    )


def _timed(act: Callable[[], Found]) -> tuple[Found, float]:
    """What it finds, and the seconds of CPU that it takes."""
    began = time.process_time()
    found = act()
    return found, time.process_time() - began


def gate_mb_per_s(scale: Scale) -> dict[str, float]:
    """Bytes to text, to windows, through the gate: megabytes for each second of CPU."""
    gate, speeds = Gate(DEFAULT_ENTITIES), {}
    for kind in KINDS:
        block = text_of(kind, 10**6).encode()
        count = scale.gate_bytes // len(block)
        began = time.process_time()
        rewritten = str if kind == "fastq" else plain  # only the names of reads are rewritten
        for window in windows(decoded(repeat(block, count), "utf-8"), rewritten):
            gate.hits(window.text)
        speeds[kind] = count * len(block) / 1e6 / (time.process_time() - began)
    return speeds
