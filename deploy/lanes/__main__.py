"""Style and types, the offline suite, the live suite on the test bed: `make test`.

Without root, what can run runs; the last lines name what did not, and how to run it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence

from deploy.lanes.plan import on_postgres, plan, testbeds_down
from deploy.lanes.running import End, run
from deploy.testbed import load
from deploy.testbed.place import CHECKOUT, find_bed


def main(argv: Sequence[str]) -> int:
    """All of it, or with "postgres" that one lane; 0 if all went well."""
    os.chdir(CHECKOUT)
    if argv == ["postgres"]:
        return _postgres()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    bed = find_bed()
    try:
        packages = subprocess.run(["sh", "deploy/install_packages.sh"])
        ends = run(plan(bed), CHECKOUT / "build" / "lanes")
    except KeyboardInterrupt:
        return 130
    finally:
        for lane in testbeds_down(bed):
            subprocess.run(
                lane.command, env={**os.environ, **lane.environment}, stdout=subprocess.DEVNULL
            )
    return _conclude(ends, ["packages"] if packages.returncode else [])


def _conclude(ends: Sequence[End], failed: list[str]) -> int:
    lines = [line for end in ends for line in end.said.splitlines()]
    for line in sorted({line for line in lines if line.startswith("NOT RUN")}):
        print(line)
    failed += [end.lane.name for end in ends if end.code]
    if failed:
        print("FAILED:", *failed, file=sys.stderr)
    return 1 if failed else 0


def _postgres() -> int:
    """Its address is known only now that the test bed is up."""
    database = load().postgres
    if database is None:
        print("NOT RUN without PostgreSQL: python -m deploy.testbed up postgres")
        return 0
    environment = {**os.environ, "FREELOADER_DATABASE_URL": database.url}
    return subprocess.run(on_postgres(), env=environment).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
