"""What a machine reached over the network can do for us; `ssh.py` does it."""

from __future__ import annotations

import shlex
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

# Unacknowledged bytes end the connection after this long (tcp(7)).
DEAD_PEER_S = 30


@dataclass(frozen=True)
class Endpoint:
    """Where to log in. `host_key`: lines "ssh-ed25519 AAAA…"; `key_file`: a path."""

    host: str
    port: int
    user: str
    host_key: str
    key_file: Path

    @property
    def login(self) -> str:
        """The place as people write it."""
        return f"{self.user}@{self.host}:{self.port}"


@dataclass(frozen=True)
class Answer:
    """What a command left behind; `returncode` is None if nobody knows how it ended."""

    returncode: int | None
    stdout: bytes
    stderr: bytes

    @property
    def words(self) -> str:
        """What it said of its failure, in one line fit for a message."""
        text = (self.stderr or self.stdout).decode(errors="replace")
        return " ".join(text.split())[:300]


class Remote(Protocol):
    """Commands and files on one host. Each method raises `ClusterError`, transient where the host
    was not reached or did not answer: then a command may have run, and may still be running."""

    def run(
        self,
        argv: Sequence[str],
        stdin: bytes = b"",
        *,
        timeout_s: float = 60,
        max_bytes: int = 2**20,
    ) -> Answer:
        """Run one command, at most once, and return how it ended.

        More than `max_bytes` on stdout is an error (a cut answer would be read as "not there");
        stderr is cut there.
        """

    def put_files(self, directory: str, files: Mapping[str, bytes]) -> None:
        """Make the directory (mode 0700) if need be and replace these files in it, each whole."""

    def put_file(self, path: str, data: bytes) -> None:
        """Replace one file atomically; its directory must be there."""


def command_line(argv: Sequence[str], mark: str) -> str:
    """What the login shell gets: a line to know our output by, then the command.

    The only place that quotes. What start-up files of the shell print comes before the mark.
    """
    return f"echo {mark}; exec {shlex.join(argv)}"


def after_mark(answer: Answer, mark: str) -> Answer | None:
    """The answer from its mark on; None if the login shell never came to our command."""
    _, found, rest = answer.stdout.partition(f"{mark}\n".encode())
    return replace(answer, stdout=rest) if found else None


def connected_socket(host: str, port: int, timeout_s: float) -> socket.socket:
    """A TCP connection that sends at once and notices a dead peer; raises `OSError`."""
    sock = socket.create_connection((host, port), timeout_s)
    # paramiko never sets it, and each request then waits 40 ms for Nagle and the delayed ACK.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; a keepalive of SSH's own only sends
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_PEER_S * 1000)
    return sock
