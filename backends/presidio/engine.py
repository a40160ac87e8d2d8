"""Presidio's engine for use offline: one model, its recognisers but for one, lean parts."""

from __future__ import annotations

import importlib.util
import logging
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine
    from spacy.language import Language
    from spacy.tokens import Doc

REGEX_TIMEOUT_S = 2
OUR_RECOGNIZERS = Path(__file__).with_name("recognizers.yaml")

# Only the named-entity recogniser is used; the context words need lemmas, see `_lower_lemmas`.
_UNUSED_PIPES = ("tagger", "parser", "senter", "attribute_ruler", "lemmatizer")
_UNUSED_LABELS = (
    *("CARDINAL", "ORDINAL", "PERCENT", "QUANTITY", "MONEY", "LAW", "LANGUAGE"),
    *("EVENT", "FAC", "PRODUCT", "WORK_OF_ART"),
)


def load_nlp(model: str) -> Language:
    """The model, by name or path, with its `ner` and what Presidio needs besides; as installed."""
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
    _multiply_by_numpy(nlp)
    return nlp


def _multiply_by_numpy(nlp: Language) -> None:
    """Its BLAS is made for each processor's vector units; thinc's own is up to three times slower.

    That holds for one thread: OPENBLAS_NUM_THREADS=1, as the scanning process has it.
    """
    ner: Any = nlp.get_pipe("ner")
    for node in ner.model.walk():
        if hasattr(node.ops, "use_blis"):
            node.ops.use_blis = False


def _listeners(tok2vec: Any) -> list[str]:
    return list(tok2vec.listening_components)


def _lower_lemmas(doc: Doc) -> Doc:
    """Without lemmas Presidio sees no context words at all, and says nothing."""
    for token in doc:
        token.lemma_ = token.lower_
    return doc


def build_engine(
    nlp: Language, watch: TimeoutWatch, recognizers: Path | None = None
) -> AnalyzerEngine:
    """Presidio's own engine; its recognisers, ours and a site's; `watch` gets what they log."""
    os.environ.setdefault("REGEX_TIMEOUT_SECONDS", str(REGEX_TIMEOUT_S))  # read at import
    from presidio_analyzer import AnalyzerEngine

    from backends.presidio.lean import BisectingEnhancer

    watch.attach(logging.getLogger("presidio-analyzer"))
    _keep_suffixes_offline()
    nlp_engine = _nlp_engine(nlp)
    return AnalyzerEngine(
        registry=_registry(nlp_engine, recognizers),
        nlp_engine=nlp_engine,
        context_aware_enhancer=BisectingEnhancer(context_matching_mode="whole_word"),
    )


def _keep_suffixes_offline() -> None:
    """Else the first e-mail address found makes it fetch the public suffix list."""
    import tldextract

    offline = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    tldextract.tldextract.TLD_EXTRACTOR = offline


def _nlp_engine(nlp: Language) -> SpacyNlpEngine:
    from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine

    nlp_engine = SpacyNlpEngine(
        models=[{"lang_code": "en", "model_name": nlp.meta["name"]}],
        ner_model_configuration=NerModelConfiguration(labels_to_ignore=_UNUSED_LABELS),
    )
    # As loaded above: Presidio's own load() might download. Its type says None until then.
    nlp_engine.nlp = {"en": nlp}  # type: ignore[assignment]
    return nlp_engine


def _registry(nlp_engine: SpacyNlpEngine, recognizers: Path | None) -> RecognizerRegistry:
    from presidio_analyzer.predefined_recognizers import IbanRecognizer
    from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider

    from backends.presidio.lean import OneScanPhoneRecognizer
    from backends.presidio.national import national_recognizers

    registry = RecognizerRegistryProvider().create_recognizer_registry()
    registry.add_nlp_recognizer(nlp_engine=nlp_engine)
    registry.remove_recognizer("UrlRecognizer")  # 35 s on 40 kB of dotted text
    registry.remove_recognizer("PhoneRecognizer")
    registry.add_recognizer(OneScanPhoneRecognizer())
    # The registry's own ignores case, and takes the word behind a number for a part of it.
    registry.add_recognizer(IbanRecognizer())
    for recognizer in national_recognizers():
        registry.add_recognizer(recognizer)
    registry.add_recognizers_from_yaml(OUR_RECOGNIZERS)
    if recognizers:
        _add_recognizers(registry, recognizers)
    return registry


def _add_recognizers(registry: RecognizerRegistry, file: Path) -> None:
    try:
        registry.add_recognizers_from_yaml(file)
    except Exception as error:
        raise ValueError(f"the recognisers in {file}: {error}") from error


class TimeoutWatch(logging.Handler):
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
