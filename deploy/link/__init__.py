"""A network between clients and a server, in one process, that can be slow, far, and cut.

    with Link("http://127.0.0.1:8080", line=Line(delay_s=0.025, bytes_per_s=12.5e6)) as link:
        ...  # clients call link.url
        link.cut()
        link.mend()
        link.ledger.stored_twice()

A relay on 127.0.0.1 for HTTP/1.1. Requests and answers pass unchanged, `Host` too, for signatures
cover it: so a store behind it has to sign for `link.url` (SwiftStore's `storage_url`, S3Store's
`public_endpoint_url`). The server is called on loopback, one connection a request. There is no
TLS, no loss of packets, and no slow start.
"""

from deploy.link.ledger import Exchange, Ledger
from deploy.link.link import Holding, Link
from deploy.link.wire import Clock, Line

__all__ = ["Clock", "Exchange", "Holding", "Ledger", "Line", "Link"]
