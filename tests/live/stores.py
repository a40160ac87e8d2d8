"""What a site is told of a real Swift, to keep its files there by either API."""

from __future__ import annotations

from typing import Any

from deploy.swift_one import Credentials

PART = 5 * 2**20  # S3 takes none below, but the last
BACKENDS = {"swift": "backends.swift.SwiftStore", "s3": "backends.s3.S3Store"}


def storage(kind: str, swift: Credentials, container: str = "pages") -> dict[str, Any]:
    """An entry of Django's STORAGES; each API has a container of its own.

    "swift in two", "s3 in two": as settings.py makes it where results have a container, too.
    """
    kind, _, in_two = kind.partition(" ")
    told = options(kind, swift, container)
    if not in_two:
        return {"BACKEND": BACKENDS[kind], "OPTIONS": told}
    own = options(kind, swift, f"{container}-results") | {"storage_policy": "cheap"}
    return {
        "BACKEND": "backends.purposes.PurposeStore",
        "OPTIONS": {"backend": BACKENDS[kind], "purposes": {"results/": own}, **told},
    }


def options(kind: str, swift: Credentials, container: str = "pages") -> dict[str, Any]:
    """The store's keyword arguments."""
    if kind == "swift":
        return {
            "auth_url": swift.auth_url,
            "user": swift.user,
            "key": swift.key,
            "container": container,
        }
    return {
        "endpoint_url": swift.s3_endpoint,
        "bucket_name": f"{container}-s3",
        "access_key": swift.s3_access_key,
        "secret_key": swift.s3_secret_key,
        "region_name": swift.region,
    }
