import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0001_jobs_their_history_and_results"),
    ]

    operations = [
        migrations.CreateModel(
            name="Alarm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        help_text="What it is about: one open alarm of each.", max_length=200
                    ),
                ),
                ("text", models.TextField(help_text="What is wrong, and what to do.")),
                (
                    "raised_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                (
                    "seen_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("ended_at", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "ordering": ["-raised_at"],
            },
        ),
        migrations.AlterModelOptions(
            name="attempt",
            options={"ordering": ["submission", "number"]},
        ),
        migrations.RemoveConstraint(
            model_name="attempt",
            name="one_row_per_attempt",
        ),
        migrations.AddField(
            model_name="attempt",
            name="submission",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="job",
            name="announcement",
            field=models.UUIDField(
                editable=False,
                help_text="The upload page's own name for it: announced twice, it is still one job.",
                null=True,
                unique=True,
            ),
        ),
        migrations.AddField(
            model_name="job",
            name="submission",
            field=models.PositiveSmallIntegerField(
                default=1,
                editable=False,
                help_text="How often it was handed in: again, and under a new name, only after a loss.",
            ),
        ),
        migrations.AlterField(
            model_name="heartbeat",
            name="name",
            field=models.CharField(max_length=200, primary_key=True, serialize=False),
        ),
        migrations.AlterField(
            model_name="letter",
            name="kind",
            field=models.CharField(
                choices=[
                    ("received", "received"),
                    ("delivered", "delivered"),
                    ("rejected", "rejected"),
                    ("failed", "failed"),
                    ("held", "held"),
                    ("cancelled", "cancelled"),
                    ("alarm", "alarm"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="letter",
            name="transition",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="letter",
                to="jobs.transition",
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.UniqueConstraint(
                fields=("job", "submission", "number"), name="one_row_per_attempt"
            ),
        ),
        migrations.AddConstraint(
            model_name="alarm",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("cause",),
                name="one_open_alarm_per_cause",
            ),
        ),
        migrations.AddField(
            model_name="letter",
            name="alarm",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="letter",
                to="jobs.alarm",
            ),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(("transition", None), ("alarm", None), _connector="XOR"),
                name="a_letter_is_about_one_thing",
            ),
        ),
    ]
