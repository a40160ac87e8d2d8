"""Run inside a site's Django (manage.py shell): a page that takes anything, as often as asked."""

from pipelines.code import read_code
from pipelines.models import Cluster, ExpiryPeriod, Pipeline
from pipelines.publish import publish_code
from uploads.quotas import Quota

CODE = b"""
def run(inputs, output):
    (output / "size.txt").write_text(str(inputs[0].stat().st_size))
"""
# Closed: what is measured is the way in, and no second copy of the file is made for a job.
Cluster.objects.update(is_open=False)
Quota.objects.update(max_uploads=None, max_mb=None, max_open_jobs=None)
pipeline, _ = Pipeline.objects.update_or_create(
    slug="anything",
    defaults={
        "title": "Anything",
        "cluster": Cluster.objects.get(name="this-machine"),
        "result_expiry": ExpiryPeriod.objects.get(days=14),
        "max_files": 10_000,
        "max_file_mb": 1_000_000,
        "max_total_mb": 1_000_000,
        "virus_policy": "off",
        "personal_data_policy": "off",
    },
)
publish_code(pipeline, read_code(CODE), file_name="size.py")
pipeline.is_open = True
pipeline.save()
