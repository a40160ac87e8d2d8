"""FREELOADER_MAIL=file:///folder: each letter is a file, which mail programs open."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone


class EmailBackend(BaseEmailBackend):
    """Django's own one puts several letters, with lines between, into a file that ends in .log."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write them into EMAIL_FILE_PATH, by the time of their leaving."""
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            name = f"{timezone.now():%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:8]}.eml"
            (folder / name).write_bytes(message.message().as_bytes())
        return len(email_messages)
