"""The rows of a run: the job and its moves, what was found and made, and the letters about it."""

from jobs.models.alarm import Alarm
from jobs.models.claim import LostRace
from jobs.models.digest import Digest, DigestWish
from jobs.models.evidence import Attempt, FileScan, Finding
from jobs.models.heartbeat import Heartbeat
from jobs.models.job import Job
from jobs.models.job_queries import JobQuerySet
from jobs.models.letter import Letter
from jobs.models.mail_event import MailEvent
from jobs.models.rehearsal import Rehearsal
from jobs.models.removal import Removal, TidyReport
from jobs.models.resending import Resending
from jobs.models.result import LinkAct, ResultFile, ResultLink
from jobs.models.submission import Stage, key_of
from jobs.models.transition import Transition

__all__ = [
    "Alarm",
    "Attempt",
    "Digest",
    "DigestWish",
    "FileScan",
    "Finding",
    "Heartbeat",
    "Job",
    "JobQuerySet",
    "Letter",
    "LinkAct",
    "LostRace",
    "MailEvent",
    "Rehearsal",
    "Removal",
    "Resending",
    "ResultFile",
    "ResultLink",
    "Stage",
    "TidyReport",
    "Transition",
    "key_of",
]
