"""A cluster stays where it is while jobs have a directory there, for by it they are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError

if TYPE_CHECKING:
    from pipelines.models import Cluster

ADDRESS = ("kind", "host", "port", "user", "scratch")
# What is known of a partition was told of just this.
WHERE_JOBS_GO = frozenset({*ADDRESS, "slurm_bin", "partition", "qos", "account"} - {"scratch"})


def refuse_to_move(cluster: Cluster) -> None:
    """`ValidationError` at each changed field of the address, if jobs would be lost by it."""
    stored = type(cluster).objects.filter(pk=cluster.pk).first()
    changed = _changed(stored, cluster) if stored else []
    if not stored or not changed:
        return
    count = stored.jobs.filter(accepted_at__isnull=False, scratch_removed_at=None).count()
    if count:
        raise ValidationError(dict.fromkeys(changed, _message(stored, count)))


def _changed(stored: Cluster, cluster: Cluster) -> list[str]:
    # On this machine the directory in scratch is called like the cluster.
    is_local = stored.kind == stored.Kind.LOCAL
    fields = (*ADDRESS, "name") if is_local else ADDRESS
    return [name for name in fields if getattr(stored, name) != getattr(cluster, name)]


def _message(stored: Cluster, count: int) -> str:
    jobs = "1 job has its directory" if count == 1 else f"{count} jobs have their directories"
    return (
        f"{jobs} at the address that {stored} has now, and would be lost by a change. Untick "
        "“open” so that no new ones go there, and wait until these have ended and are cleaned "
        "up; or add the new address as another cluster, and choose it in the pipelines."
    )
