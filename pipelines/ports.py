"""From a cluster's row to the port that reaches it."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from backends.base import Cluster as ClusterPort
from backends.local import LocalCluster
from backends.slurm import SlurmCluster, SlurmSite
from pipelines.models import Cluster


def cluster_port(cluster: Cluster) -> ClusterPort:
    """The kept connection of this process for the cluster as its row says now."""
    return _connected(_recipe(cluster), os.getpid())


def _recipe(cluster: Cluster) -> SlurmSite | Path:
    if cluster.kind == Cluster.Kind.LOCAL:
        return Path(cluster.scratch) / cluster.name
    return SlurmSite(
        host=cluster.host,
        port=cluster.port,
        user=cluster.user,
        host_key=cluster.host_key.strip(),
        key_file=Path(settings.SSH_KEYS) / cluster.key_name,
        partition=cluster.partition,
        qos=cluster.qos,
        account=cluster.account,
        scratch=cluster.scratch,
        python=cluster.python,
    )
