"""The rows of a run: the job and its moves, what was found and made, and the letters about it."""

from jobs.models.alarm import Alarm
from jobs.models.evidence import Attempt, FileScan, Finding, ResultFile, ResultLink
from jobs.models.job import Job, JobQuerySet, LostRace, Stage, key_of
from jobs.models.letter import Heartbeat, Letter
from jobs.models.rehearsal import Rehearsal
from jobs.models.transition import Transition

__all__ = [
    "Alarm",
    "Attempt",
    "FileScan",
    "Finding",
    "Heartbeat",
    "Job",
    "JobQuerySet",
    "Letter",
    "LostRace",
    "Rehearsal",
    "ResultFile",
    "ResultLink",
    "Stage",
    "Transition",
    "key_of",
]
