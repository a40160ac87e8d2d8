"""Tokens of the links that people get: status and result.

A row holds a random nonce and the SHA-256 of the token; the token is the nonce under our secret
key. So a stolen database opens no link, a stolen key neither, a later letter can still name the
link, and a new SECRET_KEY leaves every link that was sent alive (it is found by its SHA-256).
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import urlsafe_b64encode

from django.utils.crypto import salted_hmac

SALT = "jobs.links"


def new_nonce() -> str:
    """32 random bytes, as text."""
    return secrets.token_urlsafe(32)


def token_for(nonce: str) -> str:
    """The token that belongs to a nonce: 43 characters, 256 bits."""
    mac = salted_hmac(SALT, nonce, algorithm="sha256").digest()
    return urlsafe_b64encode(mac).rstrip(b"=").decode()


def sha256_of(token: str) -> str:
    """What a row keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
