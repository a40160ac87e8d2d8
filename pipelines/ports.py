"""From a cluster's row to the port that reaches it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.conf import settings

from backends.base import Cluster as ClusterPort
from backends.local import LocalCluster
from backends.slurm import SlurmCluster, SlurmSite
from backends.ssh import SshRemote
from pipelines.models import Cluster


def cluster_port(cluster: Cluster) -> ClusterPort:
    """The cluster as its row says now; connections are kept by `backends.ssh`."""
    if cluster.kind == Cluster.Kind.LOCAL:
        return _local_cluster(cluster)
    return SlurmCluster(_slurm_site(cluster))


@contextmanager
def fresh_port(cluster: Cluster) -> Iterator[ClusterPort]:
    """The same with a log-in of its own, which ends with the block: what was kept proves little."""
    if cluster.kind == Cluster.Kind.LOCAL:
        yield _local_cluster(cluster)
        return
    site = _slurm_site(cluster)
    with closing(SshRemote(site.endpoint)) as remote:
        yield SlurmCluster(site, remote)


def _local_cluster(cluster: Cluster) -> LocalCluster:
    root = Path(cluster.scratch) / cluster.name
    return LocalCluster(root, cluster.python, settings.LOCAL_MAX_RUNNING)


def _slurm_site(cluster: Cluster) -> SlurmSite:
    return SlurmSite(
        host=cluster.host,
        port=cluster.port,
        user=cluster.user,
        host_key=cluster.host_key.strip(),
        key_file=Path(settings.SSH_KEYS) / cluster.key_name,
        partition=cluster.partition,
        qos=cluster.qos,
        account=cluster.account,
        slurm_bin=cluster.slurm_bin,
        dmtcp_bin=cluster.dmtcp_bin,
        scratch=cluster.scratch,
        python=cluster.python,
    )
