"""Files in: fetched, checked, or taken over from an earlier attempt."""

import contextlib
import os
import shutil
from pathlib import Path

from .attempt import Attempt
from .endings import Ending
from .files import Json, plain_name, sha256_of
from .store import StoreTrouble, get, patiently


def stage_inputs(attempt: Attempt) -> None:
    """Every input of job.json in `attempt.inputs`, with the right size and SHA-256."""
    items = attempt.told()["inputs"]
    names = [plain_name(item["name"]) for item in items]
    if len(set(names)) < len(names):
        raise Ending("broken_job", "job.json names two inputs alike.")
    attempt.inputs.mkdir(parents=True, exist_ok=True)
    for number, item in enumerate(items):
        stage(attempt, number, item)


def stage(attempt: Attempt, number: int, item: Json) -> None:
    target, part = attempt.inputs / item["name"], attempt.work / f"partial.{number}"
    if is_intact(target, item):
        return
    if not copied_from_older(attempt, part, item):
        fetch_intact(attempt, part, number)
    os.replace(str(part), str(target))


def copied_from_older(attempt: Attempt, part: Path, item: Json) -> bool:
    """A copy, not a rename: the older attempt may still be running and write to its own file."""
    for older in attempt.older():
        with contextlib.suppress(OSError):
            shutil.copyfile(str(older / "inputs" / item["name"]), str(part))
            if is_intact(part, item):
                return True
            part.unlink()
    return False


def fetch_intact(attempt: Attempt, part: Path, number: int) -> None:
    name = attempt.told()["inputs"][number]["name"]
    for _ in range(3):
        patiently(f"the input {name}", lambda: fetch(attempt, part, number))
        if is_intact(part, attempt.told()["inputs"][number]):
            return
        part.unlink()
    raise Ending("input_damaged", f"The file {name} did not arrive as it was uploaded.")


def fetch(attempt: Attempt, part: Path, number: int) -> None:
    """Append to `part` what it lacks; trouble if the connection broke off before the end."""
    item = attempt.told()["inputs"][number]
    with part.open("ab") as file:
        start = file.tell()
        if start >= item["size_bytes"]:
            return
        try:
            for chunk in get(item["url"], start):
                file.write(chunk)
        except StoreTrouble as trouble:
            if trouble.status == 416:  # the object ends here: damaged, not broken off
                return
            raise
        if file.tell() < item["size_bytes"]:
            raise StoreTrouble(0, "the connection broke off")


def is_intact(path: Path, item: Json) -> bool:
    is_whole = path.is_file() and path.stat().st_size == item["size_bytes"]
    return is_whole and sha256_of(path) == item["sha256"]
