"""Run inside the site's Django (manage.py shell): one pipeline, and sam, who may cancel."""

import os
from pathlib import Path

from django.contrib.auth.models import User

import deploy.testbed.site_setup as bed_setup
from deploy.chaos import research
from pipelines.models import Cluster

source = Path(research.__file__).read_text()
told = source.replace('TRUTH = "/nowhere"', f"TRUTH = {os.environ['FREELOADER_CHAOS_TRUTH']!r}")
bed_setup.offer(
    "chaos", told.encode(), patterns="*.txt", time_limit_min=5, personal_data_policy="off"
)
if programs := os.environ.get("FREELOADER_CHAOS_PROGRAMS"):
    Cluster.objects.update(slurm_bin=programs)
User.objects.create_superuser("sam", password=os.environ["FREELOADER_CHAOS_PASSWORD"])
