"""The version that records of runs name."""

from __future__ import annotations

import tomllib

from django.conf import settings


def test_the_settings_know_the_version_of_the_project() -> None:
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]
    assert project["version"] == settings.VERSION
