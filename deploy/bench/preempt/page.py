"""Run inside the site's Django (manage.py shell): a page for each way to keep progress."""

from pathlib import Path

from deploy.bench.preempt.costs import CPUS_OF_A_NODE
from pipelines.code import read_code
from pipelines.models import Cluster, ExpiryPeriod, Pipeline
from pipelines.publish import publish_code

for file in sorted(Path("deploy/bench/preempt/research").glob("*.py")):
    pipeline, _ = Pipeline.objects.update_or_create(
        slug=file.stem,
        defaults={
            "title": file.stem,
            "cluster": Cluster.objects.get(name="testbed"),
            "result_expiry": ExpiryPeriod.objects.get(days=14),
            "cpus": CPUS_OF_A_NODE,
            "memory_mb": 200,
            "time_limit_min": 60,
            "parts_at_once": 2,
            "patterns": "*.txt",
        },
    )
    publish_code(pipeline, read_code(file.read_bytes()), file_name=file.name)
    pipeline.is_open = True
    pipeline.full_clean()
    pipeline.save()
