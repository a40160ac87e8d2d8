"""A short, seeded run of the chaos harness, and a restart of the whole site amid its jobs."""

from __future__ import annotations

import pytest

from deploy.chaos.__main__ import Options, run
from deploy.chaos.orders import Kind
from deploy.testbed import TestbedEnv

pytestmark = [pytest.mark.live, pytest.mark.timeout(2400)]
FAULTS = (
    "task-killed",
    "worker-killed",
    "host-frozen",
    "web-killed",
    "ssh-cut",
    "ssh-session-killed",
    "slurmctld-halted",
    "slurmctld-killed",
    "node-taken",
    "swift-halted",
    "clamd-stopped",
    "mail-stopped",
    "database-stopped",
)
PLAIN_COURSE = ["uploaded", "scanning", "clean", "submitting", "pending", "running"]
PLAIN_COURSE += ["completed", "delivered"]


def test_no_fault_loses_doubles_or_falsely_ends_a_job(testbed: TestbedEnv) -> None:
    outcome = run(Options(jobs=25, seed=11, database="postgres", faults=FAULTS), testbed)
    print(outcome.words)  # noqa: T201 - the stories, where the test fails
    assert outcome.verdict.damages == ()
    assert outcome.verdict.jobs == 25


def test_restarting_web_and_worker_amid_jobs_is_nothing_but_a_delay(testbed: TestbedEnv) -> None:
    options = Options(
        jobs=20, seed=12, database="postgres", faults=("site-restarted",), mean_pause_s=8
    )
    outcome = run(options, testbed)
    print(outcome.words)  # noqa: T201
    assert outcome.verdict.damages == ()
    assert outcome.verdict.doubled_mail <= 1  # of forty; a restart may come between sent and noted
    for case in outcome.cases:
        if case.order.kind in (Kind.HEALTHY, Kind.SLOW):
            [row] = case.rows
            assert [move.new for move in row.moves] == PLAIN_COURSE
