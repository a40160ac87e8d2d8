"""The process that holds the libraries of the research code and forks a child for each part.

A new Python costs a tenth of a second, its libraries up to some seconds: too much for each of a
thousand short parts. Only what the file imports before its first other statement is loaded here.
The file itself is loaded by each child, so that no part sees what another has left behind.
"""

import ast
import contextlib
import gc
import importlib
import json
import os
import signal
import sys
import warnings
from pathlib import Path
from typing import Any, List

from .files import read_json
from .research import run_code

# macOS's own libraries do not stand it: there this process does the work itself, and ends
FORKS = sys.platform == "linux"


def serve(code: Path) -> int:
    """Fork for each folder that is named on stdin, as JSON; say on stdout how each child ended.

    A child works in its folder, finds call.json beside it, and returns its exit code from here, to
    end as any Python does. What research code prints goes to stderr.
    """
    answers = os.dup(1)  # not inherited by what the research code starts
    os.dup2(2, 1)
    preload(code)
    # Slurm signals every process. This one's end would be taken for that of its child, which may
    # want to save something first.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for line in iter(sys.stdin.readline, ""):
        child = fork() if FORKS else 0
        if child == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            if FORKS:
                os.close(answers)
            return work_in(Path(json.loads(line)), code)
        tell(answers, {"pid": child})
        tell(answers, {"status": exit_status(os.waitpid(child, 0)[1])})
    return 0


def preload(code: Path) -> None:
    """Import what the file imports first; what goes wrong, each child meets again and tells."""
    sys.path[0] = str(code.parent)  # as for the file itself
    with contextlib.suppress(Exception):
        for name in first_imports(code.read_bytes()):
            with contextlib.suppress(Exception):
                importlib.import_module(name)
    if hasattr(gc, "freeze"):  # from Python 3.7 on
        gc.collect()
        gc.freeze()  # else each child, when it ends, looks through all that is loaded: 10-200 ms


def first_imports(source: bytes) -> List[str]:
    """The modules imported before the first other statement, for that may set how others load."""
    names: List[str] = []
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Import):
            names += [alias.name for alias in statement.names]
        elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            names.append(statement.module)
        elif not is_docstring(statement):
            break
    return names


def is_docstring(statement: ast.stmt) -> bool:
    # Str: before Python 3.8; from 3.14 on ast has no such name any more
    return isinstance(statement, ast.Expr) and type(statement.value).__name__ in ("Constant", "Str")


def fork() -> int:
    with warnings.catch_warnings():
        # from Python 3.12 on: libraries may have threads. They are idle until they are called.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def work_in(folder: Path, code: Path) -> int:
    """In the child: nothing of the zygote's but its libraries."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.chdir(str(folder))
    seed_anew()
    return run_code(code, read_json(folder.parent / "call.json"), folder.parent)


def seed_anew() -> None:
    """Else all parts would draw the same random numbers."""
    for name in ("random", "numpy.random"):
        if name in sys.modules:
            sys.modules[name].seed()


def exit_status(status: int) -> int:
    """As subprocess tells it: the exit code, or the negative number of the signal."""
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def tell(answers: int, answer: Any) -> None:
    with contextlib.suppress(BrokenPipeError):  # the worker was killed, stdin will say so
        os.write(answers, json.dumps(answer).encode() + b"\n")
