"""A pipeline's settings as its jobs keep them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from pipelines.scan_policy import Certainty, ScanPolicy, policy_of
from scanning.policy import Policy


@dataclass(frozen=True)
class PipelineSettings:
    """What a job keeps of its pipeline: later edits never touch a job that was accepted."""

    title: str
    cpus: int
    memory_mb: int
    time_limit_min: int
    virus_policy: str
    personal_data_policy: str
    result_days: int
    input_days: int
    confirm_email: bool = False
    virus_partial: str = ScanPolicy.HOLD.value
    virus_unscannable: str = ScanPolicy.HOLD.value
    virus_encrypted: str = ScanPolicy.HOLD.value
    personal_data_partial: str = ScanPolicy.WARN.value
    personal_data_unscannable: str = ScanPolicy.WARN.value
    personal_data_encrypted: str = ScanPolicy.WARN.value
    personal_data_kinds: list[str] = field(default_factory=list)
    personal_data_certainty: int = Certainty.LIKELY.value
    disk_mb: int = 50_000
    parts_at_once: int = 16
    checkpoint_mb: int = 10_000
    uses_dmtcp: bool = False
    dmtcp_interval_s: int = 600
    extension_days: int = 0
    freeloader_version: str = ""  # that accepted the job; of jobs from before, it is not known

    @property
    def policy(self) -> Policy:
        """What is to be done with the job's files."""
        return policy_of(self)

    def as_json(self) -> dict[str, Any]:
        """For the job's row."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> PipelineSettings:
        """From a job's row; a field that is added later needs a default, for the rows of today."""
        known = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in data.items() if name in known})
