from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("uploads", "0005_uploads_go_before_their_bytes"),
    ]

    # The column keeps its name: web processes of before ask for it while an upgrade goes on.
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField(
                    model_name="upload",
                    old_name="deleted_at",
                    new_name="let_go_at",
                ),
                migrations.AlterField(
                    model_name="upload",
                    name="let_go_at",
                    field=models.DateTimeField(
                        db_column="deleted_at",
                        editable=False,
                        help_text="From then on no job is made of it, and its bytes are removed from the store.",
                        null=True,
                    ),
                ),
            ],
        ),
    ]
