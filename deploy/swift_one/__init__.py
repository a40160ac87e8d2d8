"""A real OpenStack Swift on loopback, in one process, as any user: for the demo and the tests.

    python -m deploy.swift_one ROOT --port 8080 --origins http://127.0.0.1:8000

The proxy, account, container and object servers, the expirer and the updaters share one process
as green threads. ROOT holds `etc` (written anew at every start), `data` (kept), `run` and `key`.
One copy of each object, no TLS: not for data that anybody would miss.
"""

from deploy.swift_one.layout import Credentials, Layout, credentials

__all__ = ["Credentials", "Layout", "credentials"]
