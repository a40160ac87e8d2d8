"""A private PostgreSQL with one database, `freeloader`; initdb refuses to run as root."""

import os
import re
import shutil
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psycopg

from deploy.swift_one.layout import kept_secret, write_private
from deploy.testbed.env import PostgresEnv
from deploy.testbed.part import Part
from deploy.testbed.place import HOST
from deploy.testbed.processes import LOOK_TIMEOUT_S, Daemon, new_draft, run

NAME = "freeloader"  # of the role and of the database


class Postgres(Part):
    name = "postgres"
    uses_accounts = True

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def obstacle(self) -> str:
        if newest_programs() is None:
            return "postgresql not installed: run deploy/install_packages.sh as root"
        return super().obstacle()

    def prepare(self) -> bool:
        self.folder.mkdir(mode=0o755, exist_ok=True)
        if not self.data.exists():
            self._make_cluster()
        return False

    def stages(self) -> Sequence[Sequence[Daemon]]:
        port = self.bed.port("postgres")
        postgres = str((newest_programs() or Path()) / "postgres")
        settings = [
            f"listen_addresses={HOST}",
            "unix_socket_directories=",
            "fsync=off",  # its data outlive a kill, not a power cut: enough for tests
        ]
        argv = [*_as_owner(), postgres, "-D", str(self.data), "-p", str(port)]
        argv += [word for setting in settings for word in ("-c", setting)]
        # SIGTERM would wait for every client to leave (PostgreSQL manual, Shutting Down).
        return [[Daemon("postgres", argv, self._serves, port=port, stop_signal=signal.SIGINT)]]

    def describe(self) -> PostgresEnv:
        return PostgresEnv(self._url(NAME))

    def _url(self, database: str) -> str:
        password = kept_secret(self.folder / "password")
        return f"postgres://{NAME}:{password}@{HOST}:{self.bed.port('postgres')}/{database}"

    def _make_cluster(self) -> None:
        draft = new_draft(self.data)
        draft.chmod(0o700)
        password = self.folder / "initial"
        write_private(password, kept_secret(self.folder / "password"))
        if os.geteuid() == 0:
            for path in (draft, password):
                shutil.chown(path, "postgres", "postgres")
        initdb = str((newest_programs() or Path()) / "initdb")
        options = ["--username", NAME, "--pwfile", str(password), "--auth", "scram-sha-256"]
        run([*_as_owner(), initdb, "-D", str(draft), "--no-sync", "-E", "UTF8", *options])
        password.unlink()
        draft.rename(self.data)

    def _serves(self) -> bool:
        """Whether it lets us in; the database is made on the way."""
        with (
            suppress(psycopg.OperationalError),
            psycopg.connect(
                self._url("postgres"), autocommit=True, connect_timeout=LOOK_TIMEOUT_S
            ) as session,
        ):
            known = "SELECT 1 FROM pg_database WHERE datname = %s"
            if session.execute(known, (NAME,)).fetchone() is None:
                session.execute("CREATE DATABASE freeloader")
            return True
        return False


def newest_programs() -> Path | None:
    """Debian keeps the server's programs out of PATH, one folder for each major version."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    versions = {
        int(path.parts[4]): path.parent for path in found if re.match(r"\d+$", path.parts[4])
    }
    return versions[max(versions)] if versions else None


def _as_owner() -> list[str]:
    if os.geteuid() != 0:
        return []
    return ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]
