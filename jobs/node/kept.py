"""What outlives a start, and the Slurm job: checkpoint directories, fenced by renaming."""

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import Any, Iterator, List, Optional

from .attempt import Attempt
from .checkpoint import SAVING
from .files import Json, read_json, remove, replace_file
from .source import functions_in

RACES = 20  # so often another start may rename a directory before this one does


def kept_directory(attempt: Attempt) -> Path:
    """The job's kept directory; made if it is not there yet."""
    attempt.kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    return attempt.kept


def checkpoint_for(
    attempt: Attempt, code: Path, function: str = "run", name: str = "checkpoint"
) -> Optional[Path]:
    """The function's checkpoint directory, for this start alone; None if it asks for none.

    `name`: that of its generations in the kept directory; a part has one of its own.
    """
    if not asks_for(code, function, "checkpoint"):
        return None
    directory = next_generation(attempt, name)
    for entry in walk(directory):
        if entry.name.startswith(SAVING):
            os.unlink(entry.path)
    return directory


def asks_for(code: Path, function: str, name: str) -> bool:
    """Whether the function, at the file's top level, has a parameter of that name."""
    found = functions_in(code).get(function)
    return found is not None and name in [a.arg for a in found.args.args + found.args.kwonlyargs]


def next_generation(attempt: Attempt, name: str) -> Path:
    """The newest `<name>.<g>` of the kept directory, renamed to g + 1; or else a new `<name>.0`.

    That is the fence: after a node failure an earlier start may run on, and has now no path to it.
    """
    for _ in range(RACES):
        attempt.stand()
        with contextlib.suppress(FileNotFoundError, FileExistsError):  # another start was quicker
            return taken_generation(kept_directory(attempt), name)
    return taken_generation(kept_directory(attempt), name)


def taken_generation(kept: Path, name: str) -> Path:
    found = generations(kept, name)
    if not found:
        target = kept / f"{name}.0"
        target.mkdir(mode=0o700)
        return target
    newest = found.pop()
    target = kept / f"{name}.{generation_of(newest) + 1}"
    os.rename(str(newest), str(target))
    for path in found:  # code of an earlier start that made its directory anew
        remove(path)
    return target


def generations(kept: Path, name: str) -> List[Path]:
    """The directories `<name>.<g>`, the newest last."""
    found = [path for path in kept.glob(f"{name}.*") if path.name[len(name) + 1 :].isdigit()]
    return sorted(found, key=generation_of)


def generation_of(path: Path) -> int:
    return int(path.name.rpartition(".")[2])


def found_in(checkpoint: Path) -> Json:
    """What a start begins with (`begun_with`): {} if nothing was saved.

    Two starts that find the same digest had no save between them.
    """
    files = sorted(walk(checkpoint), key=lambda entry: entry.path)
    if not files:
        return {}
    digest, size_bytes, saved_at = hashlib.sha256(), 0, 0.0
    for entry in files:
        stat = entry.stat(follow_symlinks=False)
        name = os.fsencode(os.path.relpath(entry.path, str(checkpoint)))
        digest.update(b"%s\0%d %d\0" % (name, stat.st_size, stat.st_mtime_ns))
        size_bytes, saved_at = size_bytes + stat.st_size, max(saved_at, stat.st_mtime)
    found = {"kind": "checkpoint", "saved_at": saved_at, "size_bytes": size_bytes}
    return dict(found, digest=digest.hexdigest())


def saved_by(attempt: Attempt) -> Json:
    """What is in its checkpoint directory now, and how far the work was; {} if nothing is."""
    found = found_in(attempt.checkpoint) if attempt.checkpoint else {}
    return dict(found, **remembered_progress(attempt)) if found else {}


def walk(folder: Path) -> Iterator["os.DirEntry[str]"]:
    """Everything below that is no directory."""
    for entry in os.scandir(str(folder)):
        if entry.is_dir(follow_symlinks=False):
            yield from walk(Path(entry.path))
        else:
            yield entry


def remember_progress(attempt: Attempt, fraction: Any) -> None:
    """Keep it for the next start, to say how far the work was that it goes on with."""
    text = json.dumps({"fraction": fraction})
    replace_file(kept_directory(attempt) / "progress.json", text)


def remembered_progress(attempt: Attempt) -> Json:
    """{"fraction": …} as an earlier start told it; {} if none did."""
    return read_json(attempt.kept / "progress.json")
