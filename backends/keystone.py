"""A token from OpenStack's Identity API v3, by application credential or by password.

python-swiftclient would ask python-keystoneclient for it and a dozen more packages with it, and
would not pass the CA bundle on for application credentials; it is one POST.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import urllib3
from swiftclient.exceptions import ClientException


@dataclass(frozen=True)
class Access:
    """How to reach a Swift account: `auth_version` "1" (user, key) or "3" (Keystone)."""

    auth_url: str
    user: str = ""
    key: str = ""
    auth_version: str = "1"
    os_options: Mapping[str, str] = field(default_factory=dict)  # swiftclient's names
    region: str = ""
    ca_bundle: str | None = None
    timeout_s: float = 25.0

    @property
    def secret(self) -> str:
        """What proves who we are; never shown."""
        return self.os_options.get("application_credential_secret") or self.key


def authenticate(access: Access) -> tuple[str, str]:
    """Storage URL and token; raises swiftclient's `ClientException`, or urllib3's `HTTPError`."""
    timeout = urllib3.Timeout(connect=5.0, read=access.timeout_s)
    with urllib3.PoolManager(ca_certs=access.ca_bundle, timeout=timeout, retries=False) as pool:
        answer = pool.request("POST", tokens_url(access.auth_url), json=token_request(access))
    if answer.status != 201:
        raise ClientException("Keystone gave no token", http_status=answer.status)
    catalog = answer.json()["token"].get("catalog", [])
    return storage_url(catalog, access), answer.headers["X-Subject-Token"]


def tokens_url(auth_url: str) -> str:
    """Where tokens are had; `auth_url` with or without its /v3."""
    root = auth_url.rstrip("/").removesuffix("/auth/tokens").removesuffix("/v3")
    return f"{root}/v3/auth/tokens"


def token_request(access: Access) -> dict[str, Any]:
    """The body of POST /v3/auth/tokens (Identity API v3, "Authentication and token management")."""
    options = access.os_options
    if "application_credential_id" in options:
        credential = {"id": options["application_credential_id"], "secret": access.secret}
        return {
            "auth": {
                "identity": {
                    "methods": ["application_credential"],
                    "application_credential": credential,
                }
            }
        }
    user = {"name": access.user, "domain": _domain(options, "user"), "password": access.key}
    return {
        "auth": {
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": {"project": _project(options)},
        }
    }


def storage_url(catalog: list[dict[str, Any]], access: Access) -> str:
    """The object store's URL in a token's catalog, of the wanted region and interface."""
    interface = access.os_options.get("endpoint_type", "public").removesuffix("URL")
    for service in catalog:
        if service.get("type") != "object-store":
            continue
        for endpoint in service.get("endpoints", []):
            in_region = not access.region or endpoint.get("region") == access.region
            if in_region and endpoint.get("interface") == interface:
                return str(endpoint["url"])
    raise ClientException("Keystone's catalog has no object store for this region")


def _domain(options: Mapping[str, str], whose: str) -> dict[str, str]:
    if name := options.get(f"{whose}_domain_name"):
        return {"name": name}
    return {"id": options.get(f"{whose}_domain_id", "default")}


def _project(options: Mapping[str, str]) -> dict[str, Any]:
    if project_id := options.get("project_id"):
        return {"id": project_id}
    return {"name": options.get("project_name", ""), "domain": _domain(options, "project")}
