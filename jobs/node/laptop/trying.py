"""`try`: a PI runs her file on her own computer as the site would, and may have it interrupted."""

import argparse
import itertools
import os
import random
import shutil
import signal
import sys
import tempfile
import unicodedata
from pathlib import Path
from typing import Any, List

from ..files import is_printable, remove
from ..source import functions_in
from .order import Order
from .rehearsing import faults, rehearse, remarks
from .trial import Trial

# what a new pipeline has on the site, as long as nothing else is set there
MEMORY_MB, DISK_MB, CHECKPOINT_MB, TIME_LIMIT_MIN = 4000, 50000, 10000, 60.0


class Unusable(Exception):
    """What was asked for cannot be done; says what to change."""


def try_code(arguments: List[str]) -> int:
    """Run the file as the command line says; returns 0 if nothing is to be mended, else 1."""
    asked = parser().parse_args(arguments)
    for name in ("SIGTERM", "SIGHUP"):  # the terminal was closed: leave nothing running
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop)
    root = Path(tempfile.mkdtemp(prefix="freeloader-try-")).resolve()
    try:
        order, output = order_of(asked), output_of(asked)
        return carry_out(order, output, root, asked)
    except Unusable as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
    finally:
        remove(root)
    return 1


def stop(_signal: int, _frame: Any) -> None:
    raise KeyboardInterrupt


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python freeloader.pyz try",
        description="Run a pipeline's Python file on this computer, as the site would run it.",
    )
    made.add_argument("code", metavar="pipeline.py", type=Path)
    made.add_argument("files", metavar="FILES", nargs="+", type=Path, help="inputs, or folders")
    made.add_argument("--output", type=Path, help="where the results go; it must not be there yet")
    made.add_argument("--workers", type=positive, default=1, help="parts that run at the same time")
    made.add_argument(
        "--preempt",
        metavar="N",
        nargs="?",
        type=positive,
        const=3,
        default=0,
        help="run it again, interrupted N times (3), and compare the results",
    )
    made.add_argument("--seed", type=int, help="draw the same interruptions as another time")
    made.add_argument("--memory", metavar="MB", type=positive, default=MEMORY_MB)
    made.add_argument("--disk", metavar="MB", type=positive, default=DISK_MB)
    made.add_argument("--checkpoint", metavar="MB", type=positive, default=CHECKPOINT_MB)
    made.add_argument("--minutes", type=float, default=TIME_LIMIT_MIN, help="for one start")
    return made


def positive(word: str) -> int:
    if int(word) < 1:
        raise argparse.ArgumentTypeError("it must be 1 or more")
    return int(word)


def order_of(asked: argparse.Namespace) -> Order:
    if asked.preempt and not hasattr(os, "killpg"):
        raise Unusable("Interruptions need Linux or macOS; without --preempt it works here.")
    if not asked.code.is_file():
        raise Unusable(f"There is no file {asked.code}.")
    if len({"split", "merge"} & set(functions_in(asked.code))) == 1:
        raise Unusable("The site takes a file with both split() and merge(), or with neither.")
    limits = {"memory_mb": asked.memory, "disk_mb": asked.disk, "checkpoint_mb": asked.checkpoint}
    limits["time_limit_min"] = max(1, round(asked.minutes))
    inputs = inputs_of(asked.files)
    return Order(asked.code.resolve(), inputs, asked.workers, limits, asked.minutes * 60, say)


def say(line: str) -> None:
    """Print it, whatever characters the terminal knows, and none that it would obey."""
    known = sys.stdout.encoding or "ascii"
    plain = "".join(escaped(c) if c not in "\n\t" else c for c in line)
    print(plain.encode(known, "backslashreplace").decode(known), flush=True)


def escaped(character: str) -> str:
    """Names and what code prints are data: they move no cursor and turn no line around."""
    if unicodedata.category(character) in ("Cc", "Cf"):
        return character.encode("unicode_escape").decode()
    return character


def inputs_of(files: List[Path]) -> List[Path]:
    """The files, and those in the folders; their names must be such as the site takes."""
    found: List[Path] = []
    for path in files:
        if not path.exists():
            raise Unusable(f"There is no file {path}.")
        found += [p for p in path.iterdir() if p.is_file()] if path.is_dir() else [path]
    names = [path.name for path in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Unusable(f"Two of the files are called {twice[0]}; on the site, names differ.")
    for name in names:
        if not is_printable(name):
            raise Unusable(f"The site takes no file with a name like {name!a}.")
    if not found:
        raise Unusable("There is no file in that folder.")
    # not resolved: a link's name is what counts, not that of the file which it leads to
    return sorted(Path(os.path.abspath(str(path))) for path in found)


def output_of(asked: argparse.Namespace) -> Path:
    """A folder that is not there yet, nor its log: nothing is ever overwritten."""
    if asked.output is not None:
        for path in (asked.output, log_of(asked.output)):
            if path.exists():
                raise Unusable(f"{path} is already there. Choose another name, or delete it first.")
        return Path(asked.output)
    stem = f"output-of-{asked.code.stem}"
    numbered = (Path(f"{stem}-{number}") for number in itertools.count(2))
    free = (p for p in itertools.chain([Path(stem)], numbered) if not p.exists())
    return next(path for path in free if not log_of(path).exists())


def log_of(output: Path) -> Path:
    return output.with_name(output.name + ".log.txt")


def carry_out(order: Order, output: Path, root: Path, asked: argparse.Namespace) -> int:
    count = len(order.inputs)
    say(f"{order.code.name} runs on {count} file{'s' if count > 1 else ''}, undisturbed:")
    first = Trial(order, root / "first")
    end = first.carry_out()
    log = save_log(first, output)
    if end["reason"] != "done":
        say(f"\nIt failed: {end['message']}")
        first.show_end_of_log()
        say(f"All that it printed is in {log}.")
        return 1
    problems, notes = faults(first), [told_duration(first), *remarks(first)]
    try:
        if asked.preempt > 0 and not problems:
            seed = random.randrange(10**6) if asked.seed is None else asked.seed
            more, advice = rehearse(first, order, root, asked.preempt, seed)
            problems, notes = problems + more, notes + advice
    finally:  # whatever becomes of the rehearsal, which needs them where they are
        deliver(first, output)
    say(f"\nThe results are in {output}, what it printed in {log}.")
    return report(problems, notes, bool(asked.preempt))


def told_duration(trial: Trial) -> str:
    return f"Undisturbed, the code took {trial.seconds_in_code():.1f} s."


def save_log(trial: Trial, output: Path) -> Path:
    log = log_of(output)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(trial.log(), encoding="utf-8")
    return log


def deliver(trial: Trial, output: Path) -> None:
    """The results, as a collaborator would get them."""
    for name, path in sorted(trial.results().items()):
        target = output / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(str(path), str(target))


def report(problems: List[str], notes: List[str], was_interrupted: bool) -> int:
    for line in notes:
        say(f"- {line}")
    for line in problems:
        say(f"- TO MEND: {line}")
    if problems:
        say("It is not yet fit for the restart partition.")
    elif was_interrupted:
        say("It is fit for the restart partition.")
    else:
        say("It works. Whether it survives interruptions: try again with --preempt.")
    return 1 if problems else 0
