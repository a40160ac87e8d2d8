"""The hash of the rules: the same for the same rules, another for others."""

from __future__ import annotations

from pathlib import Path

import pytest

from backends.presidio import OUR_RECOGNIZERS
from scanning import versions
from scanning.versions import rules_sha256


def test_rules_have_one_short_hash() -> None:
    assert rules_sha256() == rules_sha256()
    assert len(bytes.fromhex(rules_sha256())) == 6


def test_sites_recognisers_are_a_part_of_the_rules(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    hashes = {rules_sha256()}
    for text in ("recognizers: []", "recognizers: [ ]"):
        file.write_text(text)
        hashes.add(rules_sha256(file))

    assert len(hashes) == 3


def test_every_source_is_a_part_of_the_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "_ROOM", tmp_path / "scanning")
    monkeypatch.setattr(versions, "_DOOR", tmp_path / "backends")
    hashes = {rules_sha256()}
    sources = ("scanning/gate.py", "scanning/readers/text.py", "backends/recognizers.yaml")
    for name in sources:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("rule = 1")
        hashes.add(rules_sha256())

    assert len(hashes) == 4


def test_our_own_recognisers_are_where_rules_are_looked_for() -> None:
    assert OUR_RECOGNIZERS.is_relative_to(versions._DOOR)
