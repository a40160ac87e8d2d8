"""What the demonstration's processes are told, and where their things are."""

from __future__ import annotations

import json
import os
import socket
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom

from deploy.swift_one import credentials
from deploy.swift_one.layout import kept_secret

ROOT = Path(__file__).resolve().parents[2]
# A worker lets its tasks end, each of its two groups for half a minute. Killed before, it would
# leave them: they are in sessions of their own.
STOP_WITHIN_S = 90
# Below those that the kernel gives to calls and to whoever binds to 0 (ip_local_port_range).
PORTS = range(11_000, 16_000)


@dataclass(frozen=True)
class DemoSite:
    """One demonstration: its folder and its ports on 127.0.0.1."""

    state: Path
    web_port: int
    swift_port: int

    @property
    def url(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def origins(self) -> list[str]:
        """Whose pages may call the store."""
        return [self.url]

    @property
    def swift_root(self) -> Path:
        """The store's folder."""
        return self.state / "swift"

    @property
    def mail_folder(self) -> Path:
        """Where letters land, a file each."""
        return self.state / "mail"

    @property
    def admin_password(self) -> str:
        """Of the account `demo`; drawn at the first start."""
        # A folder from before has more in its file than the password.
        return kept_secret(self.state / "admin-password", size_bytes=8)[:16]

    @property
    def pi_password(self) -> str:
        """Of the account `ada`, who owns one of the examples."""
        return kept_secret(self.state / "pi-password", size_bytes=8)

    def environment(self) -> dict[str, str]:
        """The FREELOADER_… variables of this site, over the ones of this process."""
        store = credentials(self.swift_root, self.swift_port)
        options = {
            "auth_url": store.auth_url,
            "user": store.user,
            "key": store.key,
            "container": "freeloader",
        }
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "freeloader_site.settings",
            "DJANGO_SUPERUSER_PASSWORD": self.admin_password,
            "DEMO_PI_PASSWORD": self.pi_password,
            "FREELOADER_SECRET_KEY": kept_secret(self.state / "secret-key"),
            "FREELOADER_SITE_URL": self.url,
            "FREELOADER_DATABASE_URL": f"sqlite:///{self.state}/db.sqlite3",
            "FREELOADER_STORE": "backends.swift.SwiftStore",
            "FREELOADER_STORE_OPTIONS": json.dumps(options),
            "FREELOADER_STORE_ORIGIN": f"http://127.0.0.1:{self.swift_port}",
            "FREELOADER_STATIC_ROOT": str(self.state / "static"),
            "FREELOADER_MAIL": f"file://{self.mail_folder}",
            "FREELOADER_MAIL_FROM": "Freeloader <freeloader@localhost>",
            "FREELOADER_POLL_FASTEST_S": "2",
            "FREELOADER_SWEEP_INTERVAL_S": "2",
            "FREELOADER_CLAMD": "",
            "FREELOADER_MIN_FILL_S": "0",  # who shows it around clicks fast, and so do programs
            "FREELOADER_LOG_LEVEL": "WARNING",
        }


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on.

    As long as this process lives no other is given it here, and none gets it by chance.
    """
    for port in SystemRandom().sample(PORTS, len(PORTS)):
        if _can_be_bound(port) and _is_now_ours(port):
            return port
    raise OSError(f"None of the ports {PORTS.start} to {PORTS.stop - 1} is free.")


def _can_be_bound(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _is_now_ours(port: int) -> bool:
    """By a name that the kernel forgets when this process ends: unix(7), abstract sockets."""
    with closing(socket.socket(socket.AF_UNIX)) as mark:
        try:
            mark.bind(f"\0freeloader-port-{port}")
        except OSError:
            return False
        mark.detach()  # it stays open
        return True


def is_free(port: int) -> bool:
    """Nobody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
