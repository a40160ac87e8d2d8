"""Static files under names that hash their content, so that browsers may keep them for good."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # it has no types
    """The modules' imports are hashed too: old and new ones never mix after an upgrade."""

    support_js_module_import_aggregation = True
