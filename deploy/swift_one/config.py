"""The configuration of every Swift server in the process, as text."""

from collections.abc import Sequence
from dataclasses import dataclass

from deploy.swift_one.layout import REGION, USER, Layout, kept_secret, write_private

CHUNK_BYTES = 262144  # the default of 64 KiB is about a quarter slower on loopback
MAX_PARTS = 10000  # Swift's default is 1000; real sites differ, and /info tells


@dataclass(frozen=True)
class Ports:
    """Where each server listens on 127.0.0.1; only `proxy` is for callers."""

    proxy: int
    account: int
    container: int
    object: int


PIPELINE = (
    "catch_errors gatekeeper healthcheck proxy-logging cache listing_formats bulk tempurl "
    "formpost s3api tempauth copy container-quotas account-quotas slo dlo versioned_writes "
    "symlink proxy-logging proxy-server"
)
PLAIN_FILTERS = (
    "catch_errors",
    "gatekeeper",
    "healthcheck",
    "listing_formats",
    "bulk",
    "copy",
    "container-quotas",
    "account-quotas",
    "dlo",
    "symlink",
    "proxy-logging",
)
# A single 507 would otherwise make the proxy shun its only node for a minute: 503 for everyone.
NEVER_SHUN = "error_suppression_interval = 0\nerror_suppression_limit = 1000000\n"
# What is stored is listed at once: by default, on a machine that stands still for a second, an
# answer does not wait for the listing, which then comes with the updater.
PATIENT = "node_timeout = 60\nconn_timeout = 10\n"
CACHE = "[filter:cache]\npaste.filter_factory = deploy.swift_one.cache:filter_factory\n"


def write_config(layout: Layout, ports: Ports, origins: Sequence[str]) -> None:
    """Write every file below `layout.etc`; each is private, for the key is in one of them."""
    files = {
        "swift.conf": swift_conf(kept_secret(layout.root / "hash_suffix")),
        "proxy-server.conf": proxy_conf(layout, ports.proxy, kept_secret(layout.key_file), origins),
        "object-server.conf": object_conf(layout, ports.object),
        "container-server.conf": container_conf(layout, ports.container),
        "account-server.conf": account_conf(layout, ports.account),
        "internal-client.conf": internal_client_conf(layout),
    }
    for name, text in files.items():
        write_private(layout.etc / name, text)


def swift_conf(suffix: str) -> str:
    """`suffix` must never change: every object's place on the disk is hashed with it."""
    return f"""\
[swift-hash]
swift_hash_path_suffix = {suffix}

[storage-policy:0]
name = standard
default = yes

[storage-policy:1]
name = cheap
"""


def proxy_conf(layout: Layout, port: int, key: str, origins: Sequence[str]) -> str:
    """The door: S3, tempauth, TempURL, SLO, bulk; browsers are let in from `origins` only."""
    allowed = ", ".join(origins)
    return f"""\
{_common(layout, port, "proxy-server")}
max_clients = 1024

[pipeline:main]
pipeline = {PIPELINE}

[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
{PATIENT}recoverable_node_timeout = 60
client_timeout = 60
{NEVER_SHUN}object_chunk_size = {CHUNK_BYTES}
client_chunk_size = {CHUNK_BYTES}
cors_allow_origin = {allowed}
strict_cors_mode = true
cors_expose_headers = ETag, Content-Range, Accept-Ranges, Content-Length, Content-Disposition

[filter:tempauth]
use = egg:swift#tempauth
token_life = 86400
user_{USER}_{USER} = {key} .admin

[filter:s3api]
use = egg:swift#s3api
location = {REGION}
max_upload_part_num = {MAX_PARTS}
cors_preflight_allow_origin = {allowed}

[filter:tempurl]
use = egg:swift#tempurl
methods = GET HEAD PUT POST DELETE
allowed_digests = sha256 sha512

[filter:formpost]
use = egg:swift#formpost
allowed_digests = sha256 sha512

[filter:slo]
use = egg:swift#slo
max_manifest_segments = {MAX_PARTS}
max_manifest_size = 33554432

[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_versioned_writes = true
allow_object_versioning = true

{CACHE}
{_plain_filters(PLAIN_FILTERS)}"""


def object_conf(layout: Layout, port: int) -> str:
    """The object server, its updater, and the expirer (idle unless it reads the legacy queue)."""
    return f"""\
{_backend(layout, port, "object")}
container_update_timeout = 60
disk_chunk_size = {CHUNK_BYTES}
network_chunk_size = {CHUNK_BYTES}

[object-updater]
interval = 5

[object-expirer]
interval = 5
dequeue_from_legacy = true
internal_client_conf_path = {layout.etc}/internal-client.conf
"""


def container_conf(layout: Layout, port: int) -> str:
    """The container server and its updater."""
    return f"""\
{_backend(layout, port, "container")}
[container-updater]
interval = 5
account_suppression_time = 1
"""


def account_conf(layout: Layout, port: int) -> str:
    """The account server."""
    return _backend(layout, port, "account")


def internal_client_conf(layout: Layout) -> str:
    """The expirer's own way in, without authentication and without a socket."""
    return f"""\
[DEFAULT]
swift_dir = {layout.etc}
log_name = internal-client
log_level = WARNING

[pipeline:main]
pipeline = catch_errors cache symlink proxy-server

[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
{NEVER_SHUN}
{CACHE}
{_plain_filters(("catch_errors", "symlink"))}"""


def _backend(layout: Layout, port: int, kind: str) -> str:
    name = f"{kind}-server"
    return f"""\
{_common(layout, port, name)}
[pipeline:main]
pipeline = {name}

[app:{name}]
use = egg:swift#{kind}
log_requests = false
{PATIENT}"""


def _common(layout: Layout, port: int, name: str) -> str:
    return f"""\
[DEFAULT]
swift_dir = {layout.etc}
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
devices = {layout.data}
mount_check = false
disable_fallocate = true
fallocate_reserve = 0
log_level = WARNING
log_name = {name}
recon_cache_path = {layout.run}
"""


def _plain_filters(names: Sequence[str]) -> str:
    return "".join(f"[filter:{name}]\nuse = egg:swift#{name.replace('-', '_')}\n" for name in names)
