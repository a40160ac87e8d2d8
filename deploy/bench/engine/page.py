"""Run inside the site's Django (manage.py shell): a page whose jobs do nothing."""

from pipelines.code import read_code
from pipelines.models import Cluster, ExpiryPeriod, Pipeline
from pipelines.publish import publish_code

NOTHING = b'''"""Does nothing, and says so."""


def run(inputs, output):
    (output / "nothing.txt").write_text("done")
'''
pipeline, _ = Pipeline.objects.update_or_create(
    slug="nothing",
    defaults={
        "title": "Nothing",
        "cluster": Cluster.objects.get(name="testbed"),
        "result_expiry": ExpiryPeriod.objects.get(days=14),
        "memory_mb": 100,
        "time_limit_min": 5,
        "patterns": "*.txt",
    },
)
publish_code(pipeline, read_code(NOTHING), file_name="nothing.py")
pipeline.is_open = True
pipeline.full_clean()
pipeline.save()
