"""What the settings make of the environment."""

from __future__ import annotations

import json
import runpy
from typing import Any

import pytest

from freeloader_site import settings

OPTIONS: dict[str, Any] = {"auth_url": "https://swift.example/auth/v1.0", "container": "common"}
PURPOSES = {"results/": {"container": "results", "storage_policy": "cheap"}}


def store_of(options: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("FREELOADER_STORE", "backends.swift.SwiftStore")
    monkeypatch.setenv("FREELOADER_STORE_OPTIONS", json.dumps(options))
    return runpy.run_path(settings.__file__)["STORAGES"]["default"]


def test_without_purposes_the_store_is_the_one_that_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = store_of(OPTIONS, monkeypatch)
    assert told == {"BACKEND": "backends.swift.SwiftStore", "OPTIONS": OPTIONS}


def test_with_purposes_it_is_several_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    told = store_of({**OPTIONS, "purposes": PURPOSES}, monkeypatch)
    assert told["BACKEND"] == "backends.purposes.PurposeStore"
    named = {"backend": "backends.swift.SwiftStore", "purposes": PURPOSES}
    assert told["OPTIONS"] == {**OPTIONS, **named}
