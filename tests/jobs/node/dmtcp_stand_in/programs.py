"""dmtcp_launch, dmtcp_restart and dmtcp_command, as far as Freeloader uses them."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import threading
import uuid
from pathlib import Path
from typing import IO, NoReturn

import image  # type: ignore[import-not-found]

FAIL_RC = int(os.environ.get("DMTCP_FAIL_RC", "99"))


def launch() -> NoReturn:
    """Start a program under a new coordinator."""
    options, argv = parsed()
    environment = {"STAND_IN_ID": uuid.uuid4().hex, "PYTHONPATH": str(Path(__file__).parent)}
    start(argv, {**os.environ, **environment}, options)


def restart() -> NoReturn:
    """Start it again as the image has it, environment and all."""
    options, paths = parsed()
    try:
        saved = image.read(Path(paths[0]))
    except image.NoImage:
        sys.exit(FAIL_RC)
    except image.Damaged:
        os.kill(os.getpid(), signal.SIGSEGV)
    start(saved["argv"], {**saved["environment"], "STAND_IN_IMAGE": paths[0]}, options)


def parsed() -> tuple[argparse.Namespace, list[str]]:
    """Only the options that were run against DMTCP 5.0; another one is an error."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("-q", action="store_true", required=True)
    parser.add_argument("--new-coordinator", action="store_true", required=True)
    parser.add_argument("--coord-port", type=int, choices=[0], required=True)
    parser.add_argument("--port-file", type=Path, required=True)
    parser.add_argument("--interval", type=int, choices=[0], required=True)
    parser.add_argument("--ckptdir", type=Path, required=True)
    parser.add_argument("words", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    assert options.ckptdir.is_dir()
    assert Path(os.environ["DMTCP_TMPDIR"]).is_dir()
    return options, options.words


def start(argv: list[str], environment: dict[str, str], options: argparse.Namespace) -> NoReturn:
    """Become the program, with a coordinator as a child."""
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    program = os.getpid()
    if os.fork() == 0:
        Coordinator(server).serve_while_it_lives(program)
    options.port_file.write_text(f"{port}\n")
    own = {"STAND_IN_PORT": str(port), "STAND_IN_CKPTDIR": str(options.ckptdir)}
    os.execve(argv[0], argv, {**environment, **own})  # noqa: S606 - as DMTCP does


class Coordinator:
    """Knows the processes of one program, and does what dmtcp_command asks."""

    def __init__(self, server: socket.socket) -> None:
        self.server = server
        self.workers: list[IO[str]] = []

    def serve_while_it_lives(self, program: int) -> NoReturn:
        """Until the program, its parent, has ended."""
        threading.Thread(target=self.serve, daemon=True).start()
        while os.getppid() == program:
            threading.Event().wait(0.02)
        os._exit(0)

    def serve(self) -> None:
        """Each connection in a thread."""
        while True:
            line, _ = self.server.accept()
            words = line.makefile("rw")
            threading.Thread(target=self.answer, args=[words], daemon=True).start()

    def answer(self, words: IO[str]) -> None:
        """A worker stays; a command gets its answer."""
        word = words.readline().strip()
        if word == "worker":
            self.workers.append(words)
            print("known", file=words, flush=True)
            return
        is_done = bool(self.workers) and all(self.tell(worker, word) for worker in self.workers)
        print("done" if is_done else "not running", file=words, flush=True)

    def tell(self, worker: IO[str], word: str) -> bool:
        """Whether the worker did it; it does not survive a kill to say so."""
        try:
            print(word, file=worker, flush=True)
            return worker.readline().strip() == "saved" or word == "kill"
        except OSError:
            return word == "kill"


COMMANDS = {"--bcheckpoint": "checkpoint", "--kill": "kill"}


def command() -> NoReturn:
    """Ask a coordinator; ends with 2 where there is none, or where it cannot."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--coord-host", choices=["127.0.0.1"], required=True)
    parser.add_argument("--coord-port", type=int, required=True)
    for option in COMMANDS:
        parser.add_argument(option, dest="word", action="store_const", const=COMMANDS[option])
    asked = parser.parse_args()
    try:
        with socket.create_connection((asked.coord_host, asked.coord_port)) as line:
            words = line.makefile("rw")
            print(asked.word, file=words, flush=True)
            answer = words.readline().strip()
    except OSError:
        sys.exit(2)
    sys.exit(0 if answer == "done" else 2)
