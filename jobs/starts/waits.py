"""Why Slurm has not started a job yet, in sentences for somebody who has never heard of Slurm.

The codes are those of squeue(1), "JOB REASON CODES", and of job_reason_string() in Slurm's source,
20.11 to 25.x; the texts with blanks are its own as well.
"""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Wait(NamedTuple):
    """What is being waited for, and whether it passes only when somebody at the cluster acts."""

    words: Promise
    needs_person: bool = False


NEW = Wait(_("The cluster has just received it."))
AHEAD = Wait(_("Other jobs are ahead of yours."))
BUSY = Wait(_("All suitable computers are busy at the moment."))
AGAIN = Wait(_("It was just put back into the queue; that takes about two minutes."))
MADE_READY = Wait(_("A computer is being made ready for it."))
ENOUGH = Wait(
    _("As many such jobs as are allowed at the same time are running; yours comes after them.")
)
SPENT = Wait(
    _(
        "The computing time that is set aside for such jobs is used up for now. It goes on when "
        "there is some again."
    )
)
CLOSED = Wait(
    _(
        "The cluster's operators have closed its computers for now, perhaps for maintenance. It "
        "goes on when they are open again."
    )
)
AWAY = Wait(
    _("The computers that it could use are switched off, under repair or kept for others just now.")
)
RESERVED = Wait(_("The computers are reserved for somebody else at the moment."))
LICENCE = Wait(_("It waits for a software licence to become free."))
ANOTHER = Wait(_("It waits for another job to end."))
FLOOD = Wait(_("It waits a little so that the cluster is not flooded."))
TROUBLE = Wait(_("The cluster had trouble when it was to start, and tries it again."))
ON_HOLD = Wait(
    _("The cluster's operators have put it on hold. It goes on when they let it."),
    needs_person=True,
)
NOT_STARTED = Wait(
    _(
        "The cluster could not start it and has put it on hold. The cluster's operators have to "
        "look at it."
    ),
    needs_person=True,
)
TOO_LARGE = Wait(
    _(
        "As the cluster is set up now, it starts no job that asks for so much time or so large a "
        "computer. The people who offer this page, or the cluster's operators, have to change that."
    ),
    needs_person=True,
)
NOT_ALLOWED = Wait(
    _(
        "The cluster does not let us start jobs at the moment. The people who run this site have "
        "to settle that with the cluster's operators."
    ),
    needs_person=True,
)
UNKNOWN = Wait(_("The cluster has it in its queue and starts it when it can."))

_WAITS = {
    "": NEW,
    "None": NEW,
    "WaitingForScheduling": NEW,
    "Priority": AHEAD,
    "SchedDefer": AHEAD,
    "Resources": BUSY,
    "BeginTime": AGAIN,
    "Cleaning": AGAIN,
    "Prolog": MADE_READY,
    "BlockFreeAction": MADE_READY,
    "Throttled": FLOOD,
    "JobArrayTaskLimit": ENOUGH,
    "AssociationJobLimit": ENOUGH,
    "AssociationResourceLimit": ENOUGH,
    "QOSJobLimit": ENOUGH,
    "QOSResourceLimit": ENOUGH,
    "AccountingPolicy": ENOUGH,
    "AssociationTimeLimit": SPENT,
    "QOSTimeLimit": SPENT,
    "QOSUsageThreshold": SPENT,
    "PartitionDown": CLOSED,
    "PartitionInactive": CLOSED,
    "PartitionNodeLimit": TOO_LARGE,
    "PartitionTimeLimit": TOO_LARGE,
    "PartitionConfig": TOO_LARGE,
    "BadConstraints": TOO_LARGE,
    "MaxMemPerLimit": TOO_LARGE,
    "NodeDown": AWAY,
    "FrontEndDown": AWAY,
    "PowerNotAvail": AWAY,
    "PowerReserved": RESERVED,
    "Reservation": RESERVED,
    "ReservationDeleted": ON_HOLD,
    "Licenses": LICENCE,
    "Dependency": ANOTHER,
    "DependencyNeverSatisfied": NOT_STARTED,
    "FedJobLock": TROUBLE,
    "SystemFailure": TROUBLE,
    "JobLaunchFailure": TROUBLE,
    "NonZeroExitCode": TROUBLE,
    "OutOfMemory": TROUBLE,
    "TimeLimit": TROUBLE,
    "InactiveLimit": TROUBLE,
    "DeadLine": TROUBLE,
    "BlockMaxError": TROUBLE,
    "JobHeldUser": ON_HOLD,
    "JobHeldAdmin": ON_HOLD,
    "job_requeued_in_held_state": ON_HOLD,
    "JobHoldMaxRequeue": NOT_STARTED,
    "launch_failed_requeued_held": NOT_STARTED,
    "user_env_retrieval_failed_requeued_held": NOT_STARTED,
    "InvalidAccount": NOT_ALLOWED,
    "InvalidQOS": NOT_ALLOWED,
    "AccountNotAllowed": NOT_ALLOWED,
    "QOSNotAllowed": NOT_ALLOWED,
}
_BY_BEGINNING = {
    "ReqNodeNotAvail": AWAY,
    "Nodes_required_for_job_are_DOWN": AWAY,
    "Resv": RESERVED,
    "BurstBuffer": MADE_READY,
    "Dependency": ANOTHER,
    "QOSMin": TOO_LARGE,
}
_LIMITS = ("QOS", "Assoc", "Max")


def wait_of(reason: str) -> Wait:
    """What Slurm's reason means; one that we do not know says no more than that it waits."""
    # "ReqNodeNotAvail, UnavailableNodes:n1"; "launch failed requeued held"
    code = reason.strip().strip("()").split(",")[0].strip().replace(" ", "_")
    if "maintenance" in reason.lower():
        return CLOSED
    if code in _WAITS:
        return _WAITS[code]
    for beginning, wait in _BY_BEGINNING.items():
        if code.startswith(beginning):
            return wait
    return _limit(code) if code.startswith(_LIMITS) else UNKNOWN


def _limit(code: str) -> Wait:
    """The hundred names of limits: AssocGrpCpuLimit, QOSMaxWallDurationPerJobLimit, …

    One that a single job breaks does not pass by itself; one of all jobs together does.
    """
    name = code.removesuffix("Limit")
    if name.endswith(("PerJob", "PerNode")):
        return TOO_LARGE
    # "RunMinutes" counts what runs now; the others what was used since the last reset.
    is_spent = name.endswith(("Minutes", "Wall")) and not name.endswith("RunMinutes")
    return SPENT if is_spent else ENOUGH
