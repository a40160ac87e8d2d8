"""Run inside the site's Django (manage.py shell): its tables and rows, as staff make them."""

from pathlib import Path

from django.core.management import call_command

from deploy.testbed import load
from deploy.testbed.site import needed
from pipelines.code import read_code
from pipelines.models import Cluster, ExpiryPeriod, Pipeline
from pipelines.publish import publish_code
from uploads.models import Quota

# Its first start lasts for minutes, so that it is surely interrupted; any other is soon over.
SLOW = b'''"""Counts the words of each text file, slowly, so that there is time to be preempted."""
import os
import time


def run(inputs, output, progress):
    steps = 900 if os.environ.get("SLURM_RESTART_COUNT", "0") == "0" else 4
    for step in range(steps):
        progress(step / steps, "step %d of %d" % (step, steps))
        time.sleep(0.5)
    for path in inputs:
        (output / (path.stem + ".count")).write_text(str(len(path.read_text().split())))
'''
call_command("migrate", verbosity=0)
call_command("collectstatic", interactive=False, verbosity=0)
call_command("prepare_store")
# One visitor sends what a thousand would.
Quota.objects.update(max_uploads=None, max_mb=None, max_open_jobs=None)
sshd = needed(load().sshd)
cluster, _ = Cluster.objects.update_or_create(
    name="testbed",
    defaults={
        "host": sshd.host,
        "port": sshd.port,
        "user": sshd.user,
        "host_key": sshd.host_key,
        "key_name": sshd.key_file.name,
        "partition": "restart",
        "scratch": str(sshd.scratch),
        "python": "/usr/bin/python3",
    },
)
cluster.full_clean()
period, _ = ExpiryPeriod.objects.get_or_create(days=14, defaults={"name": "two weeks"})


def offer(slug: str, source: bytes, **settings: object) -> None:
    """An open pipeline."""
    common = {"title": slug, "cluster": cluster, "result_expiry": period, "memory_mb": 500}
    pipeline, _ = Pipeline.objects.update_or_create(slug=slug, defaults=common | settings)
    publish_code(pipeline, read_code(source), file_name=f"{slug}.py")
    pipeline.is_open = True
    pipeline.full_clean()
    pipeline.save()


offer("slow-count", SLOW, patterns="*.txt", time_limit_min=10)
examples = Path.cwd() / "examples"
if examples.is_dir():
    offer("plot-csv", (examples / "plot_csv.py").read_bytes(), patterns="*.csv")
