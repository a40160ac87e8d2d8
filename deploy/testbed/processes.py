"""Starting daemons, finding them again, and stopping exactly these and no others."""

import errno
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from deploy.testbed.place import CHECKOUT, HOST, Bed, PartError

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
POLL_S = 0.05
COMMAND_TIMEOUT_S = 300
# No look at whether something serves may take longer; on a machine that has much to do even a
# look at what is well has taken more than five seconds.
LOOK_TIMEOUT_S = 30


@dataclass(frozen=True)
class Daemon:
    """A program that stays in the foreground, and how one sees that it serves."""

    name: str
    argv: Sequence[str]
    is_ready: Callable[[], bool]
    environ: Mapping[str, str] = field(default_factory=dict)
    port: int = 0  # on 127.0.0.1; 0: none
    stop_signal: signal.Signals = signal.SIGTERM
    ready_within_s: float = 180
    stops_within_s: float = 15


@dataclass(frozen=True)
class Identity:
    """A process and when it started: a pid alone is soon given to somebody else."""

    pid: int
    start_ticks: int


def clean_environ(**more: str) -> dict[str, str]:
    """The environment that every daemon gets: nothing of the caller's leaks into a job."""
    home = os.path.expanduser("~")
    return {"PATH": PATH, "HOME": home, "LANG": "C.UTF-8", "PYTHONPATH": str(CHECKOUT), **more}


def find_program(name: str) -> str | None:
    """The absolute path of `name`; most accounts have no /usr/sbin in their PATH."""
    return shutil.which(name, path=PATH)


def run(argv: Sequence[str], **environ: str) -> str:
    """Run `argv` to its end and give its output; PartError, with its last words, if it fails."""
    done = subprocess.run(
        argv,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env=clean_environ(**environ),
        timeout=COMMAND_TIMEOUT_S,
    )
    if done.returncode:
        words = (done.stderr or done.stdout).strip()[-1000:]
        raise PartError(f"{Path(argv[0]).name} failed ({done.returncode}): {words}")
    return done.stdout


def succeeds(argv: Sequence[str], **environ: str) -> bool:
    """Whether `argv` ends well within `LOOK_TIMEOUT_S`."""
    with suppress(subprocess.TimeoutExpired, FileNotFoundError):
        done = subprocess.run(
            argv,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=clean_environ(**environ),
            timeout=LOOK_TIMEOUT_S,
        )
        return done.returncode == 0
    return False


def answers(port: int, greeting: bytes = b"", host: str = HOST) -> bool:
    """Whether something listens on `host`:`port` and begins with `greeting`."""
    with suppress(OSError), socket.create_connection((host, port), LOOK_TIMEOUT_S) as connection:
        return not greeting or connection.recv(len(greeting)) == greeting
    return False


def identify(pid: int) -> Identity | None:
    """The living process `pid`, or None if it is gone or only waits to be buried."""
    state, ticks = _state_and_ticks(pid)
    return None if state in "ZX" else Identity(pid, ticks)


def is_stopped(pid: int) -> bool:
    """Whether `pid` was halted by SIGSTOP."""
    return _state_and_ticks(pid)[0] == "T"


def _state_and_ticks(pid: int) -> tuple[str, int]:
    # proc_pid_stat(5): the name may hold blanks and brackets, so count from the last bracket.
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # our own dead child stays in /proc until asked for
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return "X", 0
    return after_name[0], int(after_name[19])


def running(pid_file: Path) -> Identity | None:
    """The process that `pid_file` names, or None if that very process is no longer there."""
    try:
        pid, ticks = (int(word) for word in pid_file.read_text().split())
    except (FileNotFoundError, ValueError):
        return None
    found = identify(pid)
    return found if found == Identity(pid, ticks) else None


def ensure_started(daemon: Daemon, bed: Bed) -> bool:
    """Start `daemon` unless it runs; a halted one goes on. Whether it was started now."""
    if found := running(bed.pid_file(daemon.name)):
        if is_stopped(found.pid):
            os.kill(found.pid, signal.SIGCONT)
        return False
    _demand_free_port(daemon)
    identity = _spawn(daemon, bed.log(daemon.name))
    write_whole(bed.pid_file(daemon.name), f"{identity.pid} {identity.start_ticks}\n")
    return True


def await_ready(daemon: Daemon, bed: Bed) -> None:
    """Return once `daemon` serves; PartError with the end of its log if it does not."""
    deadline = time.monotonic() + daemon.ready_within_s
    while not daemon.is_ready():
        gone = running(bed.pid_file(daemon.name)) is None
        if gone or time.monotonic() > deadline:
            what = "ended at once" if gone else f"is not ready after {daemon.ready_within_s:.0f} s"
            log = bed.log(daemon.name)
            raise PartError(f"{daemon.name} {what}; {log} ends:\n{_tail(log)}")
        time.sleep(POLL_S)


def stop(daemons: Sequence[Daemon], bed: Bed) -> None:
    """Ask all of `daemons` to end, wait, and kill what did not listen."""
    found = {d.name: running(bed.pid_file(d.name)) for d in daemons}
    for daemon in daemons:
        if identity := found[daemon.name]:
            send(identity, daemon.stop_signal)
            send(identity, signal.SIGCONT)  # a halted process would never read the first
    for daemon in daemons:
        if identity := found[daemon.name]:
            end(identity, daemon.stops_within_s)
        bed.pid_file(daemon.name).unlink(missing_ok=True)


def end(identity: Identity, within_s: float) -> None:
    """Wait until the process has ended; kill it when `within_s` seconds have passed."""
    deadline = time.monotonic() + within_s
    while identify(identity.pid) == identity:
        if time.monotonic() > deadline:
            send(identity, signal.SIGKILL)
        time.sleep(POLL_S)


def send(identity: Identity, number: signal.Signals) -> None:
    """Signal that very process; if it is gone, nobody."""
    if identify(identity.pid) == identity:
        with suppress(ProcessLookupError):
            os.kill(identity.pid, number)


def children(pid: int) -> list[Identity]:
    """The living children of `pid`."""
    found = (identify(child) for child in all_pids() if _parent(child) == pid)
    return [identity for identity in found if identity]


def all_pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def write_whole(path: Path, text: str, mode: int = 0o644) -> bool:
    """Replace `path` in one go, unless it already says `text`. Whether it was replaced."""
    if path.is_file() and path.read_text() == text:
        return False
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
    draft.replace(path)
    return True


def new_draft(folder: Path) -> Path:
    """An empty folder beside `folder`, to be renamed to it once it is whole.

    Earlier drafts are removed: they are of an `up` that was killed. Each has a name of its own,
    for what that `up` had started may still be writing.
    """
    for left in folder.parent.glob(f"{folder.name}.new-*"):
        shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{folder.name}.new-", dir=folder.parent))


def _spawn(daemon: Daemon, log: Path) -> Identity:
    # posix_spawn, not Popen: the daemon outlives us, and Popen objects mind that.
    to_log = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    pid = os.posix_spawn(
        daemon.argv[0],
        list(daemon.argv),
        clean_environ(**daemon.environ),
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), to_log, 0o644),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
        setsigmask=[],
        # Python ignores SIGPIPE, and a shell's background job SIGINT; daemons must not inherit it.
        setsigdef=[signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP],
    )
    return identify(pid) or Identity(pid, 0)


def _demand_free_port(daemon: Daemon) -> None:
    if not daemon.port:
        return
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, daemon.port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise PartError(
                f"port {daemon.port}, which {daemon.name} needs, is taken by another program: "
                "set FREELOADER_TESTBED_PORT to another base"
            ) from error


def _tail(log: Path, lines: int = 8) -> str:
    text = log.read_text(errors="replace") if log.is_file() else "(nothing)"
    return "\n".join(text.splitlines()[-lines:])


def python(module: str, *arguments: str) -> list[str]:
    """The command that runs one of our own modules with this interpreter."""
    return [sys.executable, "-m", module, *arguments]
