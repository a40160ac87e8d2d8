"""A whole site on the test bed, as a production host runs it: web server, workers, real parts."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import URLError
from urllib.request import urlopen

from deploy.demo.site import ROOT, STOP_WITHIN_S, free_port
from deploy.testbed.env import TestbedEnv
from deploy.testbed.place import PartError

T = TypeVar("T")


def until(look: Callable[[], T], *, seconds: float = 240, what: str = "it") -> T:
    """The first true answer of `look`; `PartError` when none comes in time."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise PartError(f"{what} did not happen within {seconds} s")
        time.sleep(0.2)
    return seen


def needed(part: T | None) -> T:
    """The part, which must be up; else `PartError`."""
    if part is None:
        raise PartError("a part of the test bed is not up: make testbed")
    return part


@dataclass
class LiveSite:
    """Starts and stops the processes of one site; asks it only what people and machines can see."""

    bed: TestbedEnv
    folder: Path
    store: Mapping[str, Any]
    database_url: str
    port: int = field(default_factory=free_port)
    parts: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where its pages are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def mail_from(self) -> str:
        """The address that its letters come from: no other site's."""
        return f"freeloader-{self.port}@site.example"

    def environment(self) -> dict[str, str]:
        """The FREELOADER_… variables of this site, over the ones of this process."""
        swift, sshd = needed(self.bed.swift), needed(self.bed.sshd)
        clamd, mail = needed(self.bed.clamd), needed(self.bed.mail)
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "freeloader_site.settings",
            "FREELOADER_SECRET_KEY": "only-for-tests-" + "x" * 40,
            "FREELOADER_SITE_URL": self.url,
            "FREELOADER_DATABASE_URL": self.database_url,
            "FREELOADER_STORE": str(self.store["BACKEND"]),
            "FREELOADER_STORE_OPTIONS": json.dumps(self.store["OPTIONS"]),
            "FREELOADER_STORE_ORIGIN": swift.url,
            "FREELOADER_STATIC_ROOT": str(self.folder / "static"),
            "FREELOADER_SSH_KEYS": str(sshd.key_file.parent),
            "FREELOADER_CLAMD": f"{clamd.host}:{clamd.port}",
            "FREELOADER_CLAMD_MAX_DATABASE_AGE_DAYS": "0",  # the private database has no date
            "FREELOADER_MAIL": f"smtp://{mail.host}:{mail.port}",
            "FREELOADER_MAIL_FROM": f"Freeloader <{self.mail_from}>",
            "FREELOADER_POLL_FASTEST_S": "1",
            "FREELOADER_SWEEP_INTERVAL_S": "1",
            "FREELOADER_LOG_LEVEL": "INFO",
        }

    def manage(self, *arguments: str) -> str:
        """The output of a management command on this site."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment(), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise PartError(f"manage.py {arguments[0]}: {done.stderr.strip()}")
        return done.stdout

    def start(self) -> None:
        """Bring up the web server and a worker; returns when the pages answer."""
        self.run_script(Path(__file__).with_name("site_setup.py"))
        bind = f"127.0.0.1:{self.port}"
        self._launch(
            "web",
            "-m",
            "gunicorn",
            "freeloader_site.wsgi",
            "--threads",
            "4",
            "--no-control-socket",
            "-b",
            bind,
        )
        self._launch("worker", "manage.py", "worker")
        until(self._is_up, what="the site")

    def run_script(self, script: Path) -> None:
        """Run a script inside the site's Django."""
        self.manage("shell", "--no-imports", "-c", script.read_text())

    def _launch(self, name: str, *arguments: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, stdout=log,
                stderr=log, env=self.environment(), start_new_session=True)  # fmt: skip
        self.parts.append(process)

    def _is_up(self) -> bool:
        try:
            with urlopen(f"{self.url}/healthz", timeout=30) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def stop(self) -> None:
        """Stop what was started."""
        for process in reversed(self.parts):
            process.terminate()
        for process in self.parts:
            try:
                process.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def letters_to(self, address: str) -> list[EmailMessage]:
        """The letters that have arrived for this address."""
        folder = needed(self.bed.mail).folder
        mails = [
            message_from_bytes(path.read_bytes(), policy=policy.default)
            for path in sorted(folder.glob("*.eml"))
        ]
        return [
            mail
            for mail in mails
            if isinstance(mail, EmailMessage)
            and address in str(mail["To"])
            and self.mail_from in str(mail["From"])
        ]

    def link_in_letter(self, address: str, kind: str) -> str:
        """The first link of a kind ("r" result, "j" status) mailed to this address, or ""."""
        for mail in self.letters_to(address):
            body = mail.get_body(("plain",))
            text = body.get_content() if body else ""
            if found := re.search(rf"{self.url}/{kind}/[\w-]+/", text):
                return found.group()
        return ""
