"""Which tests run in which lane. Two processors: so one lane computes while others wait."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.lanes.running import Lane
from deploy.testbed.place import Bed

PYTHON = sys.executable
BIN = Path(sys.executable).parent
STYLE = f"""
{BIN}/ruff format --check --quiet . && {BIN}/ruff check --quiet . && {BIN}/lint-imports --no-cache
"""

# What the processors are busy with all the time.
SCANNER = (
    "tests/scanning", "tests/live/clamd", "tests/live/test_accuracy.py",
    "tests/deploy/test_bench_scan.py", "tests/backends/test_presidio.py",
    "tests/backends/test_scanner.py", "tests/jobs/test_no_value_stays.py",
)  # fmt: skip
# Processes and servers of their own, without a test bed; mostly they wait for the clock.
PROCESSES = (
    "tests/jobs/node", "tests/jobs/rehearsal", "tests/rehearsal", "tests/examples",
    "tests/backends/test_planted_files.py", "tests/backends/test_store_errors.py",
    "tests/backends/test_s3.py", "tests/jobs/test_ports.py", "tests/jobs/test_races.py",
    "tests/jobs/steps/test_stages_on_local.py",
)  # fmt: skip
# A Swift of their own, and nothing else from outside.
STORES = (
    "tests/backends/test_store.py", "tests/backends/test_store_signed.py",
    "tests/backends/test_store_count.py", "tests/backends/test_store_open.py",
    "tests/backends/test_swift.py", "tests/backends/test_purposes.py", "tests/jobs/results",
    "tests/previews", "tests/live/results", "tests/live/test_resume.py",
    "tests/live/test_expiry.py", "tests/live/test_prepare_store.py",
    "tests/deploy/test_swift_one.py", "tests/deploy/test_bench_results.py",
)  # fmt: skip
# Uploads through minutes without a store or a network: they wait most of all.
UPLOADS = ("tests/live/uploads",)
PAGES = ("tests/live/browser",)
# Computers are taken away, nodes are lost, servers are killed: a bed of their own, for each test
# counts on its Slurm.
PREEMPTION = (
    "tests/live/test_preemption.py", "tests/live/test_arrays.py", "tests/live/test_dmtcp.py",
    "tests/live/test_rehearsal.py", "tests/live/test_only_idle.py", "tests/live/test_grace.py",
    "tests/deploy/test_bench_preempt.py",
)  # fmt: skip
SLURM = (
    "tests/live/test_bare_slurm.py", "tests/live/test_chaos.py", "tests/backends/test_cluster.py",
    "tests/backends/test_slurm.py", "tests/backends/test_slurm_survey.py",
    "tests/backends/test_ssh.py", "tests/deploy/test_bench_engine.py",
)  # fmt: skip
ELSEWHERE = (*SCANNER, *PROCESSES, *STORES, *UPLOADS, *PAGES, *PREEMPTION, *SLURM)
# What the offline suite asked SQLite; on PostgreSQL only as many tests run as ask all of it.
STATEMENTS = ("--statements", "build/statements")
ON_POSTGRES = ("tests/jobs", "tests/pipelines", "tests/uploads", "--ignore=tests/jobs/node")


def second_bed(first: Bed) -> Mapping[str, str]:
    """What leads to the second test bed, from the first one's place."""
    return {
        "FREELOADER_TESTBED": f"{first.state}-2",
        "FREELOADER_TESTBED_PORT": str(first.base_port + 500),
    }


def plan(bed: Bed) -> list[Lane]:
    """All lanes, the longest of those that may begin together first.

    Of those that compute without a pause one runs at a time: offline, scanner, postgres, processes.
    """
    other = second_bed(bed)
    rest = ["tests", *(f"--ignore={path}" for path in ELSEWHERE)]
    return [
        Lane("testbed-2", _testbed("up"), environment=other),
        Lane("preemption", _live(PREEMPTION), after=["testbed-2"], environment=other),
        Lane("slurm", _live(SLURM), after=["preemption"], environment=other),
        Lane("style", ["sh", "-c", STYLE]),
        Lane("types", [PYTHON, "-m", "mypy", "."], after=["style"]),
        Lane("offline", _pytest("not live", ["tests", *STATEMENTS], workers=2), after=["style"]),
        Lane("testbed", _testbed("up"), after=["offline"]),
        Lane("uploads", _live(UPLOADS), after=["offline"]),
        Lane("pages", _live(PAGES), after=["offline"]),
        Lane("scanner", _live(SCANNER, workers=2), after=["testbed"]),
        Lane("site", _live(rest), after=["scanner"]),
        Lane("postgres", [PYTHON, "-m", "deploy.lanes", "postgres"], after=["scanner"]),
        Lane("processes", _live(PROCESSES, workers=3), after=["postgres"]),
        Lane("stores", _live(STORES), after=["uploads"]),
    ]


def testbeds_down(bed: Bed) -> list[Lane]:
    """What ends both test beds."""
    down = _testbed("down")
    return [Lane("testbed", down), Lane("testbed-2", down, environment=second_bed(bed))]


def on_postgres() -> Sequence[str]:
    """The tests of the rooms that have tables, for a database that is not SQLite."""
    return _pytest("not live or postgres", [*ON_POSTGRES, *STATEMENTS], workers=2)


def _live(paths: Sequence[str], *, workers: int = 0) -> Sequence[str]:
    return _pytest("live", paths, workers=workers)


def _pytest(marked: str, paths: Sequence[str], *, workers: int) -> Sequence[str]:
    return [PYTHON, "-m", "pytest", "-q", "-n", str(workers), "-m", marked, *paths]


def _testbed(act: str) -> Sequence[str]:
    return [PYTHON, "-m", "deploy.testbed", act]
