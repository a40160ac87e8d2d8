"""The three clusters of the contract suite, and how to make things happen on each of them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from backends.base import Cluster, JobRef, Observation, Phase, Resources, Submission
from backends.local import LocalCluster
from backends.memory import MemoryCluster
from backends.slurm import SlurmCluster, SlurmSite
from deploy.testbed import SlurmEnv, SshEnv

DEADLINE_S = 240
# Runs until somebody writes its exit code into the file "finish".
JOB = b"""#!/bin/sh
number=${FREELOADER_ATTEMPT:-${SLURM_RESTART_COUNT:-0}} began=$(date +%s)
echo "run $number"
while [ ! -s finish ]; do sleep 0.1; done
code=$(cat finish)
layout='{"exit_code": %d, "attempt": %d, "started_at": %d, "ended_at": %d, "reason": "said"}'
printf "$layout" "$code" "$number" "$began" "$(date +%s)" >end.tmp
mv end.tmp "end.$number.json"
exit "$code"
"""


class ClusterBed(ABC):
    """A cluster, and the hand of fate over it."""

    cluster: Cluster

    def __init__(self) -> None:
        self.keys: list[str] = []

    def submission(self, script: bytes = JOB) -> Submission:
        """A job that runs until it is told to end."""
        self.keys.append(f"fl-{uuid4()}")
        files = {"job.sh": script, "job.json": b"{}"}
        return Submission(self.keys[-1], Resources(1, 100, 10), files)

    def started(self, script: bytes = JOB) -> JobRef:
        """A job that runs."""
        submission = self.submission(script)
        job = JobRef(submission.key, self.cluster.submit(submission))
        self.start(job)
        self.watch(job, lambda seen: seen.phase is Phase.RUNNING)
        return job

    def watch(self, job: JobRef, is_reached: Callable[[Observation], bool]) -> Observation:
        """Look until it is so."""
        deadline = time.monotonic() + DEADLINE_S
        while True:
            seen = self.cluster.observe([job])[job.key]
            if is_reached(seen):
                return seen
            assert time.monotonic() < deadline, seen
            time.sleep(0.1)

    def watch_end(self, job: JobRef) -> Observation:
        """Look until it has ended."""
        ends = (Phase.COMPLETED, Phase.FAILED, Phase.CANCELLED, Phase.GONE)
        return self.watch(job, lambda seen: seen.phase in ends)

    def start(self, job: JobRef) -> None:
        """See to it that its turn comes; real ones start by themselves."""
        self.watch(job, lambda seen: seen.phase is Phase.RUNNING)

    def finish(self, job: JobRef, exit_code: int = 0) -> None:
        """The running job ends by itself."""
        self.cluster.put_file(job.key, "finish", str(exit_code).encode())

    @abstractmethod
    def interrupt(self, job: JobRef) -> None:
        """The run is killed, not by itself and not by us."""

    @abstractmethod
    def unreachable(self) -> Cluster:
        """A cluster of this kind that does not answer."""

    def close(self) -> None:
        """Leave nothing behind."""
        for key in self.keys:
            self.cluster.cancel(JobRef(key, ""))
            self.cluster.remove(key)


class MemoryBed(ClusterBed):
    def __init__(self) -> None:
        super().__init__()
        self.cluster: MemoryCluster = MemoryCluster()

    def start(self, job: JobRef) -> None:
        self.cluster.start(job.key)
        number = self.cluster.observe([job])[job.key].restart_count
        log = self.cluster.read_file(job.key, "log.txt", max_bytes=10_000)
        self.cluster.put_file(job.key, "log.txt", log + f"run {number}\n".encode())

    def finish(self, job: JobRef, exit_code: int = 0) -> None:
        self.cluster.finish(job.key, exit_code, "said")

    def interrupt(self, job: JobRef) -> None:
        self.cluster.preempt(job.key)

    def unreachable(self) -> Cluster:
        cluster = MemoryCluster()
        cluster.go_down()
        return cluster


class LocalBed(ClusterBed):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self.cluster = LocalCluster(folder / "cluster", max_running=2)

    def interrupt(self, job: JobRef) -> None:
        os.kill(self.leader(job.key), signal.SIGKILL)

    def leader(self, key: str) -> int:
        """The pid of the job's shell; while it is being started it shows no environment."""
        mark = f"FREELOADER_JOB={self._folder / 'cluster' / key}".encode()
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]
            marked = {pid for pid in pids if mark in _environment(pid)}
            # Not the lowest: numbers begin anew after the highest.
            if leaders := [pid for pid in marked if _parent(pid) not in {0, *marked}]:
                return leaders[0]
        raise TimeoutError(key)

    def unreachable(self) -> Cluster:
        (self._folder / "file").touch()
        return LocalCluster(self._folder / "file" / "cluster")


def _parent(pid: int) -> int:
    """0 for one that has ended meanwhile."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _environment(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


class SlurmBed(ClusterBed):
    """The test bed's Slurm, over its sshd."""

    def __init__(self, slurm: SlurmEnv, ssh: SshEnv) -> None:
        super().__init__()
        self._slurm, self._ssh = slurm, ssh
        self._folders: list[Path] = []
        self.cluster = SlurmCluster(self.site())

    def site(self, **changed: object) -> SlurmSite:
        """The test bed's site, with these fields changed."""
        fields: dict[str, object] = {
            "host": self._ssh.host,
            "port": self._ssh.port,
            "user": self._ssh.user,
            "host_key": self._ssh.host_key,
            "key_file": self._ssh.key_file,
            "partition": self._slurm.restart_partition,
            "scratch": str(self._ssh.scratch),
        }
        return SlurmSite(**(fields | changed))  # type: ignore[arg-type]

    def interrupt(self, job: JobRef) -> None:
        self.take(self.cluster.observe([job])[job.key].node)

    def take(self, node: str) -> None:
        """Somebody on campus needs this very node, whole."""
        place = [f"--partition={self._slurm.campus_partition}", f"--nodelist={node}", "--exclusive"]
        self.slurm("sbatch", *place, "--output=/dev/null", "--chdir=/", "--wrap=true")

    def slurm(self, *argv: str) -> str:
        """Run one of Slurm's commands as root on this machine."""
        environment = os.environ | {"SLURM_CONF": str(self._slurm.conf)}
        done = subprocess.run(argv, env=environment, check=True, capture_output=True, text=True)
        return done.stdout

    def ids_of(self, key: str) -> set[str]:
        """The ids of all Slurm jobs of this name."""
        return set(
            self.slurm("squeue", "-h", "-a", "-t", "all", f"--name={key}", "-o", "%F").split()
        )

    def folder_for_all(self, name: str) -> Path:
        """A new folder that the account on the cluster may use, gone after the test."""
        folder = self._ssh.scratch / f"{name}-{uuid4()}"
        folder.mkdir(mode=0o777)
        folder.chmod(0o777)
        self._folders.append(folder)
        return folder

    def close(self) -> None:
        super().close()
        for folder in self._folders:
            shutil.rmtree(folder)

    def unreachable(self) -> Cluster:
        return SlurmCluster(self.site(port=1))  # nothing listens on tcpmux
