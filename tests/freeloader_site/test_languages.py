"""The languages: complete, with the same blanks as the English, compiled, and up to date."""

from __future__ import annotations

import gettext
import os
import re
import shutil
import struct
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tests.catalogue import LOCALE, Entry, read_po
from tests.parts import lacks

ROOT = LOCALE.parent
CATALOGUES = sorted(LOCALE.glob("*/LC_MESSAGES/django.po"))
BLANK = re.compile(r"%\(\w+\)[ds]|%%|\{\w+\}|</?\w+|data-\w+")
each_catalogue = pytest.mark.parametrize("po", CATALOGUES, ids=lambda po: po.parts[-3])


def blanks(text: str) -> Counter[str]:
    """What is filled in, and the tags; links may lead elsewhere in another language."""
    return Counter(BLANK.findall(text))


def test_there_is_a_catalogue_for_each_language_but_english() -> None:
    offered = {code for code, _name in settings.LANGUAGES}
    assert offered - {"en"} == {po.parts[-3] for po in CATALOGUES}


@each_catalogue
def test_every_text_is_translated_and_nothing_is_a_guess_or_left_over(po: Path) -> None:
    entries = read_po(po)
    assert len(entries) > 300
    assert [entry.forms for entry in entries if not all(entry.translations)] == []
    assert [entry.forms for entry in entries if "fuzzy" in entry.flags] == []
    assert "#~" not in po.read_text()


@each_catalogue
def test_a_translation_has_the_blanks_and_tags_of_the_english(po: Path) -> None:
    for entry in read_po(po):
        known = [blanks(form) for form in entry.forms]
        for translation in entry.translations:
            assert blanks(translation) in known, translation
        assert blanks(entry.translations[-1]) == known[-1]


@each_catalogue
def test_a_translation_begins_and_ends_as_the_english(po: Path) -> None:
    for form, translation in ((entry.forms[0], entry.translations[0]) for entry in read_po(po)):
        assert (form[-1] == ".") is (translation[-1] == "."), translation
        assert translation == translation.strip()


@each_catalogue
def test_what_is_compiled_is_what_is_written(po: Path) -> None:
    mo = po.with_suffix(".mo")
    entries = read_po(po)
    with mo.open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert struct.unpack_from("<I", mo.read_bytes(), 8)[0] == len(entries) + 1  # and the header
    for entry in entries:
        assert told(compiled, entry) == entry.translations, "run: make messages"


def told(compiled: gettext.GNUTranslations, entry: Entry) -> tuple[str, ...]:
    if entry.context:
        return (compiled.pgettext(entry.context, *entry.forms),)
    if len(entry.forms) == 1:
        return (compiled.gettext(entry.forms[0]),)
    one, more = entry.forms
    return (compiled.ngettext(one, more, 1), compiled.ngettext(one, more, 2))


@pytest.mark.live
@each_catalogue
def test_the_catalogue_has_the_texts_of_the_sources(po: Path, tmp_path: Path) -> None:
    if not shutil.which("xgettext"):
        lacks("gettext", "apt-get install gettext")
    copy = tmp_path / "site"
    # Bytecode is being written beside this test, under names that are soon gone.
    without = ("build", "tests", "deploy", "docs", "examples", "__pycache__")
    unneeded = shutil.ignore_patterns(".*", *without)
    shutil.copytree(ROOT, copy, ignore=unneeded)
    command = [sys.executable, "manage.py", "makemessages", "-l", po.parts[-3]]
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "freeloader_site.settings",
        "FREELOADER_SECRET_KEY": "x",
    }
    subprocess.run(command, cwd=copy, env=env, check=True, capture_output=True)
    found, known = texts(copy / po.relative_to(ROOT)), texts(po)
    assert found ^ known == set(), "run: make messages"


def texts(po: Path) -> set[tuple[str, tuple[str, ...]]]:
    return {(entry.context, entry.forms) for entry in read_po(po)}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("de", "de"),
        ("de-AT,de;q=0.9", "de"),
        ("fr,de;q=0.5", "de"),
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
        ("fr", "en"),
        ("", "en"),
    ],
)
def test_the_browser_says_which_language_a_page_has(wanted: str, given: str) -> None:
    answer = Client(headers={"accept-language": wanted}).get("/")
    assert f'<html lang="{given}">' in answer.content.decode()
    assert answer["Content-Language"] == given
    assert "Accept-Language" in answer["Vary"]
    assert not answer.cookies


def test_a_site_may_switch_languages_off() -> None:
    program = "from django.conf import settings; print(settings.LANGUAGES, settings.LANGUAGE_CODE)"
    env = os.environ | {"FREELOADER_LANGUAGES": "de"}
    said = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=env, check=True, capture_output=True
    )
    assert said.stdout.decode() == "[('de', 'Deutsch')] de\n"
