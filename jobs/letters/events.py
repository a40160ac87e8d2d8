"""What a mail service tells of letters after it took them: noted once, and beside its letter."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from jobs.models import Letter, MailEvent

# The letter will not be read: it was not taken, came back, or was called spam by who got it.
CAME_BACK = frozenset({"bounced", "rejected", "failed", "complained"})
# Who reads what when is not ours to know, whatever a service is set to.
NOT_NOTED = frozenset({"opened", "clicked"})
CLOCKS_DIFFER = timedelta(hours=1)  # at most, those of a service and ours
LOOKED_FOR = timedelta(days=7)  # what is nobody's for longer stays so
LETTER = "letter"  # under this name a letter's own is sent along, where a service takes any


class TrackingEvent(Protocol):
    """As much of anymail's AnymailTrackingEvent as is used here."""

    event_type: str
    event_id: str | None
    timestamp: datetime | None
    message_id: str | int | None
    metadata: dict[str, Any] | None
    recipient: str | None
    mta_response: str | None
    description: str | None
    reject_reason: str | None


def note(event: TrackingEvent, esp_name: str, **kwargs: object) -> None:
    """Note the event, once however often it is told, and what follows for its letter.

    Of a letter that nobody knows, or not any more, the event alone is kept; if it is one whose
    sender has still to note what the service calls it, `attach` finds it then.
    """
    if event.event_type in NOT_NOTED:
        return
    letter, service_id = letter_of(event), str(event.message_id or "")[:255]
    told = {
        "letter": letter,
        "service_id": "" if letter else service_id,
        "kind": event.event_type[:30],
        "recipient": (event.recipient or "")[:254],
        "detail": _detail(event),
        "at": event.timestamp or timezone.now(),
    }
    with transaction.atomic():
        identity = _identity(event, esp_name)
        _event, is_new = MailEvent.objects.get_or_create(told, event_id=identity)
        if is_new and letter and event.event_type in CAME_BACK:
            _note_on(letter, event.event_type, _detail(event))
    if letter is None and service_id:  # else the sender and this one might miss each other
        attach(service_id)


def attach(service_id: str) -> None:
    """Give a letter the events that its service told before we knew what it calls the letter.

    Services begin to count anew, so what was told before the letter was written is another one's.
    """
    letter = _newest(Q(service_id=service_id))
    if letter is None:
        return
    early = MailEvent.objects.filter(
        letter=None, service_id=service_id, at__gt=letter.created_at - CLOCKS_DIFFER
    )
    with transaction.atomic():
        for event in early:
            MailEvent.objects.filter(pk=event.pk).update(letter=letter, service_id="")
            if event.kind in CAME_BACK:
                _note_on(letter, event.kind, event.detail)


def attach_left() -> None:
    """Do that where the database was away just when a letter's sender wanted to."""
    called = Letter.objects.exclude(service_id="").values("service_id")
    early = MailEvent.objects.filter(
        letter=None, service_id__in=called, at__gt=timezone.now() - LOOKED_FOR
    ).order_by()
    for service_id in early.values_list("service_id", flat=True).distinct():
        attach(service_id)


def letter_of(event: TrackingEvent) -> Letter | None:
    """By what the service calls it, by its Message-ID, or by the name that we sent along.

    Where services have begun to count anew and several are called so, the newest.
    """
    known = Q()
    if event.message_id:
        known |= Q(service_id=str(event.message_id)) | Q(message_id=str(event.message_id))
    if name := (event.metadata or {}).get(LETTER):
        known |= Q(message_id__startswith=f"<{name}@")
    return _newest(known) if known else None


def _newest(known: Q) -> Letter | None:
    return Letter.objects.filter(known).order_by("-created_at", "-pk").first()


def _identity(event: TrackingEvent, esp_name: str) -> str:
    """What is the same when the event is told again; not all services number their events."""
    told = event.event_id or (event.message_id, event.timestamp, _detail(event))
    return hashlib.sha256(
        repr((esp_name, event.event_type, event.recipient, told)).encode()
    ).hexdigest()


def _note_on(letter: Letter, kind: str, detail: str) -> None:
    """Only the first: what is told later of the same letter is in its events."""
    back = Letter.objects.filter(pk=letter.pk, bounced_at=None)
    back.update(bounced_at=timezone.now(), error=detail or kind)


def _detail(event: TrackingEvent) -> str:
    said = event.mta_response or event.description or event.reject_reason or ""
    return " ".join(str(said).replace("\0", "").split())[:1000]
