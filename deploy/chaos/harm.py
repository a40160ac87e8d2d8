"""Doing each kind of fault to the test bed and the site on it, and undoing it."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from deploy.chaos.faults import Fault
from deploy.chaos.keeper import Keeper, kill_all
from deploy.chaos.site import ChaosSite
from deploy.chaos.slow_road import SlowRoad
from deploy.testbed import Bed, PartError, control
from deploy.testbed.processes import Identity, children, end, send
from deploy.testbed.slurm_config import NODES, RESTART

T = TypeVar("T")
STEPS_HANG_S = 4.0
HELD_S = 18.0  # sbatch gives up after 10; two looks take 10 more


@dataclass(frozen=True)
class Scene:
    """What faults are done to."""

    bed: Bed
    site: ChaosSite
    road: SlowRoad | None = None


Harm = Callable[[Scene, Fault], AbstractContextManager[str]]


def picked(choices: Sequence[T], fault: Fault) -> T:
    """One of these; `PartError` if there is none at the moment."""
    if not choices:
        raise PartError("there is nothing to choose from")
    return choices[int(fault.pick * len(choices))]


def _worker(scene: Scene, fault: Fault) -> Keeper:
    """The same draw chooses the worker and, by its other digits, the process in it."""
    return scene.site.workers[int(fault.pick * 1000) % len(scene.site.workers)]


# --- the site's own processes ------------------------------------------------------------------


@contextmanager
def task_killed(scene: Scene, fault: Fault) -> Iterator[str]:
    keeper = _worker(scene, fault)
    task = picked(keeper.tasks(), fault)
    kill_all([task])
    yield f"{keeper.name} {task.pid}"


@contextmanager
def watchdog_killed(scene: Scene, fault: Fault) -> Iterator[str]:
    keeper = _worker(scene, fault)
    kill_all([main for main in [keeper.main()] if main])
    yield keeper.name


@contextmanager
def worker_killed(scene: Scene, fault: Fault) -> Iterator[str]:
    keeper = _worker(scene, fault)
    kill_all(keeper.processes())
    yield keeper.name


@contextmanager
def web_killed(scene: Scene, fault: Fault) -> Iterator[str]:
    process = picked([p for keeper in scene.site.web for p in keeper.processes()], fault)
    kill_all([process])
    yield f"web {process.pid}"


@contextmanager
def task_halted(scene: Scene, fault: Fault) -> Iterator[str]:
    keeper = _worker(scene, fault)
    task = picked(keeper.tasks(), fault)
    with halted([task]):
        yield f"{keeper.name} {task.pid}"


@contextmanager
def host_frozen(scene: Scene, fault: Fault) -> Iterator[str]:
    keeper = _worker(scene, fault)
    with halted(keeper.processes()):
        yield keeper.name


@contextmanager
def zombie_made(scene: Scene, fault: Fault) -> Iterator[str]:
    """Steps hang on clamd and Slurm when their host freezes; then all but that host goes on."""
    keeper, hanging = _worker(scene, fault), ExitStack()
    with hanging:
        for name in ("clamd", "slurmctld"):
            hanging.enter_context(control.halted(name, scene.bed))
        time.sleep(STEPS_HANG_S)
        with halted(keeper.processes()):
            hanging.close()
            yield keeper.name


@contextmanager
def site_restarted(scene: Scene, fault: Fault) -> Iterator[str]:
    keepers = [*scene.site.web, *scene.site.workers]
    for main in [keeper.main() for keeper in keepers]:
        if main:
            send(main, signal.SIGTERM)
    yield " ".join(keeper.name for keeper in keepers)


@contextmanager
def halted(processes: Sequence[Identity]) -> Iterator[None]:
    """SIGSTOP these for the length of the block."""
    for process in processes:
        send(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            send(process, signal.SIGCONT)


# --- the way to the cluster ----------------------------------------------------------------------


@contextmanager
def ssh_cut(scene: Scene, fault: Fault) -> Iterator[str]:
    sessions = [p for p in _descendants(_sessions(scene)) if _name(p) == "sshd"]
    kill_all(sessions)
    yield f"{len(sessions)} sshd processes"


@contextmanager
def ssh_session_killed(scene: Scene, fault: Fault) -> Iterator[str]:
    session = picked(_sessions(scene), fault)
    processes = _descendants([session])
    names = " ".join(_name(process) for process in processes)
    kill_all(processes)
    yield names


def _sessions(scene: Scene) -> list[Identity]:
    return children(control.identity("sshd", scene.bed).pid)


def _descendants(processes: Sequence[Identity]) -> list[Identity]:
    below = [child for process in processes for child in children(process.pid)]
    return [*processes, *(_descendants(below) if below else [])]


def _name(process: Identity) -> str:
    with suppress(OSError):
        return Path(f"/proc/{process.pid}/comm").read_text().strip()
    return ""


@contextmanager
def submit_delayed(scene: Scene, fault: Fault) -> Iterator[str]:
    """Whatever sbatch says in this time is held up for HELD_S."""
    if scene.road is None:
        raise PartError("there is no slow road on this site")
    scene.road.held_s = HELD_S
    try:
        yield "sbatch"
    finally:
        scene.road.held_s = 0


# --- the parts of the test bed -------------------------------------------------------------------


def daemon_halted(name: str, *, with_children: bool = False) -> Harm:
    @contextmanager
    def harm(scene: Scene, fault: Fault) -> Iterator[str]:
        with control.halted(name, scene.bed, with_children=with_children):
            yield name

    return harm


def daemon_down(name: str, stop: Callable[[str, Bed], None]) -> Harm:
    @contextmanager
    def harm(scene: Scene, fault: Fault) -> Iterator[str]:
        stop(name, scene.bed)
        try:
            yield name
        finally:
            control.start(name, scene.bed)

    return harm


def _crash_database(name: str, bed: Bed) -> None:
    """PostgreSQL's immediate shutdown: nothing is written, it recovers at the next start."""
    identity = control.identity(name, bed)
    send(identity, signal.SIGQUIT)
    end(identity, within_s=10)


@contextmanager
def sshd_stopped(scene: Scene, fault: Fault) -> Iterator[str]:
    with control.part_down("sshd", scene.bed):
        yield "sshd"


@contextmanager
def backend_killed(scene: Scene, fault: Fault) -> Iterator[str]:
    processes = children(control.identity("postgres", scene.bed).pid)
    backend = picked([p for p in processes if b"127.0.0.1" in _command(p)], fault)
    kill_all([backend])
    yield f"postgres {backend.pid}"


def _command(process: Identity) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{process.pid}/cmdline").read_bytes()
    return b""


@contextmanager
def node_killed(scene: Scene, fault: Fault) -> Iterator[str]:
    name = f"slurmd-{picked(NODES, fault)}"
    with daemon_down(name, control.kill)(scene, fault):
        yield name


def _busy_nodes(scene: Scene) -> list[str]:
    """Where jobs run that would have to give way."""
    asked = ("squeue", "-h", "-t", "running", "-p", RESTART, "-o", "%N")
    return sorted(control.slurm(*asked, bed=scene.bed).split())


@contextmanager
def node_taken(scene: Scene, fault: Fault) -> Iterator[str]:
    node = picked(_busy_nodes(scene) or NODES, fault)
    job_id = control.take_node(node, seconds=round(fault.seconds), bed=scene.bed)
    try:
        yield node
    finally:
        control.cancel(job_id, scene.bed)


HARMS: dict[str, Harm] = {
    "task-killed": task_killed,
    "watchdog-killed": watchdog_killed,
    "worker-killed": worker_killed,
    "task-halted": task_halted,
    "host-frozen": host_frozen,
    "zombie-made": zombie_made,
    "web-killed": web_killed,
    "site-restarted": site_restarted,
    "ssh-cut": ssh_cut,
    "ssh-session-killed": ssh_session_killed,
    "sshd-stopped": sshd_stopped,
    "slurmctld-halted": daemon_halted("slurmctld"),
    "slurmctld-halted-long": daemon_halted("slurmctld"),
    "submit-delayed": submit_delayed,
    "slurmctld-killed": daemon_down("slurmctld", control.kill),
    "slurmdbd-stopped": daemon_down("slurmdbd", control.stop_daemon),
    "node-killed": node_killed,
    "node-taken": node_taken,
    "swift-halted": daemon_halted("swift"),
    "swift-stopped": daemon_down("swift", control.stop_daemon),
    "clamd-halted": daemon_halted("clamd"),
    "clamd-stopped": daemon_down("clamd", control.stop_daemon),
    "mail-halted": daemon_halted("mail"),
    "mail-stopped": daemon_down("mail", control.stop_daemon),
    "database-halted": daemon_halted("postgres", with_children=True),
    "database-backend-killed": backend_killed,
    "database-stopped": daemon_down("postgres", _crash_database),
}
