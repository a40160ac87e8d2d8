"""The container of a Swift store: made on first need, with a key to sign with."""

from __future__ import annotations

from collections.abc import Sequence

from swiftclient.exceptions import ClientException

from backends.base import Shelf
from backends.store_errors import lost_container, site_faults
from backends.swift_client import SwiftClient, headers_of, swift_errors
from backends.tempurl import derived_key

KEY = "X-Container-Meta-Temp-URL-Key"
OLD_KEY = "X-Container-Meta-Temp-URL-Key-2"
POLICY = "X-Storage-Policy"
CORS = "X-Container-Meta-Access-Control"


class Container:
    """One container with its own TempURL key: what is signed reaches nothing else."""

    def __init__(
        self, client: SwiftClient, name: str, temp_url_key: str | None, policy: str = ""
    ) -> None:
        self.name = name
        self._policy = policy
        self._client = client
        self._given_key = temp_url_key
        self._key: str | None = None

    def key(self) -> str:
        """The key that TempURLs are signed with.

        Makes the container if it is not there; asks the store once in the life of this process.
        """
        if self._key is None:
            with site_faults():
                self._key = self._prepare()
        return self._key

    def shelf(self) -> Shelf:
        """Its name, and its storage policy as Swift tells it, once it is made."""
        return Shelf(self.name, (self._look() or {}).get(POLICY.lower(), ""), self._policy)

    def allow_origins(self, origins: Sequence[str]) -> None:
        """Let pages of these origins call the container (Swift's CORS documentation)."""
        self.key()
        headers = {
            f"{CORS}-Allow-Origin": " ".join(origins),
            f"{CORS}-Expose-Headers": "ETag Content-Length Content-Range",
            f"{CORS}-Max-Age": "3600",
        }
        with swift_errors("let web pages send to it"):
            self._client.connection().post_container(self.name, headers)

    def allowed_origins(self) -> list[str]:
        """The origins whose pages may call the container."""
        self.key()
        return ((self._look() or {}).get(f"{CORS}-Allow-Origin".lower()) or "").split()

    def check(self) -> None:
        """Raise a transient `StoreError` if the container is not there: it held everything."""
        with site_faults():
            if self._look() is None:
                raise lost_container(self.name)

    def _prepare(self) -> str:
        found = self._look()
        stored = None if found is None else found.get(KEY.lower())
        key = self._given_key or stored or derived_key(self._client.access.secret, self.name)
        with swift_errors(f"make the container {self.name}"):
            if found is None:
                chosen = {POLICY: self._policy} if self._policy else {}  # it can never be changed
                self._client.connection().put_container(self.name, {KEY: key, **chosen})
            elif stored != key:  # what was signed with the old key stays good
                self._client.connection().post_container(self.name, _keys(key, stored))
        return key

    def _look(self) -> dict[str, str] | None:
        with swift_errors(f"show the container {self.name}"):
            try:
                return headers_of(self._client.connection().head_container(self.name))
            except ClientException as error:
                if error.http_status == 404:
                    return None
                raise


def _keys(key: str, old: str | None) -> dict[str, str]:
    return {KEY: key, OLD_KEY: old} if old else {KEY: key}
