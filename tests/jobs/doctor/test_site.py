"""Settings that do not fit together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage

from jobs.doctor import site
from jobs.doctor.diagnosis import Health

HTTPS = "https://freeloader.example"


@pytest.mark.parametrize(
    ("url", "hosts", "health", "words"),
    [
        (HTTPS, ["freeloader.example"], Health.OK, HTTPS),
        (HTTPS, [".example"], Health.OK, HTTPS),
        (HTTPS, ["localhost"], Health.FAULT, "does not answer to freeloader.example"),
        ("http://freeloader.example", ["*"], Health.FAULT, "unencrypted"),
        ("http://127.0.0.1:8000", ["127.0.0.1"], Health.WARNING, "this machine alone"),
        ("freeloader.example", ["*"], Health.FAULT, "no working links"),
        (f"{HTTPS}/sub", ["*"], Health.FAULT, "no working links"),
    ],
)
def test_the_address_in_letters_must_lead_here(
    settings: Any, url: str, hosts: list[str], health: Health, words: str
) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS = url, hosts
    found = site.address()
    assert found.health is health
    assert words in found.what


@pytest.mark.parametrize(
    ("key", "old", "health"),
    [
        ("k3y" + "abcdefgh" * 7, [], Health.OK),
        ("qwertz", [], Health.FAULT),
        ("a" * 60, [], Health.FAULT),
        ("django-insecure-" + "abcdefgh" * 7, [], Health.FAULT),
        ("k3y" + "abcdefgh" * 7, ["qwertz"], Health.FAULT),
    ],
)
def test_a_key_that_can_be_guessed_is_a_fault_and_never_shown(
    settings: Any, key: str, old: list[str], health: Health
) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = key, old
    found = site.secret_key()
    assert found.health is health
    assert key not in found.what + found.mend


def test_debug_pages_are_a_fault_where_others_see_them(settings: Any) -> None:
    assert site.debugging().health is Health.OK
    settings.DEBUG, settings.SITE_URL = True, "http://127.0.0.1:8000"
    assert site.debugging().health is Health.WARNING
    settings.SITE_URL = HTTPS
    assert site.debugging().health is Health.FAULT


def test_static_files_that_were_not_collected_are_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = ManifestStaticFilesStorage(location=str(tmp_path))
    monkeypatch.setattr(site, "staticfiles_storage", storage)
    found = site.static_files()
    assert (found.health, "collectstatic" in found.mend) == (Health.FAULT, True)
    (tmp_path / "staticfiles.json").write_text("{}")
    assert site.static_files().health is Health.OK


def test_nobody_to_ask_is_a_warning(settings: Any) -> None:
    settings.SUPPORT_EMAIL = ""
    assert site.support().health is Health.WARNING
    settings.SUPPORT_EMAIL = "support@uni.example"
    assert site.support().health is Health.OK


def test_a_proxy_that_nobody_was_told_of_is_a_warning(settings: Any) -> None:
    settings.SITE_URL = "http://127.0.0.1:8000"
    assert site.proxies().health is Health.OK
    settings.SITE_URL = HTTPS
    assert site.proxies().health is Health.WARNING
    settings.TRUSTED_PROXIES = 1
    assert site.proxies().health is Health.OK
