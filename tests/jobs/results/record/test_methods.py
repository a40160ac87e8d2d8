"""The paragraph for a methods section: true in every case, and English in every language."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.utils import translation

from jobs.models import Attempt, Job
from jobs.results.record.methods import methods_text
from pipelines.models import CodeVersion, Pipeline
from tests.jobs.results.record import made
from tests.jobs.results.record.made import WAYS

pytestmark = pytest.mark.django_db
RAN_AT = datetime(2026, 11, 24, 9, tzinfo=UTC)


def on_a_known_day(job: Job) -> Job:
    """Its starts began and ended on 24 November."""
    job.attempts.update(started_at=RAN_AT, ended_at=RAN_AT)
    return job


def test_it_names_code_inputs_place_effort_and_what_was_left(pipeline: Pipeline) -> None:
    job = on_a_known_day(made.once(pipeline))
    assert methods_text(job) == (
        f"The pipeline “Word count” (code version 1, SHA-256 {job.code.sha256[:12]}…) was applied "
        "to one input file (3 bytes). The run on 24 November 2026 used one CPU core on preemptible "
        "nodes of the Slurm cluster “campus” and took 6.0 core-hours. It was not interrupted. It "
        "left one result file (5 bytes) and was managed by Freeloader (version 0.1.0)."
    )


@pytest.mark.parametrize(
    ("way", "words"),
    [
        (
            made.from_checkpoint,
            "It was interrupted 2 times and resumed from the code's own checkpoints after 1 of "
            "these.",
        ),
        (made.from_the_beginning, "It was interrupted 2 times. It left"),
        (made.under_dmtcp, "resumed from DMTCP checkpoints after 1 of these."),
        (made.in_parts, "one CPU core for each of up to 16 parallel tasks (64 parts) on preempt"),
        (
            made.in_parts,
            "It was interrupted 16 times and resumed from the parts that were finished",
        ),
        (made.without_files, "It left no result files and was managed by"),
        (made.here, "used one CPU core on a single machine and took 6.0 core-hours."),
        (made.with_a_gap, "and took at least 6.0 core-hours. It was interrupted once. It left"),
        (made.lost, "took 12.0 core-hours. It had to be submitted again once. It left"),
        (made.without_starts, "on preemptible nodes of the Slurm cluster “campus”. It was not int"),
        (made.hostile, "was applied to 3 input files (48 GB in total)"),
    ],
)
def test_it_says_no_more_than_is_known(pipeline: Pipeline, way: made.Way, words: str) -> None:
    assert words in methods_text(way(pipeline))


def test_packed_files_are_counted(pipeline: Pipeline) -> None:
    job = made.once(pipeline)
    job.results.update(name="results.zip", preview={"packed_files": 3001})
    words = "It left 3,001 files, packed into one ZIP (5 bytes), and was managed by"
    assert words in methods_text(job)


def test_a_rehearsal_is_told_where_one_passed(pipeline: Pipeline) -> None:
    CodeVersion.objects.update(certified_at=RAN_AT)
    pipeline.refresh_from_db()
    text = methods_text(made.once(pipeline))
    assert "…; rehearsed on 24 November 2026) was applied" in text


def test_a_waived_rehearsal_is_no_rehearsal(pipeline: Pipeline) -> None:
    CodeVersion.objects.update(waived_at=RAN_AT, waiver="Ada's thesis is due.")
    pipeline.refresh_from_db()
    text = methods_text(made.once(pipeline))
    assert "rehearsed" not in text
    assert "thesis" not in text


def test_a_run_over_several_days_says_from_when_to_when(pipeline: Pipeline) -> None:
    job = made.from_checkpoint(pipeline)
    job.attempts.filter(number=0).update(started_at=RAN_AT)
    job.attempts.filter(number=2).update(ended_at=RAN_AT.replace(day=26))
    assert "The run from 24 November 2026 to 26 November 2026 used" in methods_text(job)


def test_little_work_is_not_called_none(pipeline: Pipeline) -> None:
    job = made.once(pipeline)
    Attempt.objects.update(core_seconds=40)
    assert "took less than 0.1 core-hours." in methods_text(job)


def test_a_job_from_before_names_no_version_of_freeloader(pipeline: Pipeline) -> None:
    job = made.once(pipeline)
    del job.settings["freeloader_version"]
    assert methods_text(job).endswith("was managed by Freeloader.")


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_it_is_the_same_in_every_language(pipeline: Pipeline, way: made.Way) -> None:
    job = way(pipeline)
    english = methods_text(job)
    with translation.override("de"):
        assert methods_text(job) == english
