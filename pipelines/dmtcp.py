"""Whether a pipeline's jobs can be saved by DMTCP: said in its form, and before a job goes."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.code import asks_for_checkpoint, splits
from pipelines.models import Cluster

MISSING = "DMTCP is not there"


def missing(cluster: Cluster) -> str:
    """Why it cannot be had there; "": it can, or nobody has looked yet."""
    if cluster.kind == Cluster.Kind.LOCAL:
        return f"{MISSING}: it is for clusters with Slurm, not for this machine."
    if cluster.dmtcp_version or cluster.partition_seen_at is None:
        return ""
    return (
        f"{MISSING} on the cluster “{cluster.name}”. Its operators would have to install it; if "
        "they have, name the directory of dmtcp_launch in the cluster's row and run the doctor."
    )


def faults(cluster: Cluster, source: str) -> Iterator[str]:
    """Why a pipeline with this code may not ask for DMTCP there, for its PI."""
    if words := missing(cluster):
        yield f"{words} Code can save its state by itself, too: see the checkpoint directory."
    if source and splits(source):
        yield (
            "The file divides its work by split() and merge(): finished parts are kept anyway, and "
            "DMTCP is for jobs in one piece. Choose one of the two."
        )
    if source and asks_for_checkpoint(source):
        yield (
            "run() asks for checkpoint, so it saves its state by itself; what DMTCP restores would "
            "not fit to that. Choose one of the two."
        )


def too_little_room(memory_mb: int, checkpoint_mb: int) -> str:
    """Why its images would not fit, for its PI; "": they would."""
    if checkpoint_mb >= 2 * memory_mb:
        return ""
    return (
        "DMTCP saves all of the memory, the new image beside the old one: allow at least "
        f"{2 * memory_mb} MB here, or the job less memory."
    )
