"""For research code that is saved by the stand-ins: it has to lend a hand, where DMTCP needs none.

Its state, which the images hold, is a dictionary; files that it opens here are cut back at a
restart to the length that they had, as DMTCP does with open files. It runs by the node's Python,
which may be 3.6.
"""

import os
import socket
import sys
import threading
from pathlib import Path
from typing import IO, Any

import image  # type: ignore[import-not-found]


def own_argv() -> "list[str]":
    """With the interpreter's options, which sys.argv leaves out."""
    return Path("/proc/self/cmdline").read_text().split("\0")[:-1]


class Process:
    """The code's process, saved whenever its coordinator asks, but not while `at_once` is held."""

    def __init__(self, **state: Any) -> None:
        self.state = state
        self.files: dict[str, IO[str]] = {}
        self.lengths: dict[str, int] = {}
        self.at_once = threading.Lock()
        if "STAND_IN_IMAGE" in os.environ:
            saved = image.read(Path(os.environ["STAND_IN_IMAGE"]))
            self.state, self.lengths = saved["state"], saved["lengths"]
        threading.Thread(target=self._obey, args=[self._known()], daemon=True).start()

    def open(self, path: Path) -> IO[str]:
        """A file to write to."""
        with path.open("a") as file:
            file.truncate(self.lengths.get(str(path), 0))
        self.files[str(path)] = path.open("a")
        return self.files[str(path)]

    def _known(self) -> IO[str]:
        """The line to the coordinator, which knows of it before it works, as with DMTCP."""
        with socket.create_connection(("127.0.0.1", int(os.environ["STAND_IN_PORT"]))) as line:
            words = line.makefile("rw")  # keeps the line open
        print("worker", file=words, flush=True)
        assert words.readline() == "known\n"
        return words

    def _obey(self, words: IO[str]) -> None:
        for word in words:
            if word.strip() == "kill":
                os._exit(0)  # as DMTCP's own --kill ends it
            with self.at_once:
                self._save()
            print("saved", file=words, flush=True)

    def _save(self) -> None:
        for file in self.files.values():
            file.flush()
        content = {
            "argv": [sys.executable, *own_argv()[1:]],
            "environment": dict(os.environ),
            "state": self.state,
            "lengths": {path: os.path.getsize(path) for path in self.files},
        }
        path = (
            Path(os.environ["STAND_IN_CKPTDIR"]) / f"ckpt_python_{os.environ['STAND_IN_ID']}.dmtcp"
        )
        beside = path.with_name(f"{path.name}.temp")
        image.write(beside, content)
        hold = Path(os.environ.get("STAND_IN_HOLD", "/nonexistent"))
        while hold.exists():  # a slow disk
            threading.Event().wait(0.01)
        beside.rename(path)
