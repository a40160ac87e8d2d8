"""From a cluster's row to the port that reaches it."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from backends.base import Cluster as ClusterPort
from backends.local import LocalCluster
from backends.slurm import SlurmCluster, SlurmSite
from pipelines.models import Cluster


def cluster_port(cluster: Cluster) -> ClusterPort:
    """The cluster as its row says now; connections are kept by `backends.ssh`."""
    if cluster.kind == Cluster.Kind.LOCAL:
        root = Path(cluster.scratch) / cluster.name
        return LocalCluster(root, cluster.python, settings.LOCAL_MAX_RUNNING)
    return SlurmCluster(
        SlurmSite(
            host=cluster.host,
            port=cluster.port,
            user=cluster.user,
            host_key=cluster.host_key.strip(),
            key_file=Path(settings.SSH_KEYS) / cluster.key_name,
            partition=cluster.partition,
            qos=cluster.qos,
            account=cluster.account,
            slurm_bin=cluster.slurm_bin,
            scratch=cluster.scratch,
            python=cluster.python,
        )
    )
