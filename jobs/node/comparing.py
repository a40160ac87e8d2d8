"""Whether two runs of the same code on the same inputs left the same."""

import itertools
import zipfile
from functools import partial
from pathlib import Path
from typing import Dict, List, Optional

from .attempt import Attempt
from .compute import call
from .endings import Ending
from .files import Json
from .source import functions_in
from .store import get, patiently

SHOWN_CHARACTERS = 100
PACKED = "results.zip"


def differences(first: List[Json], second: List[Json]) -> Dict[str, str]:
    """What differs between the results of two manifests: name → "missing", "new" or "differs"."""
    before = {entry["name"]: (entry["size_bytes"], entry["sha256"]) for entry in first}
    after = {entry["name"]: (entry["size_bytes"], entry["sha256"]) for entry in second}
    found = {name: "missing" for name in before if name not in after}
    found.update((name, "new") for name in after if name not in before)
    found.update((n, "differs") for n in before if n in after and before[n] != after[n])
    return found


def first_difference(first: Path, second: Path) -> str:
    """The first line in which two texts differ, for a person; "" if they are no texts."""
    try:
        with first.open(encoding="utf-8") as one, second.open(encoding="utf-8") as other:
            for number, (a, b) in enumerate(itertools.zip_longest(one, other), 1):
                if a != b:
                    return f"line {number}: {shown(a)}, then {shown(b)}"
    except (OSError, ValueError):
        pass
    return ""


def shown(line: Optional[str]) -> str:
    if line is None:
        return "no such line"
    cut = repr(line.rstrip("\n")[:SHOWN_CHARACTERS])
    return cut if len(line) <= SHOWN_CHARACTERS else cut + " …"


def comparison(attempt: Attempt, results: List[Json]) -> Optional[Json]:
    """What the code's own compare() says of these results and those of the reference run.

    None if it is not needed: there is no reference (job.json has one in a rehearsal's second run),
    nothing differs, or the code has no compare().
    """
    told = attempt.told()
    reference = told.get("reference")
    code = attempt.directory / told["code"]["file"]
    if (
        reference is None
        or not differences(reference, results)
        or "compare" not in functions_in(code)
    ):
        return None
    first = fetched(attempt, reference)
    arguments = {"first": str(first), "second": str(attempt.output)}
    try:
        return opinion(call(attempt, code, "compare", arguments).get("value"))
    except Ending as ending:
        return {"equal": False, "message": f"compare() failed: {ending.message}"}


def opinion(value: object) -> Json:
    """compare()'s answer: True, or a sentence that says what differs."""
    if value is True:
        return {"equal": True, "message": "compare() finds the results equal."}
    message = value if isinstance(value, str) and value else "compare() did not return True."
    return {"equal": False, "message": message[:300]}


def fetched(attempt: Attempt, reference: List[Json]) -> Path:
    """The reference run's results in a folder, as its code left them."""
    folder = attempt.work / "reference"
    for number, entry in enumerate(reference):
        target = folder / inner_name(entry["name"])
        target.parent.mkdir(parents=True, exist_ok=True)
        patiently(f"the earlier result {entry['name']}", partial(fetch, attempt, number, target))
    if [entry["name"] for entry in reference] == [PACKED] and not is_own(attempt):
        with zipfile.ZipFile(str(folder / PACKED)) as archive:
            archive.extractall(str(folder))
        (folder / PACKED).unlink()
    return folder


def is_own(attempt: Attempt) -> bool:
    """Whether the code itself calls a result so; else we have packed them."""
    return (attempt.output / PACKED).exists()


def inner_name(name: str) -> str:
    """A result's name, which research code chose, if it stays inside of a folder."""
    parts = name.split("/")
    if "" in parts or ".." in parts or "." in parts:
        raise Ending("broken_job", f"job.json names a result {name!a}.")
    return name


def fetch(attempt: Attempt, number: int, target: Path) -> None:
    entry = attempt.told()["reference"][number]
    with target.open("wb") as file:
        for chunk in get(entry["url"], 0):
            file.write(chunk)
