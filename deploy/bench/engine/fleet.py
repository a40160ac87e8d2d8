"""Many real Slurm jobs that wait, by names that jobs of ours would have."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from backends.remote import Endpoint
from backends.ssh import SshRemote
from deploy.testbed.control import slurm
from deploy.testbed.env import TestbedEnv
from deploy.testbed.place import PartError
from deploy.testbed.site import needed

PARTITION = "bench"
SUBMIT_WITHIN_S = 480
# sbatch costs a process for each job, on this machine as well; more at once gain nothing.
_SUBMIT = (
    f"xargs -P 4 -I NAME sbatch --parsable --partition={PARTITION} --job-name=NAME --mem=100M"
    " --time=5 --chdir=/tmp --output=/dev/null --wrap=true"
)


class Fleet:
    """Jobs that wait in a partition of their own that is down, so that none ever starts."""

    def __init__(self, bed: TestbedEnv) -> None:
        sshd = needed(bed.sshd)
        place = Endpoint(sshd.host, sshd.port, sshd.user, sshd.host_key, sshd.key_file)
        self._remote = SshRemote(place)
        self.jobs: list[tuple[str, str]] = []

    def grow_to(self, size: int) -> None:
        """Have so many; each is a pair of our id and Slurm's."""
        wanted = [str(uuid.uuid4()) for _ in range(size - len(self.jobs))]
        names = "".join(f"fl-{pk}\n" for pk in wanted).encode()
        argv = ["/bin/sh", "-c", _SUBMIT]
        answer = self._remote.run(argv, names, timeout_s=SUBMIT_WITHIN_S)
        if answer.returncode != 0:
            raise PartError(f"Slurm did not take {len(wanted)} jobs: {answer.words}")
        ids = dict(line.split() for line in slurm(*_SHOW).splitlines())
        self.jobs += [(pk, ids[f"fl-{pk}"]) for pk in wanted]

    def close(self) -> None:
        """End the connection."""
        self._remote.close()


_SHOW = ("squeue", "-h", "-a", "-r", "-p", PARTITION, "-t", "pending", "-o", "%j %i")


@contextmanager
def fleet_of(bed: TestbedEnv) -> Iterator[Fleet]:
    """A fleet, and its partition; both are gone afterwards."""
    slurm("scontrol", "create", f"PartitionName={PARTITION}", "Nodes=ALL", "State=DOWN")
    fleet = Fleet(bed)
    try:
        yield fleet
    finally:
        fleet.close()
        slurm("scancel", "-p", PARTITION)
        slurm("scontrol", "delete", f"PartitionName={PARTITION}")
