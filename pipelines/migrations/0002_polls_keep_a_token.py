from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pipelines", "0001_pipelines_clusters_and_code"),
    ]

    operations = [
        migrations.AddField(
            model_name="cluster",
            name="min_job_age_s",
            field=models.PositiveIntegerField(
                editable=False,
                help_text="How many seconds slurmctld shows a job after its end; looks must be closer.",
                null=True,
                verbose_name="MinJobAge",
            ),
        ),
        migrations.AddField(
            model_name="cluster",
            name="poll_token",
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="cluster",
            name="stirred_at",
            field=models.DateTimeField(
                editable=False, help_text="When a look last saw something new.", null=True
            ),
        ),
    ]
