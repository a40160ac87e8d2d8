"""python -m deploy.chaos --jobs 200 --seed 7 --database postgres|sqlite"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from deploy.chaos.comparison import Outcome, compare
from deploy.chaos.course import Course
from deploy.chaos.faults import KINDS, MEAN_PAUSE_S, Kind, chosen_kinds, draw_faults
from deploy.chaos.harm import Scene
from deploy.chaos.orders import draw_orders
from deploy.chaos.site import ChaosSite
from deploy.chaos.slow_road import SlowRoad
from deploy.chaos.unguarded.guards import MIXES
from deploy.demo.site import ROOT
from deploy.testbed import PartError, TestbedEnv, find_bed, load
from deploy.testbed.__main__ import main as testbed
from deploy.testbed.account import make_scratch
from deploy.testbed.parts import NAMES
from deploy.testbed.site import needed


@dataclass(frozen=True)
class Options:
    """What one run is to be."""

    jobs: int
    seed: int
    database: str
    without: str = ""
    faults: tuple[str, ...] = ()
    mean_pause_s: float = MEAN_PAUSE_S
    calm: bool = False

    @property
    def folder(self) -> Path:
        """Where all is kept that the run leaves."""
        name = "-".join(filter(None, [self.database, str(self.seed), self.without]))
        return ROOT / "build" / "chaos" / name


def main(argv: Sequence[str] | None = None) -> int:
    """0 if nothing was lost, doubled, falsely done or stuck, and every letter came once."""
    options = _parse(argv)
    try:
        with _test_bed() as bed:
            outcome = run(options, bed)
    except PartError as error:
        print(error, file=sys.stderr)
        return 1
    print(outcome.words)
    return 0 if outcome.verdict.is_clean else 1


def run(options: Options, bed: TestbedEnv) -> Outcome:
    """One run on a test bed that is up, and is whole again afterwards."""
    folder = options.folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    mix = MIXES.get(options.without)
    kinds = chosen_kinds(options.faults or (mix.faults if mix else ()), options.database)
    truth = _make_truth(options, bed)
    with _road(truth, kinds) as road, _site(options, bed, truth, road) as site:
        pause_s = mix.mean_pause_s if mix else options.mean_pause_s
        faults = draw_faults(options.seed, [] if options.calm else kinds, mean_pause_s=pause_s)
        orders = draw_orders(options.jobs, options.seed, shares=mix.shares if mix else {})
        course = Course(Scene(find_bed(), site, road), orders, faults, folder)
        course.run(limit_s=1200 + 4 * options.jobs)
        return compare(course, folder, seed=options.seed, database=options.database)


def _make_truth(options: Options, bed: TestbedEnv) -> Path:
    """The folder of truth, empty, on the disk that the nodes share."""
    truth = bed.state / "truth" / options.folder.name
    shutil.rmtree(truth, ignore_errors=True)
    truth.parent.mkdir(mode=0o755, exist_ok=True)
    make_scratch(truth)
    return truth


@contextmanager
def _test_bed() -> Iterator[TestbedEnv]:
    """The test bed; brought up, and taken down again, where it was not up."""
    bed = load()
    if all(getattr(bed, name) for name in NAMES):
        yield bed
        return
    if testbed(["up"]):
        raise PartError("the test bed did not come up")
    try:
        yield load()
    finally:
        testbed(["down"])


@contextmanager
def _road(truth: Path, kinds: Sequence[Kind]) -> Iterator[SlowRoad | None]:
    """A slow way to slurmctld, beside the folder of truth, where a fault asks for one."""
    if all(kind.name != "submit-delayed" for kind in kinds):
        yield None
        return
    folder = truth.with_name(f"{truth.name}-road")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o755)
    road = SlowRoad(find_bed(), folder)
    road.open()
    try:
        yield road
    finally:
        road.close()


@contextmanager
def _site(
    options: Options, bed: TestbedEnv, truth: Path, road: SlowRoad | None
) -> Iterator[ChaosSite]:
    """The site of this run, up."""
    swift, name = needed(bed.swift), f"chaos-{options.database}-{options.seed}"
    store = {"auth_url": swift.auth_url, "user": swift.user, "key": swift.key, "container": name}
    with _database(options, bed) as url:
        site = ChaosSite(
            bed=bed,
            folder=options.folder,
            store={"BACKEND": "backends.swift.SwiftStore", "OPTIONS": store},
            database_url=url,
            truth=truth,
            programs=str(road.programs) if road else "",
            without=options.without,
        )
        try:
            site.start()
            yield site
        finally:
            site.stop()


@contextmanager
def _database(options: Options, bed: TestbedEnv) -> Iterator[str]:
    """An empty database; one in PostgreSQL is dropped at the end (the ledger is kept as a file)."""
    if options.database == "sqlite":
        yield f"sqlite:///{options.folder}/db.sqlite3"
        return
    url = needed(bed.postgres).url
    name = f"chaos_{options.seed}_{options.without.replace('-', '_')}".rstrip("_")
    drop = f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'
    with psycopg.connect(url, autocommit=True) as session:
        session.execute(drop)
        session.execute(f'CREATE DATABASE "{name}"')
    yield urlsplit(url)._replace(path=f"/{name}").geturl()
    with psycopg.connect(url, autocommit=True) as session:
        session.execute(drop)


def _parse(argv: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(prog="python -m deploy.chaos")
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))  # noqa: S311
    parser.add_argument("--database", choices=("postgres", "sqlite"), default="postgres")
    parser.add_argument("--without", choices=sorted(MIXES), default="", metavar="GUARD",
        help=f"take one guard out of the site: {', '.join(sorted(MIXES))}")  # fmt: skip
    parser.add_argument("--faults", default="", metavar="KIND,KIND",
        help=f"only these: {', '.join(KINDS)}")  # fmt: skip
    parser.add_argument("--mean-pause-s", type=float, default=MEAN_PAUSE_S,
        help="between the beginnings of two faults")  # fmt: skip
    parser.add_argument("--calm", action="store_true", help="no faults at all")
    told = parser.parse_args(argv)
    names = tuple(filter(None, told.faults.split(",")))
    if unknown := set(names) - set(KINDS):
        parser.error(f"no such faults: {', '.join(sorted(unknown))}")
    return Options(**(vars(told) | {"faults": names}))


if __name__ == "__main__":
    sys.exit(main())
