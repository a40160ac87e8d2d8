"""Inside the research code's own process: load the file, call run(), say how it went."""

import importlib.util
import inspect
import json
import sys
import time
import traceback
from pathlib import Path
from typing import Any, Callable, List, Optional

from .endings import EXIT_CODES, Ending
from .files import Json, replace_file


def run_code(code: Path, inputs: Path, output: Path, notes: Optional[Path]) -> int:
    """Call the file's run(); the verdict goes into the folder `notes`, or to the terminal."""
    output.mkdir(parents=True, exist_ok=True)
    try:
        call_run(load(code), sorted(inputs.iterdir()), output, notes)
        reason, message = "done", "The code has done its work."
    except Ending as ending:
        reason, message = ending.reason, ending.message
    except SystemExit as error:
        reason, message = "code_failed", f"The code called sys.exit({error.code!r})."
    except Exception as error:
        traceback.print_exception(type(error), error, own_traceback(error))
        reason, message = "code_failed", first_line(error)
    tell(notes, "verdict", {"reason": reason, "message": message})
    return EXIT_CODES[reason]


def load(code: Path) -> Any:
    """The file as a module named "pipeline", for multiprocessing and pickle to find it."""
    sys.path[0] = str(code.parent)  # as if it had been started itself; hides our own modules
    spec: Any = importlib.util.spec_from_file_location("pipeline", str(code))
    module = importlib.util.module_from_spec(spec)
    sys.modules["pipeline"] = module
    spec.loader.exec_module(module)
    return module


def call_run(module: Any, inputs: List[Path], output: Path, notes: Optional[Path]) -> None:
    """Call run() with what it asks for by name; `Ending` if it asks for what there is not."""
    for later in ("split", "merge"):
        if callable(getattr(module, later, None)):
            raise Ending("code_refused", f"{later}() is not supported yet.")
    if not callable(getattr(module, "run", None)):
        raise Ending("code_refused", "The file has no function run(inputs, output).")
    offers = {"inputs": inputs, "output": output, "progress": progress_function(notes)}
    asked = inspect.signature(module.run).parameters
    for name, parameter in asked.items():
        if name not in offers and is_required(parameter):
            message = "run() asks for {!r}; it may ask for {}.".format(name, ", ".join(offers))
            raise Ending("code_refused", message)
    module.run(**{name: offers[name] for name in asked if name in offers})


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
