"""Run inside the site's Django (manage.py shell): the pipelines, and sam, who may cancel."""

import os
from pathlib import Path

from django.contrib.auth.models import User

import deploy.testbed.site_setup as bed_setup
from deploy.chaos import in_parts, research
from pipelines.models import Cluster

USUAL = {"patterns": "*.txt", "time_limit_min": 5, "personal_data_policy": "off"}
BORROWED = "from deploy.chaos.research import answer_of, note, order_of\n"

source = Path(research.__file__).read_text()
told = source.replace('TRUTH = "/nowhere"', f"TRUTH = {os.environ['FREELOADER_CHAOS_TRUTH']!r}")
bed_setup.offer("chaos", told.encode(), **USUAL)
# One file is all that a node gets: what it borrows goes before it, and its run() counts.
parts = Path(in_parts.__file__).read_text().replace(BORROWED, "")
bed_setup.offer("chaos-in-parts", f"{told}\n{parts}".encode(), parts_at_once=3, **USUAL)
if programs := os.environ.get("FREELOADER_CHAOS_PROGRAMS"):
    Cluster.objects.update(slurm_bin=programs)
User.objects.create_superuser("sam", password=os.environ["FREELOADER_CHAOS_PASSWORD"])
