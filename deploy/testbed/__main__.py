"""python -m deploy.testbed up|down|status [PART ...]"""

import argparse
import fcntl
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from deploy.testbed import load
from deploy.testbed.part import Part
from deploy.testbed.parts import NAMES, all_parts
from deploy.testbed.place import Bed, PartError, find_bed
from deploy.testbed.processes import write_whole


def main(argv: Sequence[str] | None = None) -> int:
    """Do what `argv` says; 0 if it was done, 1 if a part failed or was named but cannot run."""
    options = _parse(argv)
    try:
        return _command(options, find_bed())
    except PartError as error:
        print(error, file=sys.stderr)
        return 1


def _command(options: argparse.Namespace, bed: Bed) -> int:
    if bed.note:
        print(f"state is in {bed.state}: {bed.note}")
    if options.command == "status":
        return status(bed, options.parts or NAMES)
    bed.make_folders()
    with _alone(bed):
        # `up` decides on accounting anew; `down` stops whatever is there.
        accounting = options.accounting if options.command == "up" else None
        parts = all_parts(bed, accounting=accounting)
        chosen = [parts[name] for name in options.parts or NAMES]
        act = bring_up if options.command == "up" else bring_down
        done = act(chosen, named=bool(options.parts))
        write_whole(bed.state / "env.json", load(bed).to_json(), 0o600)
    return 0 if done else 1


def bring_up(parts: Sequence[Part], *, named: bool) -> bool:
    """Start what is not running, all parts at once; one that cannot run counts only if named."""
    able = [part for part in parts if not part.obstacle()]
    for part in parts:
        if obstacle := part.obstacle():
            _say(part, f"cannot run: {obstacle}")
    done = _all_at_once(able, lambda part: "started" if part.up() else "was up")
    return done and (len(able) == len(parts) or not named)


def bring_down(parts: Sequence[Part], *, named: bool) -> bool:
    """Stop the parts, all at once. A part that never ran here is down already."""
    return _all_at_once([part for part in parts if part.folder.exists()], _bring_down)


def _bring_down(part: Part) -> str:
    if not part.has_daemons():
        return "was down"
    part.down()
    return "stopped"


def status(bed: Bed, names: Sequence[str]) -> int:
    """Say for each part whether it is up; 0 if all are."""
    parts = all_parts(bed)
    up = {name: parts[name].is_up() for name in names}
    for name in names:
        _say(parts[name], "up" if up[name] else f"down {parts[name].obstacle()}".rstrip())
    return 0 if all(up.values()) else 1


def _all_at_once(parts: Sequence[Part], act: Callable[[Part], str]) -> bool:
    def attempt(part: Part) -> bool:
        started = time.monotonic()
        try:
            word = act(part)
        except PartError as error:
            _say(part, f"failed: {error}")
            return False
        _say(part, f"{word} ({time.monotonic() - started:.1f} s)")
        return True

    with ThreadPoolExecutor(max(1, len(parts))) as pool:
        return all(list(pool.map(attempt, parts)))


def _say(part: Part, words: str) -> None:
    print(f"{part.name:9} {words}", flush=True)


@contextmanager
def _alone(bed: Bed) -> Iterator[None]:
    """Hold the test bed's lock: two `up` at once must not start everything twice."""
    with (bed.state / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.testbed", description=__doc__)
    parser.add_argument("command", choices=("up", "down", "status"))
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one of {', '.join(NAMES)}")
    parser.add_argument(
        "--no-accounting",
        dest="accounting",
        action="store_false",
        help="a Slurm without slurmdbd: sacct then knows nothing",
    )
    options = parser.parse_args(argv)
    if unknown := set(options.parts) - set(NAMES):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    return options


if __name__ == "__main__":
    sys.exit(main())
