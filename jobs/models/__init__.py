"""The rows of a run: the job and its moves, what was found and made, and the letters about it."""

from jobs.models.evidence import Attempt, FileScan, Finding, ResultFile, ResultLink
from jobs.models.job import Job, JobQuerySet, LostRace, Transition
from jobs.models.letter import Heartbeat, Letter

__all__ = [
    "Attempt",
    "FileScan",
    "Finding",
    "Heartbeat",
    "Job",
    "JobQuerySet",
    "Letter",
    "LostRace",
    "ResultFile",
    "ResultLink",
    "Transition",
]
