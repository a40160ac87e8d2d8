"""Free ports: nobody else listens there, and nobody else is told the same."""

from __future__ import annotations

import socket

import pytest

from deploy.demo import site
from deploy.demo.site import free_port, is_free


def only(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "PORTS", range(port, port + 1))


def test_a_port_is_given_to_one_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    assert is_free(port)

    only(port, monkeypatch)

    with pytest.raises(OSError, match=f"None of the ports {port} to {port} is free"):
        free_port()


def test_a_port_that_somebody_listens_on_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        only(taken.getsockname()[1], monkeypatch)

        with pytest.raises(OSError, match="is free"):
            free_port()
