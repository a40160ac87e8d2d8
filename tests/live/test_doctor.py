"""manage.py doctor on a whole site: all is well, and each outage is one fault with its remedy."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from deploy.demo.site import ROOT
from deploy.testbed import control
from deploy.testbed.site import LiveSite, until
from tests.live.conftest import STORES

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]
OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFlpsc2mb3UfJLUmS0B8ILKOoShxNUJiwYVm8jOXwoKm"


@dataclass
class Told:
    """What the doctor printed, and its exit status."""

    text: str
    status: int

    def lines(self, mark: str) -> list[str]:
        """The lines with this mark, without it."""
        return [line[6:] for line in self.text.splitlines() if line.startswith(f"{mark} ")]


def doctor(site: LiveSite) -> Told:
    """Run it as an operator does."""
    command = [sys.executable, "manage.py", "doctor"]
    done = subprocess.run(
        command, cwd=ROOT, env=site.environment(), capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr
    return Told(done.stdout, done.returncode)


@contextmanager
def slurmctld_stopped() -> Iterator[None]:
    control.stop_daemon("slurmctld")
    try:
        yield
    finally:
        control.start("slurmctld")
        until(control.takes_jobs, what="a node for a job")


@contextmanager
def row_changed(site: LiveSite, field: str, value: str) -> Iterator[None]:
    """The cluster's row, as somebody has mistyped it."""
    told = cluster_row(site, field)
    change_row(site, field, value)
    try:
        yield
    finally:
        change_row(site, field, told)


def cluster_row(site: LiveSite, field: str) -> Any:
    """What the row of the site's one cluster says there."""
    with psycopg.connect(site.database_url) as connection:
        ask = SQL("SELECT {} FROM pipelines_cluster").format(Identifier(field))
        ((told,),) = connection.execute(ask).fetchall()
    return told


def change_row(site: LiveSite, field: str, value: str) -> None:
    with psycopg.connect(site.database_url) as connection:
        change = SQL("UPDATE pipelines_cluster SET {} = %s").format(Identifier(field))
        connection.execute(change, [value])


@pytest.mark.parametrize("live_site", STORES, indirect=True)
def test_on_a_whole_site_nothing_is_a_fault_and_minjobage_is_kept(live_site: LiveSite) -> None:
    told = doctor(live_site)
    assert (told.status, told.lines("FAULT")) == (0, []), told.text
    assert sorted(line[:37].strip() for line in told.lines("warn")) == [
        "database  whom to tell of held jobs",  # its pages have no owners
        "scanners  clamd",  # the test bed's signatures have no date
        "site      address",
        "site      whom to ask",
    ]
    areas = {line.split()[0] for line in told.lines("ok")}
    assert areas == {"site", "database", "worker", "store", "scanners", "cluster", "mail"}
    assert cluster_row(live_site, "min_job_age_s") == 300


Outage = Callable[[LiveSite], AbstractContextManager[object]]
OUTAGES: dict[str, tuple[Outage, str, str, str]] = {
    "clamd stopped": (
        lambda site: control.part_down("clamd"),
        "scanners  clamd ",
        "does not answer",
        "systemctl status clamav-daemon",
    ),
    "wrong host key": (
        lambda site: row_changed(site, "host_key", OTHER_KEY),
        "cluster   testbed: log-in",
        "shows another host key",
        "Ask the cluster's people why it has changed",
    ),
    "a partition that does not give way": (
        lambda site: row_changed(site, "partition", "campus"),
        "cluster   testbed: gives way",
        "PreemptMode=OFF",
        "PreemptMode=REQUEUE and a low PriorityTier",
    ),
    "slurmctld stopped": (
        lambda site: slurmctld_stopped(),
        "cluster   testbed: Slurm's commands",
        "Unable to contact slurm controller",
        "wait: jobs run on",
    ),
    "mail sink down": (
        lambda site: control.part_down("mail"),
        "mail      way out",
        "Connection refused",
        "FREELOADER_MAIL",
    ),
    "store down": (
        lambda site: control.part_down("swift"),
        "store     limits",
        "did not answer",
        "FREELOADER_STORE_OPTIONS",
    ),
}


@pytest.mark.parametrize("live_site", ["swift"], indirect=True)
@pytest.mark.parametrize("name", OUTAGES)
def test_each_outage_is_one_fault_that_says_how_to_mend_it(live_site: LiveSite, name: str) -> None:
    outage, where, what, mend = OUTAGES[name]
    with outage(live_site):
        told = doctor(live_site)
    assert len(told.lines("FAULT")) == 1, told.text
    (line,) = told.lines("FAULT")
    assert line.startswith(where)
    seen, _, remedy = line.partition(" -- ")
    assert what in seen
    assert mend in remedy
    assert told.status == 1
