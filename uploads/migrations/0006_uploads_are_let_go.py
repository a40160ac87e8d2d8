from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("uploads", "0005_uploads_go_before_their_bytes"),
    ]

    operations = [
        migrations.RenameField(
            model_name="upload",
            old_name="deleted_at",
            new_name="let_go_at",
        ),
    ]
