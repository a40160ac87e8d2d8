"""Slurm's trap: a job that ends by itself while it is being preempted is not requeued.

Up to 23.11 a job that ends within the grace time of a preemption counts as FAILED. So a failure
inside it asks for the requeue, then waits to be killed.
"""

import contextlib
import os
import shutil
import subprocess
import time
from typing import Optional

REQUEUE_WAIT_S = 120.0
STRICT_KILL_WAIT_S = float(os.environ.get("FREELOADER_KILL_WAIT_S", "5"))


def is_being_preempted() -> bool:
    words = (scontrol("-o", "show", "job") or "").split()
    fields = dict(word.split("=", 1) for word in words if "=" in word)
    preempted_at = fields.get("PreemptTime", "None")
    # both are local times in ISO 8601; an older one would belong to an earlier run
    return preempted_at[:1].isdigit() and preempted_at >= fields.get("StartTime", "")


def ask_for_requeue() -> None:
    """Ask, and wait to be killed, for that is what requeues the job if Slurm took no word of it."""
    scontrol("requeue")
    time.sleep(REQUEUE_WAIT_S)


def ask_for_another_start() -> None:
    """Ask, and wait to be killed; return at once where there is no Slurm, or where it refuses."""
    if scontrol("requeue") is not None:
        time.sleep(REQUEUE_WAIT_S)


def kill_wait_s() -> float:
    """What Slurm leaves between SIGTERM and SIGKILL; where it does not say, what a strict one does.

    It is KillWait of slurm.conf, 30 s unless the site has set it.
    """
    for line in (slurm("show", "config") or "").splitlines():
        name, _, value = line.partition("=")
        if name.strip() == "KillWait":
            with contextlib.suppress(ValueError, IndexError):
                return float(value.split()[0])
    return STRICT_KILL_WAIT_S


def slurm_id() -> str:
    """What scontrol has to be told to mean this job alone; "" outside of Slurm.

    One task of an array has the array's own number as its SLURM_JOB_ID: by that number all tasks
    would be requeued.
    """
    array, task = os.environ.get("SLURM_ARRAY_JOB_ID"), os.environ.get("SLURM_ARRAY_TASK_ID")
    return f"{array}_{task}" if array and task else os.environ.get("SLURM_JOB_ID", "")


def scontrol(*words: str) -> Optional[str]:
    """scontrol's answer about this job; None where there is none."""
    return slurm(*words, slurm_id())


def slurm(*words: str) -> Optional[str]:
    """scontrol's answer; None where it gives none, or this is no Slurm job."""
    if not os.environ.get("SLURM_JOB_ID") or not shutil.which("scontrol"):
        return None
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        answer = subprocess.run(
            ["scontrol", *words],
            stdout=subprocess.PIPE,
            timeout=30,
            check=True,
            universal_newlines=True,
        )
        return str(answer.stdout)
    return None
