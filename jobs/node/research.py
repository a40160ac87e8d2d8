"""Inside the research code's own process: load the file, call a function, say how it went."""

import importlib.util
import inspect
import json
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any, Callable, Optional

from .checkpoint import Checkpoint
from .endings import EXIT_CODES, Ending
from .files import CALLED, Json, replace_file

SIGNATURES = {
    "run": "run(inputs, output)",
    "split": "split(inputs)",
    "merge": "merge(outputs, output)",
    "compare": "compare(first, second)",
}
CHECKPOINT = {"run": ["checkpoint"], "merge": ["checkpoint"]}  # made only for who asks for it
RETURNS = ("split", "compare")  # of these it matters what they return


def run_code(code: Path, call: Json, notes: Optional[Path]) -> int:
    """Call one of the file's functions; the verdict goes into the folder `notes`, or is printed.

    `call` is {"function": "run" | "split" | "merge" | "compare", "arguments": {name: value}}, where
    paths are strings; "outputs", "inputs" and the like are lists of them. It may also name the
    directory for "temporary" files, and in "watch_writes" the only ones to write to.
    """
    value = None
    prepare(call, notes)
    try:
        value = call_function(load(code), call, notes)
        reason, message = "done", "The code has done its work."
    except Ending as ending:
        reason, message = ending.reason, ending.message
    except SystemExit as error:
        reason, message = "code_failed", f"The code called sys.exit({error.code!r})."
    except Exception as error:
        traceback.print_exception(type(error), error, own_traceback(error))
        reason, message = "code_failed", first_line(error)
    verdict: Json = {"reason": reason, "message": message}
    if call["function"] in RETURNS:
        verdict["value"] = value
    tell(notes, "verdict", verdict)
    return EXIT_CODES[reason]


def prepare(call: Json, notes: Optional[Path]) -> None:
    if "temporary" in call:
        os.environ["TMPDIR"] = call["temporary"]
        tempfile.tempdir = None  # where it was looked up before, it is looked up anew
    if notes is not None and "watch_writes" in call:
        from .writes import watch_writes

        watch_writes(notes, call["watch_writes"])


def load(code: Path) -> Any:
    """The file as a module named "pipeline", for multiprocessing and pickle to find it."""
    sys.path[0] = str(code.parent)  # as if it had been started itself; hides our own modules
    # ... but those of its processes that are sent a checkpoint have to find its class
    sys.path.append(str(Path(__file__).parents[len(str(__package__).split("."))]))
    spec: Any = importlib.util.spec_from_file_location("pipeline", str(code))
    module = importlib.util.module_from_spec(spec)
    sys.modules["pipeline"] = module
    spec.loader.exec_module(module)
    return module


def call_function(module: Any, call: Json, notes: Optional[Path]) -> Any:
    """Call it with what it asks for by name; `Ending` if it asks for what there is not."""
    name = call["function"]
    function = getattr(module, name, None)
    if not callable(function):
        raise Ending("code_refused", f"The file has no function {SIGNATURES[name]}.")
    offers = {key: as_paths(value) for key, value in call["arguments"].items()}
    if name in ("run", "merge"):
        offers["progress"] = progress_function(notes)
    if "checkpoint" in offers:
        offers["checkpoint"] = Checkpoint(str(offers.pop("checkpoint")))
    asked = inspect.signature(function).parameters
    for key, parameter in asked.items():
        if key not in offers and is_required(parameter):
            may = ", ".join(dict.fromkeys([*offers, *CHECKPOINT.get(name, [])]))
            raise Ending("code_refused", f"{name}() asks for {key!r}; it may ask for {may}.")
    if notes is not None:
        (notes / CALLED).write_text(str(time.monotonic()))
    value = function(**{key: offers[key] for key in asked if key in offers})
    return plain(value) if name in RETURNS else None


def as_paths(value: Any) -> Any:
    """The strings of job.json as paths, the lists of them as lists."""
    return [as_paths(each) for each in value] if isinstance(value, list) else Path(value)


def plain(value: Any) -> Any:
    """What a function returned, as JSON can say it: paths as strings, tuples as lists."""
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else repr(value)


def is_required(parameter: inspect.Parameter) -> bool:
    is_one = parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    return is_one and parameter.default is parameter.empty


def progress_function(notes: Optional[Path]) -> Callable[..., None]:
    """What research code gets as `progress`; calling it a million times costs nothing."""
    told_at = [-1.0]

    def progress(fraction: float, message: str = "") -> None:
        if time.monotonic() - told_at[0] >= 0.2 or fraction >= 1:
            told_at[0] = time.monotonic()
            bounded = max(0.0, min(1.0, float(fraction)))
            tell(notes, "progress", {"fraction": bounded, "message": str(message)[:200]})

    return progress


def tell(notes: Optional[Path], name: str, note: Json) -> None:
    if notes is not None:
        replace_file(notes / (name + ".json"), json.dumps(note))
    else:
        print("{}: {}".format(name, " ".join(str(v) for v in note.values())), file=sys.stderr)


def own_traceback(error: BaseException) -> Any:
    """The traceback from the research code's first line on."""
    found = error.__traceback__
    while found and found.tb_frame.f_code.co_filename.startswith((__file__, "<frozen importlib")):
        found = found.tb_next
    return found


def first_line(error: Exception) -> str:
    """As the traceback's last line: "ValueError: could not convert string to float: 'x'"."""
    text = f"{type(error).__name__}: {error}"
    return text.strip().rstrip(":").splitlines()[0][:300]
