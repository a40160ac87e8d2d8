"""Reasons, versions and places become lists and mappings instead of words."""

from typing import Any

from django.db import migrations, models


def structured(apps: Any, schema_editor: Any) -> None:
    FileScan = apps.get_model("jobs", "FileScan")
    for scan in FileScan.objects.all().iterator():
        scan.reasons = [
            {"NOT_TEXT": "UNSUPPORTED_FORMAT"}.get(code.strip(), code.strip())
            for code in scan.old_reasons.split(",")
            if code.strip()
        ]
        scan.versions = {"all": scan.old_versions} if scan.old_versions else {}
        scan.save(update_fields=["reasons", "versions"])
    Finding = apps.get_model("jobs", "Finding")
    for finding in Finding.objects.all().iterator():
        finding.locations = [
            [["line", int(place.removeprefix("line "))]] for place in finding.locations
        ]
        finding.save(update_fields=["locations"])


class Migration(migrations.Migration):
    dependencies = [("jobs", "0003_jobs_have_a_language_and_may_await_a_confirmation")]

    operations = [
        migrations.RenameField("filescan", "reasons", "old_reasons"),
        migrations.RenameField("filescan", "versions", "old_versions"),
        migrations.AddField(
            "filescan",
            "reasons",
            models.JSONField(
                blank=True,
                default=list,
                help_text="Codes of scanning/reasons.py: why not all was seen.",
            ),
        ),
        migrations.AddField(
            "filescan",
            "versions",
            models.JSONField(blank=True, default=dict, help_text="Of scanner, model and rules."),
        ),
        migrations.AddField(
            "filescan",
            "method",
            models.CharField(
                blank=True, default="", help_text="What it was read as.", max_length=20
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "filescan",
            "seed",
            models.PositiveBigIntegerField(
                help_text="What chose the samples, where only samples were read closely.", null=True
            ),
        ),
        migrations.AlterField(
            "finding",
            "locations",
            models.JSONField(default=list, help_text="Places, from the outside in."),
        ),
        migrations.RunPython(structured, migrations.RunPython.noop),
        migrations.RemoveField("filescan", "old_reasons"),
        migrations.RemoveField("filescan", "old_versions"),
    ]
