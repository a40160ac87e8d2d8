"""What a job keeps of its pipeline: as it was then, also in rows from before a field was there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipelines.frozen import PipelineSettings
from pipelines.models import Pipeline
from scanning.evidence import DEFAULT_ENTITIES
from scanning.policy import Handling
from scanning.reasons import Gap

# The first version's rows knew no more of the check than what follows from a finding.
FIRST: dict[str, Any] = {
    "title": "Word count",
    "cpus": 1,
    "memory_mb": 1024,
    "time_limit_min": 60,
    "virus_policy": "reject",
    "personal_data_policy": "hold",
    "result_days": 14,
    "input_days": 1,
}


def test_job_from_before_is_judged_as_it_was() -> None:
    policy = PipelineSettings.from_json(FIRST).policy

    assert (policy.viruses.found, policy.personal_data.found) == (Handling.REJECT, Handling.HOLD)
    assert policy.viruses.gaps == dict.fromkeys(Gap, Handling.HOLD)
    assert policy.personal_data.gaps == dict.fromkeys(Gap, Handling.WARN)
    assert policy.personal_data.entities == frozenset(DEFAULT_ENTITIES)


def test_job_from_a_later_version_is_read_as_far_as_it_is_known() -> None:
    assert PipelineSettings.from_json(FIRST | {"new": 1}) == PipelineSettings.from_json(FIRST)


@pytest.mark.django_db
def test_job_keeps_the_whole_policy_of_its_pipeline(pipeline: Pipeline) -> None:
    pipeline.personal_data_kinds = ["PERSON"]
    pipeline.personal_data_certainty = 80
    pipeline.virus_partial = pipeline.personal_data_encrypted = "reject"

    kept = PipelineSettings.from_json(json.loads(json.dumps(pipeline.frozen().as_json())))

    assert kept.policy == pipeline.policy
    assert kept.policy.personal_data.entities == frozenset({"PERSON"})
