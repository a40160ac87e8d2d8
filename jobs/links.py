"""Tokens of the links that people get: status, result, confirmation.

A row holds a random nonce and the SHA-256 of the token; the token is the nonce under our secret
key. So a stolen database opens no link, a stolen key neither, and a later letter can still name
the link. A new SECRET_KEY leaves every link that was sent alive, as it is found by its SHA-256; to
name an old one again, the old key must stand in FREELOADER_OLD_SECRET_KEYS.
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import urlsafe_b64encode
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.utils.crypto import salted_hmac

SALT = "jobs.links"
CONFIRM_SALT = "jobs.links.confirm"


def new_nonce() -> str:
    """32 random bytes, as text."""
    return secrets.token_urlsafe(32)


def token_for(nonce: str, sha256: str = "") -> str:
    """The token that belongs to a nonce: 43 characters, 256 bits.

    With the row's `sha256` it is the token that was given out, also under an older secret key.
    """
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    tokens = [_under(key, nonce) for key in keys]
    return next((token for token in tokens if sha256_of(token) == sha256), tokens[0])


def _under(key: str, nonce: str) -> str:
    mac = salted_hmac(SALT, nonce, secret=key, algorithm="sha256").digest()
    return urlsafe_b64encode(mac).rstrip(b"=").decode()


def sha256_of(token: str) -> str:
    """What a row keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def confirmation_token(pk: UUID, status_sha256: str) -> str:
    """What only the letter that asks for a confirmation holds; no row keeps anything of it.

    It leads to the status page, and so ends with its link.
    """
    return signing.Signer(salt=CONFIRM_SALT).sign(f"{pk}.{status_sha256[:16]}")


def confirmed_by(token: str) -> tuple[str, str]:
    """The id of the job that the token confirms, and how the SHA-256 of its status link begins.

    "" for a token of before that was told in it. `BadSignature` if it was not made here.
    """
    pk, _, begin = signing.Signer(salt=CONFIRM_SALT).unsign(token).partition(".")
    return pk, begin
