"""Names of persons, as far as they can be told from all other words with capitals."""

from __future__ import annotations

import re

from scanning.evidence.sight import STRONG, WEAK, Sight
from scanning.evidence.words import MAYBE_PEOPLE, NAME_WORDS, PEOPLE, TITLES

_TITLED = re.compile(rf"(?<![^\W_])(?:{TITLES})[.,:]? {{0,2}}\n?\Z", re.IGNORECASE)
_OF_A_PERSON = re.compile(
    rf"(?:(?:{PEOPLE})s?(?:[ _-]?name)?|{NAME_WORDS})\W{{1,4}}\Z", re.IGNORECASE
)
_MAYBE_OF_A_PERSON = re.compile(rf"(?:{MAYBE_PEOPLE})\W{{1,4}}\Z", re.IGNORECASE)
_PUNCTUATION = " \t\r\n,.;:()[]\"'"
_NOT_IN_NAMES = re.compile(r"[\d_=<>|{}\[\]\\/@#*+:\"\t]|  ")
_NAME_PART = re.compile(r"[^\W\d_a-z](?:[^\W\d_]|['’.-](?=[^\W\d_]))*\.?")
_PARTICLES = frozenset(
    ("de", "van", "von", "der", "den", "la", "le", "da", "di", "del", "bin", "al", "el", "of", "y")
)
_CAMEL_CASE = re.compile(r"[a-z][A-Z]{2}|[a-z][A-Z][a-z]+[A-Z]")
_NAME_GLUED_BEFORE = re.compile(r"[\w/=<{]\Z")
_NAME_GLUED_AFTER = re.compile(r"[\w=/(<]|\"\s*:")  # a key in JSON names no person
# Words of data files, and the names in their methods, atlases, vendors and programs.
_NO_NAMES_LIST = """
table figure fig sample group control condition trial run session subject subjects task rest
bold anat func data dataset file files readme changes license version protocol mean median std
max min left right frontal parietal temporal occipital cortex
welch student tukey bonferroni fisher gauss gaussian poisson bayes bayesian pearson spearman
kolmogorov smirnov wilcoxon mann whitney cohen kruskal wallis shapiro wilk
siemens philips bruker neuromag elekta illumina
brodmann talairach schaefer yeo destrieux desikan
matlab python freesurfer fmriprep psychopy presentation eprime bids nifti dicom fsl spm afni
ants mne eeglab fieldtrip docker linux windows ubuntu github zenodo openneuro google excel
"""
_NO_NAMES = frozenset(_NO_NAMES_LIST.split())


def name_weight(sight: Sight) -> float:
    """How good the evidence is that a person is named; 0 if there is none.

    Words that introduce a name make it strong evidence. Without one, only a full name in prose
    is, a full name in data is weak, and so is a single one in prose.
    """
    name, *more_lines = sight.value.strip(_PUNCTUATION).splitlines() or [""]
    if _NAME_GLUED_BEFORE.search(sight.before) or _NAME_GLUED_AFTER.match(sight.after):
        return 0
    is_introduced = bool(_TITLED.search(sight.before) or _OF_A_PERSON.search(sight.before))
    if not _may_be_a_name(name) or (more_lines and not is_introduced):
        return 0
    is_full = _is_full(name)
    if (is_full or sight.is_prose) and _MAYBE_OF_A_PERSON.search(sight.before):
        is_introduced = True
    if is_introduced or (is_full and sight.is_prose):
        return max(sight.score, STRONG)
    return WEAK if is_full or sight.is_prose else 0


def _is_full(name: str) -> bool:
    """Whether it has two parts, one of them more than an initial."""
    parts = [part for part in name.split() if part[0].isupper()]
    return len(parts) >= 2 and any(len(part.strip(".")) > 1 for part in parts)


def _may_be_a_name(name: str) -> bool:
    parts = [part for part in name.split() if part.lower() not in _PARTICLES]
    if len(name) < 4 or not parts or _NOT_IN_NAMES.search(name):
        return False
    if all(part.isupper() and len(part) > 2 for part in parts):
        return False
    return all(
        _NAME_PART.fullmatch(part)
        and not _CAMEL_CASE.search(part)
        and part.lower().strip(".") not in _NO_NAMES
        for part in parts
    )
