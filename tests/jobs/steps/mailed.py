"""What leaves by mail, and the links in it."""

from __future__ import annotations

import re

from django.core import mail as outbox
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from jobs.letters.send import send_due_letters
from jobs.models import Letter

OLGA, RIGHT = "olga@far.example", "olga@near.example"
LINK = re.compile(r"http://127\.0\.0\.1:8000(/[jrc]/[^\s\"]+)")


def sent() -> list[EmailMultiAlternatives]:
    """Everything that is due, or will be, leaves now."""
    Letter.objects.filter(sent_at=None).update(due_at=timezone.now())
    before = len(outbox.outbox)
    send_due_letters()
    new = outbox.outbox[before:]
    return [message for message in new if isinstance(message, EmailMultiAlternatives)]


def links_in(message: EmailMultiAlternatives) -> set[str]:
    html = str(message.alternatives[0][0])
    found = set(LINK.findall(str(message.body)))
    assert found == set(LINK.findall(html))
    return found
