"""The configuration of a whole one-machine Slurm site, as text."""

import socket
from dataclasses import dataclass
from pathlib import Path

from deploy.testbed.place import HOST, Bed, PartError

NODES = ("n1", "n2", "n3", "n4")
RESTART, CAMPUS = "restart", "campus"
GRACE = "grace"  # like restart, but for a while in which a preempted job still runs
# Two that no job may be handed in to: who is preempted in the one is gone, the other goes first.
CANCEL, GREEDY = "cancel", "greedy"
PARTITIONS = (RESTART, GRACE, CAMPUS, CANCEL, GREEDY)


def slurm_conf_path(bed: Bed) -> Path:
    return bed.folder("slurm") / "etc" / "slurm.conf"


@dataclass(frozen=True)
class Site:
    """This machine as Slurm sees it: it insists on the host's name and on what that means."""

    bed: Bed
    host: str
    address: str
    has_accounting: bool

    @property
    def folder(self) -> Path:
        return self.bed.folder("slurm")

    @property
    def munge_socket(self) -> Path:
        return self.folder / "run" / "munge.sock"

    @property
    def mariadb_socket(self) -> Path:
        return self.folder / "run" / "mariadb.sock"


def this_site(bed: Bed, *, has_accounting: bool) -> Site:
    """The site on this machine.

    With NoInAddrAny Slurm's daemons bind to the address of the host's own name, so that this
    address (on most machines 127.0.0.1 or 127.0.1.1) is the one by which they are called.
    """
    host = socket.gethostname().partition(".")[0]
    try:
        return Site(bed, host, socket.gethostbyname(host), has_accounting)
    except OSError as error:
        raise PartError(
            f"the name of this machine, {host}, has no address: "
            f"add the line '{HOST} {host}' to /etc/hosts"
        ) from error


def slurm_conf(site: Site) -> str:
    """Four nodes of four pretended CPUs; campus jobs take nodes from restart jobs at once."""
    bed, last = site.bed, len(NODES)
    first_port = bed.port("slurmd")
    return f"""\
ClusterName=freeloader
SlurmctldHost={site.host}({site.address})
SlurmctldPort={bed.port("slurmctld")}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
# A requeued job waits for cred_expire+1 seconds; Slurm's default is two minutes.
AuthInfo=socket={site.munge_socket},cred_expire=5
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SrunPortRange={bed.port("srun")}-{bed.port("srun") + 99}
StateSaveLocation={site.folder}/state
SlurmdSpoolDir={site.folder}/spool/%n
SlurmctldPidFile={site.folder}/run/slurmctld.pid
SlurmdPidFile={site.folder}/run/slurmd.%n.pid
SlurmctldLogFile={site.folder}/log/slurmctld.log
SlurmdLogFile={site.folder}/log/slurmd.%n.log
SlurmctldDebug=info
SlurmdDebug=info
ProctrackType=proctrack/linuxproc
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,sched_min_interval=200000,bf_interval=2,bf_max_job_test=500
DependencyParameters=kill_invalid_depend
PriorityType=priority/basic
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobRequeue=1
ReturnToService=2
KillWait=5
MinJobAge=300
MaxJobCount=30000
MaxArraySize=10001
SlurmctldTimeout=30
SlurmdTimeout=30
InactiveLimit=0
Waittime=0
MailProg=/bin/true
JobCompType=jobcomp/filetxt
JobCompLoc={site.folder}/log/jobcomp.txt
{_accounting(site)}
NodeName=n[1-{last}] NodeHostname={site.host} NodeAddr={site.address} \
Port=[{first_port}-{first_port + last - 1}] CPUs=4 RealMemory=4000 State=UNKNOWN
PartitionName={RESTART} Nodes=ALL Default=YES PriorityTier=1 PreemptMode=REQUEUE GraceTime=0 \
MaxTime=INFINITE DefaultTime=60 State=UP
PartitionName={GRACE} Nodes=ALL Default=NO PriorityTier=1 PreemptMode=REQUEUE GraceTime=10 \
MaxTime=INFINITE DefaultTime=60 State=UP
PartitionName={CAMPUS} Nodes=ALL Default=NO PriorityTier=10 PreemptMode=OFF \
MaxTime=INFINITE DefaultTime=60 State=UP
PartitionName={CANCEL} Nodes=ALL Default=NO PriorityTier=1 PreemptMode=CANCEL \
MaxTime=INFINITE DefaultTime=60 State=UP
PartitionName={GREEDY} Nodes=ALL Default=NO PriorityTier=20 PreemptMode=REQUEUE \
MaxTime=INFINITE DefaultTime=60 State=UP
"""


def _accounting(site: Site) -> str:
    if not site.has_accounting:
        return "AccountingStorageType=accounting_storage/none"
    return f"""\
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost={site.address}
AccountingStoragePort={site.bed.port("slurmdbd")}
AccountingStoragePass={site.munge_socket}
AccountingStoreFlags=job_comment
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=2"""


def slurmdbd_conf(site: Site) -> str:
    """NoInAddrAny works here too, though no manual says so: else it listens on 0.0.0.0."""
    return f"""\
AuthType=auth/munge
AuthInfo=socket={site.munge_socket}
DbdHost={site.host}
DbdAddr={site.address}
DbdPort={site.bed.port("slurmdbd")}
CommunicationParameters=NoInAddrAny
SlurmUser=root
LogFile={site.folder}/log/slurmdbd.log
PidFile={site.folder}/run/slurmdbd.pid
DebugLevel=info
StorageType=accounting_storage/mysql
StorageHost=localhost
StoragePort=0
StorageUser=root
StorageLoc=slurm_acct
"""


def mariadb_conf(site: Site) -> str:
    """A small MariaDB without a network and without a password: its socket knows root."""
    return f"""\
[mysqld]
datadir={site.folder}/mariadb
socket={site.mariadb_socket}
pid-file={site.folder}/run/mariadb.pid
user=root
skip-networking
skip-name-resolve
innodb_buffer_pool_size=128M
innodb_log_file_size=8M
innodb_lock_wait_timeout=900
innodb_flush_log_at_trx_commit=0
innodb_flush_method=nosync
innodb_doublewrite=0
max_allowed_packet=64M
[client]
socket={site.mariadb_socket}
"""
