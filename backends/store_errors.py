"""What the object store's refusals mean, in one sentence that a PI can read."""

from __future__ import annotations

from backends.base import StoreError

# 498 is Swift's "rate limited", 499 its "client went away".
TRANSIENT = frozenset({408, 425, 429, 498, 499})
REASONS = {
    400: "it does not accept the request",
    401: "it does not accept this site's credentials",
    403: "this site's credentials do not allow it",
    404: "what is asked for is not there",
    409: "its parts have changed since they were stored",
    413: "it is too large, or the quota is used up",
    429: "it is asked too often",
    507: "its disks are full",
}


def refused(act: str, status: int | None) -> StoreError:
    """The error for an answer with this HTTP status; `act` is an infinitive: "read results/1"."""
    if status is None:
        return StoreError(f"The object store would not {act}.", transient=False)
    broken = "it has a fault of its own" if status >= 500 else "it refused"
    transient = status in TRANSIENT or status >= 500
    reason = REASONS.get(status, broken)
    return StoreError(
        f"The object store would not {act}: {reason} (HTTP status {status}).", transient=transient
    )


def unanswered(act: str) -> StoreError:
    """The error for no answer, or one that broke off."""
    return StoreError(
        f"The object store did not answer when asked to {act}; this is tried again.",
        transient=True,
    )


def untrusted(act: str) -> StoreError:
    """The error for a TLS certificate that does not verify."""
    return StoreError(
        f"The object store was not asked to {act}: its TLS certificate is not one that this "
        "site trusts.",
        transient=False,
    )
