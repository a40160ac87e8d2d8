"""python -m deploy.testbed.mail_sink FOLDER --port N: keeps each message as one .eml file.

A recipient whose name begins with `refuse@` is refused for good (550), `defer@` for now (451).
"""

import argparse
import asyncio
import itertools
import os
import signal
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"
REFUSALS = {
    "refuse": "550 5.1.1 There is no such mailbox here",
    "defer": "451 4.3.0 Try again later",
}


class Sink:
    """What aiosmtpd asks about each recipient and each message."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = REFUSALS.get(address.partition("@")[0].lower())
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content or b""
        letter = content if isinstance(content, bytes) else content.encode()
        self._keep(_envelope_headers(envelope) + letter)
        return "250 OK, kept"

    def _keep(self, letter: bytes) -> None:
        name = f"{time.time_ns()}-{next(self._numbers)}.eml"
        draft = self._folder / f".{name}.tmp"
        draft.write_bytes(letter)
        draft.rename(self._folder / name)  # a reader never sees half a letter


def _envelope_headers(envelope: Envelope) -> bytes:
    """What a mail server adds at delivery: who it was really from and for, Bcc included."""
    lines = [f"Return-Path: <{envelope.mail_from}>"]
    lines += [f"Delivered-To: {address}" for address in envelope.rcpt_tos]
    return "".join(f"{line}\r\n" for line in lines).encode()


async def _serve(folder: Path, port: int) -> None:
    loop = asyncio.get_running_loop()
    sink = Sink(folder)
    server = await loop.create_server(
        lambda: SMTP(sink, hostname="localhost", enable_SMTPUTF8=True, loop=loop), HOST, port
    )
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    print(f"READY smtp://{HOST}:{server.sockets[0].getsockname()[1]}", flush=True)
    await stopped.wait()
    os._exit(0)  # open connections are not waited for


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, required=True, help="on 127.0.0.1; 0 takes a free one")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(_serve(options.folder, options.port))


if __name__ == "__main__":
    main()
