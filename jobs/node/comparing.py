"""Whether two runs of the same code on the same inputs left the same."""

import zipfile
from functools import partial
from pathlib import Path
from typing import Iterator, List, Optional

from .attempt import Attempt
from .compute import call
from .differing import Parting, chunks_of, differences, parting
from .endings import Ending
from .files import Json
from .source import functions_in
from .store import StoreTrouble, get, patiently

PACKED = "results.zip"
REFERENCE, PACKED_REFERENCE = "reference", "reference.zip"  # of the first run, for compare()
LOOKED_INTO = 5  # results of which it is told where they part


def told_differences(attempt: Attempt, results: List[Json]) -> Optional[List[Json]]:
    """Where the first of the results part from those of the reference run that have their names.

    None without a reference. It is a hint for a PI: what the store does not give is left out.
    """
    reference = attempt.told().get("reference")
    if reference is None:
        return None
    changed = differences(reference, results)
    in_both = [name for name, change in changed.items() if None not in change][:LOOKED_INTO]
    told = []
    for number, entry in enumerate(reference):
        if entry["name"] in in_both:
            found = parting_from(attempt, number, entry["name"])
            if found:
                told.append({"name": entry["name"], "byte": found.byte, "line": found.line})
    return told


def parting_from(attempt: Attempt, number: int, name: str) -> Optional[Parting]:
    """Where our result of this name and that of the reference run part."""
    path = attempt.output / name
    if not path.exists():  # we have packed it
        path = attempt.work / name
    try:
        with path.open("rb") as file:
            return parting(reference_result(attempt, number, name), file)
    except (OSError, StoreTrouble):
        return None


def reference_result(attempt: Attempt, number: int, name: str) -> Iterator[bytes]:
    """Its bytes: of the copy that compare() was given, if there is one, else from the store."""
    packed = attempt.work / PACKED_REFERENCE
    copy = packed if name == PACKED and packed.exists() else attempt.work / REFERENCE / name
    if not copy.is_file():
        yield from get(attempt.told()["reference"][number]["url"], 0)
        return
    with copy.open("rb") as file:
        yield from chunks_of(file)


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
    folder = attempt.work / REFERENCE
    for number, entry in enumerate(reference):
        target = folder / inner_name(entry["name"])
        target.parent.mkdir(parents=True, exist_ok=True)
        patiently(f"the earlier result {entry['name']}", partial(fetch, attempt, number, target))
    if [entry["name"] for entry in reference] == [PACKED] and not is_own(attempt):
        (folder / PACKED).replace(attempt.work / PACKED_REFERENCE)
        with zipfile.ZipFile(str(attempt.work / PACKED_REFERENCE)) as archive:
            archive.extractall(str(folder))
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
