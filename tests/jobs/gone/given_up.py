"""What the tests of clusters that are gone do again and again."""

from __future__ import annotations

from django.test import Client
from django.utils import timezone

from jobs import tasks
from jobs.models import Job
from tests.jobs.steps.following import fresh

WHY = "Burnt down in the night."


def expire_now(job: Job) -> Job:
    Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
    tasks.expire(str(job.pk))
    return fresh(job)


def text_of(client: Client, url: str) -> str:
    return " ".join(client.get(url).content.decode().split())
