"""The command line: an attempt, a call of the research code, or a try on a laptop."""

import sys
from pathlib import Path
from typing import List

from . import USAGE


def main() -> None:
    sys.exit(command(sys.argv[1:]))


def command(arguments: List[str]) -> int:
    """What the command line asks for; returns the exit code."""
    # imported where needed: the research code's process is spared what only an attempt needs
    if arguments[:1] == ["--call"] and len(arguments) == 4:
        from .files import read_json
        from .research import run_code

        code, call, notes = [Path(argument).resolve() for argument in arguments[1:]]
        return run_code(code, read_json(call), notes)
    if arguments[:1] == ["try"]:
        from .laptop.trying import try_code

        return try_code(arguments[1:])
    if arguments[:1] == ["--zygote"] and len(arguments) == 2:
        from .zygote import serve

        return serve(Path(arguments[1]).resolve())
    if len(arguments) in (2, 3) and all(number.isdigit() for number in arguments[1:]):
        from .run import run_attempt

        return run_attempt(Path(arguments[0]), *map(int, arguments[1:]))
    print(USAGE, file=sys.stderr)
    return 64
