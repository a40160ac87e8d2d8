"""The research code in a process of its own, watched from outside."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, List, Optional

from .attempt import Attempt
from .calls import take_writes, write_call
from .endings import Ending, Terminated
from .family import Family, adopt_orphans, end_unknown
from .files import LOG_HEADER, Json, read_json
from .forks import Child
from .kept import checkpoint_for, remember_progress, saved_by
from .lookout import Lookout
from .notes import note_begin, note_stop
from .preemption import STRICT_KILL_WAIT_S
from .pump import Pump
from .store import StoreTrouble, put

PROGRESS_S = float(os.environ.get("FREELOADER_PROGRESS_S", "5"))  # between two reports
# -u: prints are in the log even if the code crashes; faulthandler: so is where it crashed
FLAGS = ["-u", "-B", "-X", "faulthandler"]
KILL_WAIT_S = STRICT_KILL_WAIT_S - 2.0  # what is left is for saying so


def begin_with_checkpoint(attempt: Attempt, code: Path, function: str = "run") -> None:
    """Give the function its checkpoint directory, if it asks for it, and note what is in it."""
    attempt.checkpoint = checkpoint_for(attempt, code, function)
    note_begin(attempt, saved_by(attempt))


def compute(attempt: Attempt, code: Path) -> None:
    """Call run() on the attempt's inputs."""
    inputs = [str(path) for path in sorted(attempt.inputs.iterdir())]
    arguments: Json = {"inputs": inputs, "output": str(attempt.output)}
    if attempt.checkpoint is not None:
        arguments["checkpoint"] = str(attempt.checkpoint)
    call(attempt, code, "run", arguments)


def call(attempt: Attempt, code: Path, function: str, arguments: Json) -> Json:
    """Call one function of the code in a process of its own; returns its verdict.

    So its crash or exit cannot end this one. It stays in our process group: whoever kills the
    job's group leaves nothing behind. `Ending` unless the function returned, its process ended
    well, and nothing of what it started is left.
    """
    write_call(attempt, function, arguments)
    others = adopt_orphans()
    try:
        child = start(attempt, code)
        family, pump = Family(child, others), Pump(child.stdout, attempt.log)
    except Terminated:
        end_unknown(others)
        raise
    try:
        lookout = Lookout(attempt, family)
        status = watch(attempt, child, lookout)
        verdict = read_json(attempt.work / "verdict.json")
        judge(status, verdict, function)
        lookout.check_what_is_left(function)
    except Terminated:
        note_stop(attempt)  # before the code's process is ended: that may take all the time left
        raise
    finally:
        stop(child, family)
        pump.finish()
        take_writes(attempt)
    return verdict


def start(attempt: Attempt, code: Path) -> "subprocess.Popen[bytes]":
    with attempt.log.open("ab") as log:
        log.write(log_header(attempt).encode())
    words = ["--call", str(code), str(attempt.work / "call.json"), str(attempt.work)]
    return subprocess.Popen(
        code_argv(*words),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=str(attempt.work),
    )


def log_header(attempt: Attempt) -> str:
    at = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
    return f"{LOG_HEADER}{attempt.number + 1} on {socket.gethostname()}, {at} ==\n"


def code_argv(*words: str) -> List[str]:
    """Our own program, in a process for the research code."""
    return [sys.executable, *FLAGS, os.path.abspath(sys.argv[0]), *words]


def watch(attempt: Attempt, child: Child, lookout: Optional[Lookout] = None) -> int:
    """Wait for the child's end, reporting its progress; returns its exit status.

    `Ending` if it may not go on, `Interrupted` if a rehearsal says so.
    """
    if lookout is None:
        attempt.code_began_at = attempt.code_began_at or time.monotonic()  # nobody calls it anew
        lookout = Lookout(attempt, Family(child))
    ended = threading.Thread(target=child.wait, daemon=True)  # wakes us at once when it ends
    ended.start()
    last: Json = {}
    report_at = time.monotonic() + PROGRESS_S
    while True:
        ended.join(max(0.0, min(lookout.due_in(), report_at - time.monotonic())))
        note = read_json(attempt.work / "progress.json")
        if not ended.is_alive():
            attempt.stand()
            attempt.fraction = note.get("fraction", attempt.fraction)
            return int(child.wait())
        lookout.look()
        if time.monotonic() >= report_at:
            attempt.stand()
            if note and note != last:
                hear(attempt, note)
            last, report_at = note, time.monotonic() + PROGRESS_S


def hear(attempt: Attempt, note: Json) -> None:
    """Take note of what the code told as its progress."""
    attempt.fraction = note.get("fraction")
    if attempt.checkpoint is not None:
        remember_progress(attempt, attempt.fraction)
    report(attempt, attempt.fraction, note.get("message"))


def status_within(child: Child, seconds: float) -> Optional[int]:
    try:
        return child.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return None


def report(attempt: Attempt, fraction: Any, message: Any) -> None:
    """Tell the status page how far it is; a failure is no reason to stop."""
    note: Json = {
        "fraction": fraction,
        "message": message,
        "attempt": attempt.number,
        "at": time.time(),
    }
    note["begun_with"] = attempt.begun_with
    with contextlib.suppress(StoreTrouble, Ending, KeyError):
        told = attempt.told()
        body = json.dumps(dict(note, key=told["key"])).encode()
        put(told["progress_url"], body, len(body), timeout_s=10)


def stop(child: Child, family: Optional[Family] = None) -> None:
    """End the child if it still runs, with all that it started: first asked, then forced."""
    family = family or Family(child)
    family.signal(signal.SIGTERM)
    if status_within(child, KILL_WAIT_S) is None:
        family.kill()
        child.kill()
        child.wait()
    family.kill()


def judge(status: int, verdict: Json, function: str) -> None:
    """Return only if the function returned and its process ended well; else raise `Ending`."""
    if status == -signal.SIGTERM:
        time.sleep(1)  # Slurm signals every process: ours is on its way and ends this attempt
    reason = verdict.get("reason")
    if reason in ("code_failed", "code_refused"):
        raise Ending(reason, str(verdict.get("message"))[:300])
    if reason != "done" or status != 0:
        raise Ending("code_failed", crash_message(status, function))


def crash_message(status: int, function: str) -> str:
    if status == -signal.SIGKILL:
        return "The code was killed, most often for using more memory than the job may have."
    if status < 0:
        return f"The code crashed ({signal.Signals(-status).name})."
    return f"The code's process ended before {function}() returned (exit code {status})."
