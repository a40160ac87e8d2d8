"""One attempt of one job: files in, research code, results out, manifest last.

Holds no key: every transfer is a GET or PUT of a signed URL in job.json, which is read anew
before each, for our server renews it. May be killed at any line and started again under the next
attempt's number: every file is written beside and renamed, every upload goes to the attempt's own
names, and nothing counts before the manifest is stored. Times are seconds since 1970.
"""

import json
import os
import signal
import socket
import time
import traceback
from pathlib import Path
from typing import Any, Optional

from .attempt import Attempt
from .calls import called_at
from .compute import begin_with_checkpoint, compute, report
from .endings import EXIT_CODES, TERMINATED, Ending, Interrupted, Terminated, Unsigned
from .files import Json, discard, plain_name, read_json, remove, replace_file, sha256_of
from .inputs import stage_inputs
from .notes import note_stop
from .preemption import ask_for_another_start, ask_for_requeue, is_being_preempted
from .results import store_manifest, store_results

DONE = Ending("done", "What this stage has to leave is stored.")


def run_attempt(directory: Path, number: int, task: Optional[int] = None) -> int:
    """Carry out the attempt and leave its end file; returns the exit code.

    SIGTERM leaves no end file: the run was stopped and did not end, Slurm starts it again.
    """
    signal.signal(signal.SIGTERM, terminate)
    attempt = Attempt(directory, number, task)
    if read_json(attempt.end_file).get("reason") == "done":
        return 0
    try:
        ending = ending_or_kill(attempt)
        ask_to_go_on(ending)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # from here on it has ended by itself
        return leave(attempt, ending)
    except Terminated:
        note_stop(attempt)
        return TERMINATED


def ending_or_kill(attempt: Attempt) -> Ending:
    """How it ends; an attempt that a rehearsal interrupts ends without a word, and starts again.

    Where there is no Slurm to ask, whoever started it sees that it was killed.
    """
    try:
        return ending_of(attempt)
    except Interrupted:
        ask_for_another_start()
        os.kill(os.getpid(), signal.SIGKILL)
        raise  # never reached


def ask_to_go_on(ending: Ending) -> None:
    """Ask Slurm for another start where the failure is none of the job's; returns if it stays one.

    Without URLs each round has waited through all its patience, so that none comes quickly.
    """
    if ending.reason not in ("done", "superseded") and is_being_preempted():
        ask_for_requeue()
    elif isinstance(ending, Unsigned):
        ask_for_another_start()


def terminate(_signal: int, _frame: Any) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one must not disturb the stopping
    raise Terminated


def ending_of(attempt: Attempt) -> Ending:
    """How it ends; once the manifest is stored, also SIGTERM changes nothing any more."""
    try:
        if not attempt.is_done_before():
            carry_out(attempt)
        return DONE
    except Terminated:
        if attempt.has_manifest:
            return DONE
        raise
    except Ending as ending:
        return ending
    except OSError as error:
        words = error.strerror or type(error).__name__
        return Ending("broken_job", f"The compute node cannot keep its files ({words}).")
    except Exception as error:
        traceback.print_exc()
        return Ending("broken_job", f"The node's program failed ({type(error).__name__}).")


def leave(attempt: Attempt, ending: Ending) -> int:
    """Say how it ended, then clear up: a kill in between must not start the work again."""
    is_own = attempt.work.parent == attempt.directory  # not what all starts share, as with DMTCP
    if ending is not DONE and is_own:  # first, for the end file may need the room
        remove(attempt.output)
        remove(attempt.work / "tmp")
    write_end_file(attempt, ending)
    if ending is DONE:
        # the older ones, too: code that outlived its killed attempt may have written since
        remove(attempt.work)
        attempt.clear_older()
    return EXIT_CODES[ending.reason]


def write_end_file(attempt: Attempt, ending: Ending) -> None:
    end: Json = {"exit_code": EXIT_CODES[ending.reason], "reason": ending.reason}
    end.update(message=ending.message, attempt=attempt.number, node=socket.gethostname())
    end.update(started_at=attempt.started_at, ended_at=time.time())
    if attempt.writes_outside is not None:
        end.update(writes_outside=attempt.writes_outside)
    replace_file(attempt.end_file, json.dumps(end))


def carry_out(attempt: Attempt) -> None:
    """The whole attempt, up to what its stage leaves at the end; else raises `Ending`."""
    attempt.claim()
    code = checked_code(attempt)
    for path in [older / "output" for older in attempt.older()] + [attempt.output]:
        discard(path)
    attempt.work.mkdir(exist_ok=True)
    stage = attempt.stage
    if stage == "split":
        from .array.split import split_inputs

        split_inputs(attempt, code)
    elif stage == "parts":
        from .array.parts import work_on_parts

        work_on_parts(attempt, code)
    elif stage == "merge":
        from .array.merge import merge_parts

        merge_parts(attempt, code)
    else:
        run_whole(attempt, code)


def run_whole(attempt: Attempt, code: Path) -> None:
    """Call run() on all inputs; returns only after the manifest is stored."""
    if attempt.told().get("dmtcp"):
        from .dmtcp.runs import compute_with_dmtcp

        compute_with_dmtcp(attempt, code)
    else:
        stage_and_compute(attempt, code)
    began_at = called_at(attempt)
    if began_at is not None:
        attempt.code_seconds = time.monotonic() - began_at
    report(attempt, 1.0, "Storing the results")
    store_manifest(attempt, store_results(attempt))


def stage_and_compute(attempt: Attempt, code: Path) -> None:
    begin_with_checkpoint(attempt, code)
    report(attempt, None, "Fetching the files")
    stage_inputs(attempt)
    attempt.clear_older()
    attempt.output.mkdir()
    report(attempt, None, "Working on the files")
    compute(attempt, code)


def checked_code(attempt: Attempt) -> Path:
    told = attempt.told()["code"]
    code = attempt.directory / plain_name(told["file"])
    if not code.is_file() or sha256_of(code) != told["sha256"]:
        raise Ending("code_refused", f"{code.name} is not the file that was accepted.")
    return code
