"""A scontrol in the place of Slurm's."""

from __future__ import annotations

import os
from pathlib import Path


def fake_scontrol(folder: Path, *, preempt_time: str) -> str:
    """A PATH on which scontrol answers as Slurm does and writes down what it was asked."""
    program = folder / "scontrol"
    line = f"JobId=7 StartTime=2026-01-02T10:00:00 PreemptTime={preempt_time} JobState=RUNNING"
    program.write_text(f'#!/bin/sh\necho "$@" >>"{folder}/asked"\necho "{line}"\n')
    program.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"
