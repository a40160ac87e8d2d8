"""manage.py load_examples: the example pipelines on a local cluster, ready to be tried."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from pipelines.code import read_code
from pipelines.models import Cluster, ExpiryPeriod, Pipeline
from pipelines.publish import publish_code, waive
from pipelines.scan_policy import ScanPolicy

PERIODS = {"one day": 1, "one week": 7, "two weeks": 14, "one month": 30}
EXAMPLES = [
    ("word-statistics", "Word statistics", "word_statistics.py", "*.txt, *.md"),
    ("count-in-parts", "Count words of large texts", "count_in_parts.py", "*.txt, *.md"),
    ("plot-csv", "Plot a table", "plot_csv.py", "*.csv"),
]
SHIPPED = "An example that comes with Freeloader."


class Command(BaseCommand):
    """Safe to run again: what is there stays as staff have set it, but for newer code."""

    help = "Add the example pipelines, expiry periods, and a cluster that is this machine."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where jobs run, and what to do where no virus scanner is at hand."""
        parser.add_argument("--scratch", required=True, help="absolute path for job directories")
        parser.add_argument("--python", required=True, help="the Python that runs the examples")
        parser.add_argument("--virus-policy", choices=ScanPolicy.values, default=ScanPolicy.REJECT)

    def handle(self, *args: Any, **options: Any) -> None:
        """Make what is missing."""
        for name, days in PERIODS.items():
            ExpiryPeriod.objects.get_or_create(days=days, defaults={"name": name})
        cluster, _made = Cluster.objects.update_or_create(
            name="this-machine",
            defaults={
                "kind": Cluster.Kind.LOCAL,
                "scratch": options["scratch"],
                "python": options["python"],
            },
        )
        for slug, title, file_name, patterns in EXAMPLES:
            self._add(slug, title, file_name, patterns, cluster, options["virus_policy"])

    def _add(
        self, slug: str, title: str, file: str, patterns: str, cluster: Cluster, viruses: str
    ) -> None:
        code = read_code((Path(settings.BASE_DIR) / "examples" / file).read_bytes())
        pipeline, made = Pipeline.objects.get_or_create(
            slug=slug,
            defaults={
                "title": title,
                "patterns": patterns,
                "cluster": cluster,
                "virus_policy": viruses,
                "result_expiry": ExpiryPeriod.objects.get(days=14),
            },
        )
        waive(publish_code(pipeline, code, file_name=file), SHIPPED)
        if made:
            pipeline.is_open = True
            pipeline.save(update_fields=["is_open"])
        self.stdout.write(f"{pipeline.get_absolute_url()}  {pipeline.title}")
