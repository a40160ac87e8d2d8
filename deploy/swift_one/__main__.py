"""python -m deploy.swift_one ROOT [--port N] [--origins CSV] [--die-with-parent]"""

import argparse
import ctypes
import os
import signal
import sys
import time
from pathlib import Path

from deploy.swift_one.config import Ports
from deploy.swift_one.layout import Layout
from deploy.swift_one.serve import serve

PR_SET_PDEATHSIG = 1  # prctl(2)


def main() -> None:
    started = time.monotonic()
    options = _parse()
    if options.die_with_parent:
        die_with_parent()

    def ready(ports: Ports) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: os._exit(0))  # nothing to save: writes are synced
        took = time.monotonic() - started
        print(f"READY http://127.0.0.1:{ports.proxy} in {took:.1f}s", flush=True)

    try:
        origins = [origin.strip() for origin in options.origins.split(",") if origin.strip()]
        serve(Layout(options.root.resolve()), options.port, origins, ready)
    except OSError as error:
        sys.exit(f"Swift cannot start on port {options.port}: {error}")


def die_with_parent() -> None:
    """Ask the kernel to end this process when the thread that started it ends."""
    parent = os.getppid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it ended before we could ask
        sys.exit(0)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.swift_one", description=__doc__)
    parser.add_argument("root", type=Path, help="the folder that keeps the store's state")
    parser.add_argument("--port", type=int, default=8080, help="on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--origins", default="", help="web pages' origins that may call, by comma")
    parser.add_argument(
        "--die-with-parent", action="store_true", help="stop when the starting process ends"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
