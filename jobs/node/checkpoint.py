"""What research code gets as `checkpoint`: a directory that survives preemption."""

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Optional, Union

ENDING = 50  # characters of a name: it may have 255 bytes, of up to four for each
SAVING = ".saving-"  # how files begin that save() has not finished
if TYPE_CHECKING:
    _Path = Path
else:
    _Path = type(Path())  # a subclass of Path itself cannot be made before Python 3.12


class Checkpoint(_Path):
    """A directory, as `pathlib.Path`, with a safe way to save and to load."""

    def save(self, name: str, data: Union[bytes, str, Callable[[Path], Any]]) -> None:
        """Save `data` under `name`, whole or not at all: a kill leaves the old file or the new one.

        A function is called with a path to write to, which ends as `name` does: some libraries
        choose the format by that.
        """
        if Path(name).name != name or name in ("", ".."):
            raise ValueError(f"checkpoint.save() takes the name of a file, not {name!r}.")
        beside = Path(str(self), f"{SAVING}{os.urandom(4).hex()}-{name[-ENDING:]}")
        try:
            if callable(data):
                data(beside)
            else:
                beside.write_bytes(data.encode() if isinstance(data, str) else data)
            sync(beside)
            os.replace(str(beside), str(self / name))
        finally:
            with contextlib.suppress(FileNotFoundError):
                beside.unlink()
        sync_directory(self)

    def load(self, name: str, default: Optional[bytes] = None) -> Optional[bytes]:
        """The bytes last saved under `name`; `default` if there are none."""
        try:
            return (self / name).read_bytes()
        except FileNotFoundError:
            return default


def sync(path: Path) -> None:
    handle = os.open(str(path), os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_directory(path: Path) -> None:
    with contextlib.suppress(OSError):  # some file systems cannot sync a directory
        sync(path)
