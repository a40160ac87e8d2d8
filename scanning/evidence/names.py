"""Names of persons, as far as they can be told from all other words with capitals."""

from __future__ import annotations

import re

from scanning.evidence.sight import STRONG, WEAK, Sight

_INTRODUCED = re.compile(
    r"(name|patient|participant|subject|investigator|author|contact|signed|dear|mr|mrs|ms|miss|dr"
    r"|prof|nurse|mother|father|by|sincerely|regards|hi|hello|i am|i'm)\W{0,4}\Z",
    re.IGNORECASE,
)
_PUNCTUATION = " \t\r\n,.;:()[]\"'"
_NOT_IN_NAMES = re.compile(r"[\d_=<>|{}\[\]\\/@#*+:\"\t]")
_NAME_PART = re.compile(r"[^\W\d_a-z](?:[^\W\d_]|['’.-](?=[^\W\d_]))*\.?")
_PARTICLES = frozenset(
    ("de", "van", "von", "der", "den", "la", "le", "da", "di", "del", "bin", "al", "el", "of", "y")
)
_CAMEL_CASE = re.compile(r"[a-z][A-Z]{2}|[a-z][A-Z][a-z]+[A-Z]")
_NAME_GLUED_BEFORE = re.compile(r"[\w/=<{]\Z")
_NAME_GLUED_AFTER = re.compile(r"[\w=/(<]")
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

    Without a word that introduces it, only a full name in prose is strong evidence.
    """
    name, *more_lines = sight.value.strip(_PUNCTUATION).splitlines() or [""]
    is_introduced = bool(_INTRODUCED.search(sight.before))
    if _NAME_GLUED_BEFORE.search(sight.before) or _NAME_GLUED_AFTER.match(sight.after):
        return 0
    if not _may_be_a_name(name) or (more_lines and not is_introduced):
        return 0
    parts = [part for part in name.split() if part[0].isupper()]
    is_full = len(parts) >= 2 and any(len(part.strip(".")) > 1 for part in parts)
    is_strong = is_introduced or (is_full and sight.is_prose)
    return max(sight.score, STRONG) if is_strong else WEAK


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
