"""Slurm's trap: a job that ends by itself while it is being preempted is not requeued.

Up to 23.11 a job that ends within the grace time of a preemption counts as FAILED. So a failure
inside it asks for the requeue, then waits to be killed.
"""

import contextlib
import os
import shutil
import subprocess
import time

REQUEUE_WAIT_S = 120.0


def is_being_preempted() -> bool:
    words = scontrol("-o", "show", "job").split()
    fields = dict(word.split("=", 1) for word in words if "=" in word)
    preempted_at = fields.get("PreemptTime", "None")
    # both are local times in ISO 8601; an older one would belong to an earlier run
    return preempted_at[:1].isdigit() and preempted_at >= fields.get("StartTime", "")


def ask_for_requeue() -> None:
    scontrol("requeue")
    time.sleep(REQUEUE_WAIT_S)


def scontrol(*words: str) -> str:
    """scontrol's answer about this job; "" where there is none."""
    job_id = os.environ.get("SLURM_JOB_ID")
    if not job_id or not shutil.which("scontrol"):
        return ""
    argv = ["scontrol", *words, job_id]
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        answer = subprocess.run(
            argv, stdout=subprocess.PIPE, timeout=30, check=True, universal_newlines=True
        )
        return str(answer.stdout)
    return ""
