"""Stage split: files in, split(), and parts.json, which says what the parts are."""

import json
from pathlib import Path
from typing import Any, List

from ..attempt import Attempt
from ..compute import call, report
from ..endings import Ending
from ..files import remove, replace_file
from ..inputs import stage_inputs
from ..kept import kept_directory
from ..notes import note_begin
from ..results import plain_files
from .settle import READ_ONLY, settle
from .stamps import STAMPS, write_stamps

MAX_PARTS = 1000
PARTS = "parts.json"
WHAT_TO_RETURN = "it must return a list of parts, each a path or a list of paths."


def split_inputs(attempt: Attempt, code: Path) -> None:
    """Leave the inputs and parts.json in the kept directory; nothing counts before that is there.

    What split() wrote and what it returned become `split/` at once, so that a start that comes
    later, or an earlier one that runs on, finds them and leaves them as they are.
    """
    kept = kept_directory(attempt).resolve()
    note_begin(attempt, {})
    if not (kept / "split" / PARTS).exists():
        attempt.inputs = kept / "inputs"
        stage_read_only(attempt)
        settle(split_into_parts(attempt, code), kept / "split")
    replace_file(kept / PARTS, (kept / "split" / PARTS).read_text())


def stage_read_only(attempt: Attempt) -> None:
    """All parts share these files, and so do all starts."""
    report(attempt, None, "Fetching the files")
    stage_inputs(attempt)
    for path in attempt.inputs.iterdir():
        path.chmod(READ_ONLY)
    attempt.clear_older()


def split_into_parts(attempt: Attempt, code: Path) -> Path:
    """Call split(); returns a directory with parts.json and, in `output`, what split() wrote."""
    whole = attempt.work / "split"
    remove(whole)
    output = whole / "output"
    output.mkdir(parents=True)
    inputs = sorted(str(path) for path in attempt.inputs.iterdir())
    report(attempt, None, "Dividing the work into parts")
    verdict = call(attempt, code, "split", {"inputs": inputs, "output": str(output)})
    plain_files(output)
    places = {"inputs": attempt.inputs, "split/output": output}
    parts = checked_parts(verdict.get("value"), places)
    write_stamps(whole / STAMPS, places)
    (whole / PARTS).write_text(json.dumps({"version": 1, "parts": parts}))
    return whole


def checked_parts(value: Any, places: "dict[str, Path]") -> List[List[str]]:
    """What split() returned, as paths below the kept directory; `Ending` says what to change."""
    if not isinstance(value, list):
        shown = value if isinstance(value, str) else repr(value)
        raise refusal(f"split() returned {shown[:80]}; {WHAT_TO_RETURN}")
    if not value:
        raise refusal(f"split() returned no parts; {WHAT_TO_RETURN}")
    if len(value) > MAX_PARTS:
        message = "split() returned {:,} parts; {:,} are the most. Put more files into each part."
        raise refusal(message.format(len(value), MAX_PARTS))
    return [checked_part(number, part, places) for number, part in enumerate(value, start=1)]


def checked_part(number: int, part: Any, places: "dict[str, Path]") -> List[str]:
    paths = part if isinstance(part, list) else [part]
    if not paths or not all(isinstance(path, str) for path in paths):
        message = (
            "Part {} of what split() returned is {!r:.80}; each must be a path or a list of paths."
        )
        raise refusal(message.format(number, part))
    return [checked_path(number, path, places) for path in paths]


def checked_path(number: int, path: str, places: "dict[str, Path]") -> str:
    real = Path(path).resolve() if Path(path).is_absolute() else None
    for name, place in places.items():
        if real is not None and place.resolve() in real.parents:
            if not real.exists():
                message = "Part {} of what split() returned names {!a}, which is not there."
                raise refusal(message.format(number, real.name))
            return f"{name}/{real.relative_to(place.resolve()).as_posix()}"
    message = (
        "Part {} of what split() returned names {!a:.80}; "
        "a part is made of the paths in inputs, or of paths in split()'s own output."
    )
    raise refusal(message.format(number, path))


def refusal(message: str) -> Ending:
    return Ending("code_failed", message)
