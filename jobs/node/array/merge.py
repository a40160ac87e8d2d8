"""Stage merge: the outputs of all parts become the results."""

from pathlib import Path
from typing import List

from ..attempt import Attempt
from ..compute import begin_with_checkpoint, call, report
from ..endings import Ending
from ..files import Json, read_json
from ..kept import kept_directory
from ..results import sizes_in, store_manifest, store_results
from .parts import read_parts
from .workers import take_workers


def merge_parts(attempt: Attempt, code: Path) -> None:
    """Call merge() on the outputs, in the order of the parts; the manifest is stored last."""
    kept = kept_directory(attempt).resolve()
    outputs = [str(intact_output(kept, number)) for number in range(len(read_parts(attempt, kept)))]
    begin_with_checkpoint(attempt, code, "merge")
    report(attempt, None, "Putting the parts together")
    attempt.output.mkdir()
    call(attempt, code, "merge", arguments(attempt, kept, outputs))
    take_workers(attempt, kept)
    report(attempt, 1.0, "Storing the results")
    store_manifest(attempt, store_results(attempt))


def arguments(attempt: Attempt, kept: Path, outputs: List[str]) -> Json:
    inputs = sorted(str(path) for path in (kept / "inputs").iterdir())
    given: Json = {"outputs": outputs, "output": str(attempt.output), "inputs": inputs}
    if attempt.checkpoint is not None:
        given["checkpoint"] = str(attempt.checkpoint)
    return given


def intact_output(kept: Path, number: int) -> Path:
    """The part's output directory; `Ending` unless it holds just what the part was settled with."""
    part = kept / f"part.{number}"
    settled, output = read_json(part / "part.json").get("files"), part / "output"
    if settled is None or settled != sizes_in(output):
        message = "Part {} is no longer as it was computed: its files in the scratch were changed."
        raise Ending("broken_job", message.format(number + 1))
    return output
