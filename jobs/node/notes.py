"""What a start leaves word of: when and where it began, and with what."""

import contextlib
import json
import socket
import time

from .attempt import Attempt
from .files import Json, read_json, replace_file
from .kept import saved_by


def note_begin(attempt: Attempt, begun_with: Json) -> None:
    """Write `begin.<mark>.json`, before the code is called; `begun_with` is {} for nothing."""
    attempt.begun_with = begun_with
    note: Json = {"attempt": attempt.number, "task": attempt.task, "node": socket.gethostname()}
    note.update(started_at=attempt.started_at, begun_with=begun_with)
    replace_file(attempt.begin_file, json.dumps(note))


def note_stop(attempt: Attempt) -> None:
    """Add when SIGTERM ended it, and how far it was; a start that noted no begin is left alone.

    A disk that is full, or code that is at work in its checkpoint, is no reason to call a start
    that was stopped a failure.
    """
    note = read_json(attempt.begin_file)
    if not note or "stopped_at" in note:
        return
    note.update(stopped_at=time.time(), progress=attempt.fraction)
    with contextlib.suppress(OSError):
        replace_file(attempt.begin_file, json.dumps(note))
        if attempt.checkpoint is not None:
            note_kept(attempt, saved_by(attempt))


def note_kept(attempt: Attempt, kept: Json) -> None:
    """Add what the next start can begin with, for those who wait; nothing else depends on it."""
    note = read_json(attempt.begin_file)
    if note and kept:
        with contextlib.suppress(OSError):
            replace_file(attempt.begin_file, json.dumps(dict(note, kept=kept)))
