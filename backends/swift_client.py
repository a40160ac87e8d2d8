"""One python-swiftclient connection for each thread of each process, and its errors as ours."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import swiftclient
from requests.exceptions import SSLError
from swiftclient.exceptions import ClientException
from urllib3.exceptions import HTTPError
from urllib3.exceptions import SSLError as PlainSSLError

from backends import keystone
from backends.base import ObjectNotFound
from backends.keystone import Access
from backends.store_errors import refused, site_faults, unanswered, untrusted

CONNECT_TIMEOUT_S = 5.0
LOG_IN = "let this site log in"
RETRIES = 1  # with the timeouts, a step hears of a dead store within a minute


class Connection(swiftclient.Connection):  # type: ignore[misc]
    """swiftclient's connection (it logs in again on 401), with our own way to Keystone."""

    def __init__(self, access: Access) -> None:
        # swiftclient logs in again only if it holds a user and a key: a credential's id will do
        user = access.user or access.os_options.get("application_credential_id", "")
        super().__init__(
            authurl=access.auth_url,
            user=user,
            key=access.secret,
            auth_version=access.auth_version,
            cacert=access.ca_bundle,
            retries=RETRIES,
            timeout=(min(CONNECT_TIMEOUT_S, access.timeout_s), access.timeout_s),
        )
        self._access = access

    def get_auth(self) -> tuple[str, str]:
        try:
            return self._log_in()
        except ClientException as error:
            if (error.http_status or 0) >= 500:
                raise  # swiftclient tries once more
            with site_faults():
                raise refused(LOG_IN, error.http_status) from error

    def _log_in(self) -> tuple[str, str]:
        if self._access.auth_version.startswith("3"):
            self.url, self.token = keystone.authenticate(self._access)
        else:
            super().get_auth()
        return self.url, self.token


class SwiftClient:
    """Hands each thread its own connection: swiftclient's are not safe to share."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._own = threading.local()
        self._storage_url = ""

    def connection(self) -> Connection:
        """This thread's connection; a new one after a fork, for sockets are not shared."""
        if getattr(self._own, "pid", None) != os.getpid():
            self._own.connection = Connection(self.access)
            self._own.pid = os.getpid()
        connection: Connection = self._own.connection
        return connection

    def storage_url(self) -> str:
        """The account's URL as the login tells it; asked once."""
        if not self._storage_url:
            with swift_errors(LOG_IN):
                self._storage_url = self.connection().get_auth()[0].rstrip("/")
        return self._storage_url


@contextmanager
def swift_errors(act: str, *, missing: str | None = None) -> Iterator[None]:
    """Turn the libraries' errors into ours; a 404 into `ObjectNotFound` of `missing`, if given."""
    try:
        yield
    except ClientException as error:
        if missing is not None and error.http_status == 404:
            raise ObjectNotFound(missing) from error
        raise refused(act, error.http_status) from error
    except (SSLError, PlainSSLError) as error:
        raise untrusted(act) from error
    except (OSError, HTTPError) as error:  # requests' errors are OSErrors
        raise unanswered(act) from error


def headers_of(reply: dict[str, Any]) -> dict[str, str]:
    """A reply's headers with names in lower case."""
    return {name.lower(): str(value) for name, value in reply.items()}
