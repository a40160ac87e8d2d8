"""Counts what goes over SSH, where paramiko sends it; for this process alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import paramiko


@dataclass
class Traffic:
    """Connections, channels by what they are for, and the requests inside the SFTP ones."""

    connections: int = 0
    execs: int = 0
    sftp_sessions: int = 0
    sftp_requests: int = 0


PLACES = {
    "connections": (paramiko.SSHClient, "connect"),
    "execs": (paramiko.Channel, "exec_command"),
    "sftp_sessions": (paramiko.Channel, "invoke_subsystem"),
    "sftp_requests": (paramiko.SFTPClient, "_async_request"),
}


@contextmanager
def counted() -> Iterator[Traffic]:
    """Count for the length of the block."""
    traffic = Traffic()
    with ExitStack() as stack:
        for what, (owner, method) in PLACES.items():
            original = getattr(owner, method)
            setattr(owner, method, _counting(traffic, what, original))
            stack.callback(setattr, owner, method, original)
        yield traffic


def _counting(traffic: Traffic, what: str, original: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        setattr(traffic, what, getattr(traffic, what) + 1)
        return original(*args, **kwargs)

    return call
