"""How each guard is removed from a running site: patches, for runs that have to do damage."""

from __future__ import annotations


def without_lease_token() -> None: ...


REMOVALS = {"lease-token": without_lease_token}
