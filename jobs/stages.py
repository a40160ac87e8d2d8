"""The stages of a job: run(), or split(), the parts and merge(), each a Slurm job of its own.

What a stage leaves proves that it is done, whatever Slurm says; and a worker that dies between any
two lines leaves a proof for the next look.
"""

from __future__ import annotations

import json

from django.db.models import Q

from backends.base import Cluster, ClusterError, Store
from jobs import reasons
from jobs.manifest import find_manifest
from jobs.models import Job, Stage
from jobs.states import ON_CLUSTER, State
from pipelines.code import splits
from pipelines.uses import MOST_PARTS

PARTS_FILE = "parts.json"
MAX_PARTS_BYTES = 16 * 2**20  # the paths of all inputs, a thousand bytes each
# Their proof is in the kept directory, and a look at it is cheap.
PROVED_ON_CLUSTER = frozenset({Stage.SPLIT, Stage.PARTS})


def first_stage(job: Job) -> Stage:
    """The stage that a job of this code begins with."""
    return Stage.SPLIT if splits(job.code.source) else Stage.RUN


def is_proved(job: Job, store: Store, cluster: Cluster) -> bool:
    """Whether all is there that its stage has to leave; a final error if it makes no sense."""
    if job.stage == Stage.SPLIT:
        return count_parts(job, cluster) is not None
    if job.stage == Stage.PARTS:
        return are_parts_done(job, cluster)
    return find_manifest(job, store) is not None


def are_parts_done(job: Job, cluster: Cluster) -> bool:
    """Whether every part has been put into its place in the kept directory."""
    needed = {f"part.{number}" for number in range(job.parts or 0)}
    return bool(needed) and needed <= cluster.list_files(job.kept_key, "part.")


def count_parts(job: Job, cluster: Cluster) -> int | None:
    """How many parts split() has made; None as long as it has not said so.

    A final `ClusterError` for a list that makes no sense: research code may have written it.
    """
    text = cluster.read_file(job.kept_key, PARTS_FILE, max_bytes=MAX_PARTS_BYTES)
    if not text:
        return None
    try:
        told = json.loads(text)
        parts = told["parts"] if told["version"] == 1 else None
    except (ValueError, LookupError, TypeError, RecursionError):
        parts = None
    if not isinstance(parts, list) or not 1 <= len(parts) <= MOST_PARTS:
        raise ClusterError(reasons.NO_SENSE_IN_PARTS, transient=False)
    return len(parts)


def go_on(job: Job, cluster: Cluster) -> None:
    """From a stage that is done to the next one: a new Slurm job, under a name of its own."""
    if job.stage == Stage.SPLIT:
        parts = count_parts(job, cluster)
        if parts is None:
            raise ClusterError("The list of the parts cannot be read.", transient=True)
        _hand_in(job, Stage.PARTS, reasons.split_into(parts), parts=parts)
    else:
        cluster.cancel(job.ref)  # workers that still wait for their turn have nothing left to do
        _hand_in(job, Stage.MERGE, reasons.parts_done(job.parts or 0), parts=job.parts)


def _hand_in(job: Job, stage: Stage, reason: str, *, parts: int | None) -> None:
    number = _unused_submission(job)
    job.move_to(
        State.SUBMITTING,
        reason,
        stage=stage,
        parts=parts,
        submission=number,
        stage_since=number,
        slurm_id="",
        slurm_state="",
        slurm_reason="",
        expected_start_at=None,
        restart_count=0,
        fruitless_starts=0,
        unseen_since=None,
        signed_until=None,
    )


def _unused_submission(job: Job) -> int:
    """A number that no Slurm job of this one has ever had.

    `submit` may have gone back to an earlier number than the last; what was handed in under that
    one might still come, and must not find a directory of another stage.
    """
    was_lost = Q(old__in=ON_CLUSTER, new=State.CLEAN)
    went_on = Q(old=State.RUNNING, new=State.SUBMITTING)
    return 2 + job.transitions.filter(was_lost | went_on).count()


def tries(job: Job) -> int:
    """How often this stage was handed in."""
    return job.submission - job.stage_since + 1
