"""Run by manage.py shell: tables, static files, and a page that takes any files, however large."""

from django.core.management import call_command

from pipelines.code import read_code
from pipelines.models import Cluster, ExpiryPeriod, Pipeline
from pipelines.publish import publish_code

call_command("migrate", verbosity=0)
call_command("collectstatic", interactive=False, verbosity=0)
CODE = b"""
def run(inputs, output):
    pass
"""
pipeline = Pipeline.objects.create(
    slug="anything",
    title="Anything",
    cluster=Cluster.objects.create(name="here", kind="local", scratch="/nonexistent"),
    result_expiry=ExpiryPeriod.objects.create(name="two weeks", days=14),
    max_files=10_000,
    max_file_mb=5_000_000,
    max_total_mb=5_000_000,
    accept_empty_files=True,
    virus_policy="off",
    personal_data_policy="off",
)
publish_code(pipeline, read_code(CODE), file_name="nothing.py")
pipeline.is_open = True
pipeline.save()
