"""What the database refuses of jobs: leaving an end, rewriting history."""

from __future__ import annotations

from jobs.states import TERMINAL
from pipelines.guards import Guard

_ENDS = ", ".join(f"'{state}'" for state in sorted(TERMINAL))

JOB_GUARDS = (
    Guard(
        name="job_ends_are_final",
        table="jobs_job",
        when=f"OLD.state IN ({_ENDS}) AND NEW.state <> OLD.state",
        message="a job that has ended stays in its state",
    ),
    Guard(
        name="transitions_never_change",
        table="jobs_transition",
        when="1 = 1",
        message="the history of a job never changes",
    ),
)
