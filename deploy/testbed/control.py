"""Making things go wrong on a running test bed: what the live tests do to it.

Daemons go by their names: swift, munged, mariadbd, slurmdbd, slurmctld, slurmd-n1 to slurmd-n4,
sshd, clamd, postgres, mail.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.testbed.part import Part
from deploy.testbed.parts import all_parts
from deploy.testbed.place import Bed, PartError, find_bed
from deploy.testbed.processes import (
    Daemon,
    Identity,
    await_ready,
    children,
    end,
    ensure_started,
    find_program,
    run,
    running,
    send,
    stop,
)
from deploy.testbed.slurm_config import CAMPUS, RESTART, slurm_conf_path


def slurm(*argv: str, bed: Bed | None = None) -> str:
    """The output of a Slurm command, run here as root: `slurm("squeue", "-h")`.

    Raises PartError with what the command said if it fails.
    """
    conf = slurm_conf_path(bed or find_bed())
    return run([find_program(argv[0]) or argv[0], *argv[1:]], SLURM_CONF=str(conf))


def take_node(node: str, *, seconds: int = 600, bed: Bed | None = None) -> str:
    """Preempt whatever runs on `node`: a campus job claims it whole. That job's id.

    The claim stands at once; the node is handed over within KillWait (5) and a few seconds.
    """
    options = ["-p", CAMPUS, "-w", node, "--exclusive", "-o", "/dev/null", "--job-name=campus"]
    return slurm(
        *("sbatch", "--parsable", "--chdir=/", *options, "--wrap", f"exec sleep {seconds}"),
        bed=bed,
    ).strip()


def cancel(job_id: str, bed: Bed | None = None) -> None:
    """Cancel a Slurm job; one that has ended or never was is no error."""
    slurm("scancel", job_id, bed=bed)


@contextmanager
def node_taken(node: str, *, seconds: int = 600, bed: Bed | None = None) -> Iterator[str]:
    """Have a campus job on `node` for the length of the block; its id."""
    job_id = take_node(node, seconds=seconds, bed=bed)
    try:
        yield job_id
    finally:
        cancel(job_id, bed)


def kill(name: str, bed: Bed | None = None) -> None:
    """SIGKILL the daemon `name` and wait until it is gone. PartError if it does not run."""
    found = identity(name, bed or find_bed())
    send(found, signal.SIGKILL)
    end(found, within_s=10)


def identity(name: str, bed: Bed | None = None) -> Identity:
    """The process of the daemon `name`. PartError if it does not run."""
    bed = bed or find_bed()
    found = running(bed.pid_file(_daemon(name, bed).name))
    if found is None:
        raise PartError(f"{name} is not running")
    return found


def stop_daemon(name: str, bed: Bed | None = None) -> None:
    """Stop the one daemon `name` in the way it likes; none is left to wait for."""
    bed = bed or find_bed()
    stop([_daemon(name, bed)], bed)


def restart(name: str, bed: Bed | None = None) -> None:
    """Stop the daemon `name` if it runs, start it, and return once it serves."""
    bed = bed or find_bed()
    stop_daemon(name, bed)
    start(name, bed)


def start(name: str, bed: Bed | None = None) -> None:
    """Start the daemon `name` unless it runs, and return once it serves."""
    bed = bed or find_bed()
    daemon = _daemon(name, bed)
    ensure_started(daemon, bed)
    await_ready(daemon, bed)


def takes_jobs(bed: Bed | None = None) -> bool:
    """Whether sbatch takes jobs: for some seconds after a start of slurmctld it knows no node.

    sinfo is asked, for sbatch uses up a job id each time, with --test-only, too.
    """
    try:
        states = slurm("sinfo", "-h", "-N", "-p", RESTART, "-o", "%T", bed=bed).split()
    except PartError:
        return False
    return any(state in ("idle", "mixed", "allocated") for state in states)


@contextmanager
def halted(name: str, bed: Bed | None = None, *, with_children: bool = False) -> Iterator[None]:
    """SIGSTOP the daemon `name` for the length of the block: it is there and says nothing."""
    main = identity(name, bed or find_bed())
    processes = [main, *(children(main.pid) if with_children else [])]
    for process in processes:
        send(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            send(process, signal.SIGCONT)


@contextmanager
def part_down(name: str, bed: Bed | None = None) -> Iterator[None]:
    """Have the whole part `name` down for the length of the block."""
    part = _part(name, bed or find_bed())
    part.down()
    try:
        yield
    finally:
        part.up()


def _part(name: str, bed: Bed) -> Part:
    return all_parts(bed)[name]


def _daemon(name: str, bed: Bed) -> Daemon:
    for part in all_parts(bed).values():
        for daemon in part.daemons():
            if daemon.name == name:
                return daemon
    raise PartError(f"no daemon of the test bed is called {name}")
