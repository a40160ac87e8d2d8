"""The cluster: munged, MariaDB, slurmdbd, slurmctld and four slurmd, none of them in systemd."""

import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from deploy.testbed.account import ACCOUNT, ensure_account
from deploy.testbed.env import SlurmEnv
from deploy.testbed.part import Part
from deploy.testbed.place import Bed, PartError
from deploy.testbed.processes import (
    POLL_S,
    Daemon,
    Identity,
    all_pids,
    answers,
    end,
    find_program,
    identify,
    new_draft,
    run,
    running,
    send,
    stop,
    succeeds,
    write_whole,
)
from deploy.testbed.slurm_config import (
    CAMPUS,
    GRACE,
    NODES,
    PARTITIONS,
    RESTART,
    Site,
    mariadb_conf,
    slurm_conf,
    slurm_conf_path,
    slurmdbd_conf,
    this_site,
)

CONTROL = ("munged", "slurmctld", "slurmd", "sbatch", "scontrol", "sinfo", "scancel")
ACCOUNTING = ("mariadbd", "mariadb-install-db", "mariadb-admin", "slurmdbd", "sacctmgr")
JOBS_END_WITHIN_S = 8  # KillWait is 5


class Slurm(Part):
    """`accounting=None` takes the site as it was last brought up."""

    name = "slurm"
    needs_root = True
    uses_accounts = True

    def __init__(self, bed: Bed, *, accounting: bool | None = None) -> None:
        super().__init__(bed)
        self.conf = slurm_conf_path(bed)
        self._wanted = accounting

    @property
    def programs(self) -> Sequence[str]:  # type: ignore[override]
        return (*CONTROL, *ACCOUNTING) if self.has_accounting else CONTROL

    @property
    def has_accounting(self) -> bool:
        if self._wanted is not None:
            return self._wanted
        return not self.conf.exists() or "accounting_storage/slurmdbd" in self.conf.read_text()

    @property
    def site(self) -> Site:
        return this_site(self.bed, has_accounting=self.has_accounting)

    def prepare(self) -> bool:
        ensure_account()
        site = self.site
        for name in ("etc", "run", "log", "state", "spool"):
            (self.folder / name).mkdir(mode=0o755, parents=True, exist_ok=True)
        self._ensure_munge_key()
        write_whole(self.folder / "etc" / "my.cnf", mariadb_conf(site))
        if site.has_accounting and not (self.folder / "mariadb").exists():
            self._make_database()
        changed = write_whole(self.folder / "etc" / "slurmdbd.conf", slurmdbd_conf(site), 0o600)
        return write_whole(self.conf, slurm_conf(site)) or changed

    def stages(self) -> Sequence[Sequence[Daemon]]:
        first, last = [self._munged()], [self._slurmctld(), *map(self._slurmd, NODES)]
        if not self.has_accounting:
            return [first, last]
        return [[*first, self._mariadbd()], [self._slurmdbd()], last]

    def down(self) -> None:
        """End all jobs, then the daemons; slurmd alone would leave its jobs running."""
        self._end_jobs()
        stop([self._slurmctld(), *map(self._slurmd, NODES)], self.bed)
        for process in self._job_processes():
            end(process, within_s=0)
        stop([self._slurmdbd()], self.bed)
        stop([self._mariadbd(), self._munged()], self.bed)

    def describe(self) -> SlurmEnv:
        return SlurmEnv(
            conf=self.conf,
            restart_partition=RESTART,
            grace_partition=GRACE,
            campus_partition=CAMPUS,
            nodes=NODES,
            has_accounting=self.has_accounting,
            account=ACCOUNT,
        )

    def command(self, *argv: str) -> str:
        """Run one of Slurm's commands as root on this site. Raises PartError."""
        return run([_path(argv[0]), *argv[1:]], SLURM_CONF=str(self.conf))

    def _asks(self, *argv: str) -> bool:
        return succeeds([_path(argv[0]), *argv[1:]], SLURM_CONF=str(self.conf))

    def _munged(self) -> Daemon:
        names = {"key-file": "munge.key", "socket": "run/munge.sock", "seed-file": "munge.seed"}
        names |= {"pid-file": "run/munged.pid", "log-file": "log/munged.log"}
        paths = [f"--{option}={self.folder / name}" for option, name in names.items()]
        socket = str(self.folder / "run" / "munge.sock")
        # --force: a socket that a killed munged left behind must not stop this one.
        argv = [_path("munged"), "--foreground", "--force", "--num-threads=4", *paths]
        return Daemon("munged", argv, lambda: self._asks("munge", "-S", socket, "-n"))

    def _mariadbd(self) -> Daemon:
        conf = f"--defaults-file={self.folder}/etc/my.cnf"
        ready = ("mariadb-admin", conf, "-u", "root", "--silent", "ping")
        return Daemon("mariadbd", [_path("mariadbd"), conf], lambda: self._asks(*ready))

    def _slurmdbd(self) -> Daemon:
        # slurmdbd.conf has no word for a private socket; MariaDB's library reads this variable.
        socket = str(self.folder / "run" / "mariadb.sock")
        return Daemon(
            "slurmdbd",
            [_path("slurmdbd"), "-D"],
            lambda: self._asks("sacctmgr", "-n", "show", "cluster"),
            environ={"SLURM_CONF": str(self.conf), "MYSQL_UNIX_PORT": socket},
            port=self.bed.port("slurmdbd"),
        )

    def _slurmctld(self) -> Daemon:
        return Daemon(
            "slurmctld",
            [_path("slurmctld"), "-D"],
            lambda: self._asks("scontrol", "ping"),
            environ={"SLURM_CONF": str(self.conf)},
            port=self.bed.port("slurmctld"),
        )

    def _slurmd(self, node: str) -> Daemon:
        port = self.bed.port("slurmd") + NODES.index(node)
        return Daemon(
            f"slurmd-{node}",
            [_path("slurmd"), "-D", "-N", node],
            # slurmctld alone would not do: it takes half a minute to miss a dead slurmd.
            lambda: answers(port, host=self.site.address) and self._serves(node),
            environ={"SLURM_CONF": str(self.conf)},
            port=port,
        )

    def _serves(self, node: str) -> bool:
        """Whether slurmctld would give the node work; one that a test drained is put back."""
        with suppress(PartError):  # slurmctld is busy: who waits for the node asks again
            state = self.command("sinfo", "-h", "-N", "-n", node, "-p", RESTART, "-o", "%T").strip()
            if state.startswith(("drain", "fail")):
                self.command("scontrol", "update", f"NodeName={node}", "State=RESUME")
            works = ("idle", "mixed", "alloc", "compl", "plan")
            return state.startswith(works) and "*" not in state
        return False

    def _ensure_munge_key(self) -> None:
        key = self.folder / "munge.key"
        if not key.exists():
            draft = key.with_suffix(".new")
            draft.unlink(missing_ok=True)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o400), "wb") as file:
                file.write(os.urandom(128))
            draft.rename(key)

    def _make_database(self) -> None:
        data = self.folder / "mariadb"
        draft = new_draft(data)
        conf = f"--defaults-file={self.folder}/etc/my.cnf"
        login = "--auth-root-authentication-method=socket"
        options = [conf, f"--datadir={draft}", "--user=root", "--skip-test-db", login]
        run([_path("mariadb-install-db"), *options])
        draft.rename(data)

    def _end_jobs(self) -> None:
        controller = running(self.bed.pid_file("slurmctld"))
        if controller:
            send(controller, signal.SIGCONT)  # a test may have halted it
        if not controller or not self._asks("scontrol", "ping"):
            return
        for partition in PARTITIONS:
            self._asks("scancel", "--partition", partition)
            self._asks("scancel", "--signal=KILL", "--full", "--partition", partition)
        deadline = time.monotonic() + JOBS_END_WITHIN_S
        while self._job_processes() and time.monotonic() < deadline:
            time.sleep(POLL_S)

    def _job_processes(self) -> list[Identity]:
        """What runs in jobs of this very site, known by its environment."""
        ours = f"SLURM_CONF={self.conf}".encode()
        return [found for pid in all_pids() if _is_job(pid, ours) and (found := identify(pid))]


def _is_job(pid: int, mark: bytes) -> bool:
    try:
        environ = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        name = Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return False
    in_job = name == "slurmstepd" or any(word.startswith(b"SLURM_JOB_ID=") for word in environ)
    return in_job and mark in environ


def _path(program: str) -> str:
    return find_program(program) or program
