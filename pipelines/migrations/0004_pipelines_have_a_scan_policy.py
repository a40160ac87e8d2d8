"""What follows where a file was not wholly looked at, and which findings count, can be chosen."""

from typing import Any

from django.db import migrations, models

import pipelines.scan_policy


def keep_what_there_is(apps: Any, schema_editor: Any) -> None:
    """Pipelines from before were warned of what could not be looked at for personal data."""
    apps.get_model("pipelines", "Pipeline").objects.update(
        preset="own",
        personal_data_partial="warn",
        personal_data_unscannable="warn",
        personal_data_encrypted="warn",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("pipelines", "0003_pipelines_may_ask_for_a_confirmation"),
    ]

    operations = [
        migrations.AddField(
            model_name="pipeline",
            name="personal_data_certainty",
            field=models.PositiveSmallIntegerField(
                choices=[
                    (0, "all that are found"),
                    (50, "likely ones; of others it is only warned"),
                    (80, "almost certain ones; of others it is only warned"),
                ],
                default=50,
                verbose_name="findings that decide",
            ),
        ),
        migrations.AddField(
            model_name="pipeline",
            name="personal_data_encrypted",
            field=models.CharField(
                choices=[
                    ("off", "go on; only the report says so"),
                    ("warn", "warn: go on, and say so"),
                    ("hold", "hold: a person decides"),
                    ("reject", "reject"),
                ],
                default="hold",
                help_text="Where a file, or what is packed in it, needs a password.",
                max_length=10,
                verbose_name="encrypted, so not checked for personal data",
            ),
        ),
        migrations.AddField(
            model_name="pipeline",
            name="personal_data_kinds",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="Findings of other kinds are neither kept nor shown.",
                validators=[pipelines.scan_policy.known_kinds],
                verbose_name="what counts as personal data",
            ),
        ),
        migrations.AddField(
            model_name="pipeline",
            name="personal_data_partial",
            field=models.CharField(
                choices=[
                    ("off", "go on; only the report says so"),
                    ("warn", "warn: go on, and say so"),
                    ("hold", "hold: a person decides"),
                    ("reject", "reject"),
                ],
                default="hold",
                help_text="Where only a part of a file could be looked at, as it is too long or too large.",
                max_length=10,
                verbose_name="partly checked for personal data",
            ),
        ),
        migrations.AddField(
            model_name="pipeline",
            name="personal_data_unscannable",
            field=models.CharField(
                choices=[
                    ("off", "go on; only the report says so"),
                    ("warn", "warn: go on, and say so"),
                    ("hold", "hold: a person decides"),
                    ("reject", "reject"),
                ],
                default="hold",
                help_text="Where nothing could be read, as it is damaged or there is no reader for it.",
                max_length=10,
                verbose_name="not checked for personal data",
            ),
        ),
        migrations.AddField(
            model_name="pipeline",
            name="preset",
            field=models.CharField(
                choices=[
                    ("open", "Open data"),
                    ("human", "Human subjects"),
                    ("clinical", "Clinical"),
                    ("off", "Off"),
                    ("own", "Own choice: what is set below"),
                ],
                default="human",
                help_text="Choose one, and it sets all below. Change something below, and it is your own choice. Jobs keep what was set when their files were announced.",
                max_length=10,
                verbose_name="kind of data",
            ),
        ),
        migrations.AddField(
            model_name="pipeline",
            name="virus_encrypted",
            field=models.CharField(
                choices=[
                    ("off", "go on; only the report says so"),
                    ("warn", "warn: go on, and say so"),
                    ("hold", "hold: a person decides"),
                    ("reject", "reject"),
                ],
                default="hold",
                help_text="Where a file, or what is packed in it, needs a password.",
                max_length=10,
                verbose_name="encrypted, so not checked for viruses",
            ),
        ),
        migrations.AddField(
            model_name="pipeline",
            name="virus_partial",
            field=models.CharField(
                choices=[
                    ("off", "go on; only the report says so"),
                    ("warn", "warn: go on, and say so"),
                    ("hold", "hold: a person decides"),
                    ("reject", "reject"),
                ],
                default="hold",
                help_text="Where only a part of a file could be looked at, as it is too long or too large. Of files over 2 GiB that is always so.",
                max_length=10,
                verbose_name="partly checked for viruses",
            ),
        ),
        migrations.AddField(
            model_name="pipeline",
            name="virus_unscannable",
            field=models.CharField(
                choices=[
                    ("off", "go on; only the report says so"),
                    ("warn", "warn: go on, and say so"),
                    ("hold", "hold: a person decides"),
                    ("reject", "reject"),
                ],
                default="hold",
                help_text="Where nothing could be read, as it is damaged or there is no reader for it.",
                max_length=10,
                verbose_name="not checked for viruses",
            ),
        ),
        migrations.AlterField(
            model_name="pipeline",
            name="personal_data_policy",
            field=models.CharField(
                choices=[
                    ("off", "off: do not look"),
                    ("warn", "warn: go on, and say so"),
                    ("hold", "hold: a person decides"),
                    ("reject", "reject"),
                ],
                default="hold",
                help_text="Whoever decides about held files sees kind, number and place of what was found, never the names or numbers themselves.",
                max_length=10,
                verbose_name="personal data is found",
            ),
        ),
        migrations.AlterField(
            model_name="pipeline",
            name="virus_policy",
            field=models.CharField(
                choices=[
                    ("off", "off: do not look"),
                    ("warn", "warn: go on, and say so"),
                    ("hold", "hold: a person decides"),
                    ("reject", "reject"),
                ],
                default="reject",
                help_text="Held files reach no program before a person lets them go on.",
                max_length=10,
                verbose_name="a virus is found",
            ),
        ),
        migrations.RunPython(keep_what_there_is, migrations.RunPython.noop),
    ]
