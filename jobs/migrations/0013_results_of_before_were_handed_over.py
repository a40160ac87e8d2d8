"""Results whose letters left before that was noted: their time has begun, and their end stays."""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone


def note_letters_of_before(apps: Any, schema_editor: Any) -> None:
    """Else their pages would say that the time is still to begin, and nobody would be warned."""
    jobs, links = (apps.get_model("jobs", name).objects for name in ("Job", "ResultLink"))
    letters = (
        apps.get_model("jobs", "Letter")
        .objects.filter(kind="delivered", transition__job=OuterRef("job"), sent_at__isnull=False)
        .order_by("sent_at")
    )
    # Of links of today it was noted, if it was so.
    of_before = links.filter(Exists(letters), handed_over_at=None, acts=None)
    told = list(of_before.order_by().values_list("pk", "job"))
    for begin in range(0, len(told), 500):
        some = told[begin : begin + 500]
        links.filter(pk__in=[pk for pk, _ in some]).update(
            handed_over_at=Subquery(letters.values("sent_at")[:1])
        )
        # For `expire`, which rests until the end: a letter is to be written before that.
        jobs.filter(pk__in=[job for _, job in some], state="delivered").update(
            due_at=timezone.now(), rung_at=None
        )


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0012_results_have_a_crc32"),
    ]

    operations = [
        migrations.RunPython(note_letters_of_before, migrations.RunPython.noop),
    ]
