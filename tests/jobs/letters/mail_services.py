"""Mail services as anymail's documentation and its own tests have them call: fields, signatures."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client
from django.urls import clear_url_caches

from freeloader_site import urls
from freeloader_site.mail_setting import TAKE_NO_METADATA, mail_settings
from freeloader_site.mail_webhooks import webhook_routes

SECRET = "freeloader:correct-horse-battery"
NO_SUCH_USER = "550 5.1.1 The email account that you tried to reach does not exist."
POSTAL_SIGNS = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - a test's


def _public(key: rsa.RSAPrivateKey) -> str:
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return quote(b64encode(der))


KEYS = {
    "postmark": "POSTMARK_SERVER_TOKEN=t",
    "mailgun": "MAILGUN_API_KEY=k&MAILGUN_WEBHOOK_SIGNING_KEY=signs",
    "amazon_ses": "",
    "brevo": "BREVO_API_KEY=k",
    "mailersend": "MAILERSEND_API_TOKEN=t&MAILERSEND_SIGNING_SECRET=signs",
    "postal": f"POSTAL_API_KEY=k&POSTAL_API_URL=x&POSTAL_WEBHOOK_KEY={_public(POSTAL_SIGNS)}",
}
SERVICES = tuple(name for name in KEYS if name not in TAKE_NO_METADATA)


@dataclass(frozen=True)
class Told:
    """What a service tells: of which letter, by what it calls it, and by the name we sent along."""

    service_id: str
    letter: str = ""
    kind: str = "bounced"
    recipient: str = "olga@far.example"
    number: int = 1  # two events differ in it; the same event told twice does not


def set_up(settings: Any, service: str, secret: str = SECRET) -> None:
    """The site as FREELOADER_MAIL and FREELOADER_MAIL_WEBHOOK_SECRET make it."""
    mail = mail_settings(f"anymail+{service}:?{KEYS[service]}", secret)
    settings.ANYMAIL = mail.anymail
    settings.MAIL_TAKES_METADATA = mail.takes_metadata
    site = ModuleType(f"urls_of_{service}")
    site.urlpatterns = [*webhook_routes(mail), *urls.urlpatterns]  # type: ignore[attr-defined]
    settings.ROOT_URLCONF = site
    clear_url_caches()


def tell(client: Client, service: str, told: Told, secret: str | None = SECRET) -> int:
    """The service calls; the status that it is answered with."""
    headers, body = CALLS[service](told)
    if secret is not None:
        headers |= {"Authorization": f"Basic {b64encode(secret.encode()).decode()}"}
    kind = "text/plain; charset=UTF-8" if service == "amazon_ses" else "application/json"
    address = f"/anymail/{service}/tracking/"
    answer = client.post(address, json.dumps(body), content_type=kind, headers=headers)
    return answer.status_code


def _postmark(told: Told) -> tuple[dict[str, str], dict[str, Any]]:
    about: dict[str, Any] = {
        "MessageID": told.service_id,
        "Metadata": {"letter": told.letter} if told.letter else {},
    }
    at = "2026-11-26T09:28:50.3963933Z"
    delivery = {"RecordType": "Delivery", "Recipient": told.recipient, "DeliveredAt": at}
    bounce: dict[str, Any] = {
        "RecordType": "Bounce", "ID": 901542550 + told.number, "Type": "HardBounce",
        "Description": "The server was unable to deliver your message.",
        "Details": f"smtp;{NO_SUCH_USER}", "Email": told.recipient, "BouncedAt": at,
    }  # fmt: skip
    complaint = bounce | {"RecordType": "SpamComplaint", "Type": "SpamComplaint", "Details": ""}
    opened: dict[str, Any] = {"RecordType": "Open", "Recipient": told.recipient, "ReceivedAt": at}
    kinds = {
        "bounced": bounce, "complained": complaint, "delivered": delivery, "opened": opened,
        "rejected": bounce | {"Type": "BadEmailAddress"},
        "failed": bounce | {"Type": "SMTPApiError"},
        "deferred": bounce | {"Type": "Transient"},
    }  # fmt: skip
    return {}, about | kinds[told.kind]


def _mailgun(told: Told) -> tuple[dict[str, str], dict[str, Any]]:
    token, timestamp = f"{told.number:050x}", "1795685330"
    signed = hmac.new(b"signs", f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    event = {
        "event": "failed" if told.kind == "bounced" else told.kind,
        "severity": "permanent", "reason": "bounce", "recipient": told.recipient,
        "timestamp": 1795685330.389832,
        "message": {"headers": {"message-id": told.service_id.strip("<>")}},
        "delivery-status": {"code": 550, "description": "", "message": NO_SUCH_USER},
        "user-variables": {"letter": told.letter} if told.letter else {},
    }  # fmt: skip
    if told.kind == "delivered":
        del event["severity"], event["reason"]
    signature = {"timestamp": timestamp, "token": token, "signature": signed}
    return {}, {"signature": signature, "event-data": event}


def _amazon_ses(told: Told) -> tuple[dict[str, str], dict[str, Any]]:
    named = [{"name": "X-Metadata", "value": json.dumps({"letter": told.letter})}]
    mail = {
        "messageId": told.service_id, "destination": [told.recipient],
        "headers": named if told.letter else [],
    }  # fmt: skip
    bounced = {"emailAddress": told.recipient, "status": "5.1.1", "diagnosticCode": NO_SUCH_USER}
    bounce: dict[str, Any] = {
        "bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [bounced],
    }  # fmt: skip
    delivery = {"recipients": [told.recipient], "smtpResponse": "250 ok"}
    event = {
        "bounced": {"notificationType": "Bounce", "bounce": bounce},
        "delivered": {"notificationType": "Delivery", "delivery": delivery},
    }[told.kind]
    number = f"19ba9823-d7f2-53c1-860e-{told.number:012x}"
    sns = {
        "Type": "Notification", "MessageId": number, "Timestamp": "2026-11-26T09:58:59.675Z",
        "TopicArn": "arn:aws:sns:eu-central-1:1234567890:SES_Events",
        "Message": json.dumps(event | {"mail": mail}),
    }  # fmt: skip
    return {"x-amz-sns-message-type": "Notification", "x-amz-sns-message-id": number}, sns


def _brevo(told: Told) -> tuple[dict[str, str], dict[str, Any]]:
    """It numbers no events."""
    event = {
        "event": {"bounced": "hard_bounce"}.get(told.kind, told.kind), "email": told.recipient,
        "ts_epoch": 1795685330000 + told.number, "message-id": told.service_id,
    }  # fmt: skip
    if told.letter:
        event["X-Mailin-custom"] = json.dumps({"letter": told.letter})
    if told.kind == "bounced":
        event["reason"] = f" RecipientError: {NO_SUCH_USER}"
    return {}, event


def _mailersend(told: Told) -> tuple[dict[str, str], dict[str, Any]]:
    """It signs all of what it says, and sends along no name of ours."""
    event: dict[str, Any] = {
        "type": "activity.hard_bounced" if told.kind == "bounced" else f"activity.{told.kind}",
        "data": {
            "id": f"62f11{told.number:04d}",
            "type": {"bounced": "hard_bounced"}.get(told.kind, told.kind),
            "created_at": "2126-11-26T10:05:00.000000Z",
            "email": {
                "message": {"id": told.service_id}, "recipient": {"email": told.recipient},
            },
            "morph": {"object": "recipient_bounce", "reason": NO_SUCH_USER},
        },
    }  # fmt: skip
    signed = hmac.new(b"signs", json.dumps(event).encode(), hashlib.sha256).hexdigest()
    return {"Signature": signed}, event


def _postal(told: Told) -> tuple[dict[str, str], dict[str, Any]]:
    """It numbers messages, one of its servers like another."""
    message = {"id": int(told.service_id), "to": told.recipient, "direction": "outgoing"}
    payload: dict[str, Any] = {
        "status": {"bounced": "HardFail", "delivered": "Sent"}[told.kind],
        "message": message, "output": NO_SUCH_USER,
    }  # fmt: skip
    event = {"uuid": f"uuid-{told.number}", "timestamp": 4951101900.0, "payload": payload}
    signed = POSTAL_SIGNS.sign(json.dumps(event).encode(), padding.PKCS1v15(), SHA1())  # noqa: S303 - so it does
    return {"X-Postal-Signature": b64encode(signed).decode()}, event


CALLS = {
    "postmark": _postmark,
    "mailgun": _mailgun,
    "amazon_ses": _amazon_ses,
    "brevo": _brevo,
    "mailersend": _mailersend,
    "postal": _postal,
}
