"""What the object store's refusals mean, in one sentence that a PI can read.

Final is only what is wrong with the request itself. A refused log-in, a missing container, a full
quota, a certificate or a proxy are the site's to mend, and the jobs wait until somebody has.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from backends.base import StoreError

FINAL = frozenset({400, 405, 406, 409, 410, 411, 412, 414, 415, 416, 417, 422, 431, 501, 505})
REASONS = {
    400: "it does not accept the request",
    401: "it does not accept this site's credentials; the operator has to look at them",
    403: "this site's credentials do not allow it; the operator has to look at their rights",
    404: "the container or what it needs in there is missing; the operator has to look for it",
    407: "a proxy in between wants a log-in; the operator has to look at the proxy's settings",
    409: "its parts have changed since they were stored",
    413: "the quota is used up; the operator has to make room or to ask for more",
    429: "it is asked too often",
    507: "its disks are full",
}
ELSEWHERE = "it sends us elsewhere; the operator has to look at its address in the settings"
BROKEN = "it has a fault of its own"
SETTINGS = "The operator has to look at the store's address and credentials in the settings."


def refused(act: str, status: int | None) -> StoreError:
    """The error for an answer with this HTTP status; `act` is an infinitive: "read results/1"."""
    if status is None:
        return StoreError(f"The object store would not {act}. {SETTINGS}", transient=True)
    return StoreError(
        f"The object store would not {act}: {_reason(status)} (HTTP status {status}).",
        transient=status not in FINAL,
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
        f"The object store was not asked to {act}: its TLS certificate has expired or is not one "
        "that this site trusts. The operator has to look at it, and at the CA bundle here.",
        transient=True,
    )


def lost_container(name: str) -> StoreError:
    """The error for a container (a bucket) that is not there any more, with all that it held."""
    return StoreError(
        f"The object store has no container {name}; the operator has to look where it is.",
        transient=True,
    )


@contextmanager
def site_faults() -> Iterator[None]:
    """What no job has asked for (a log-in, a look at the container): no error of it is final."""
    try:
        yield
    except StoreError as error:
        if error.transient:
            raise
        raise StoreError(f"{error.message} {SETTINGS}", transient=True) from error


def _reason(status: int) -> str:
    if 300 <= status < 400:
        return ELSEWHERE
    return REASONS.get(status, BROKEN if status >= 500 else "it refused")
