"""What a start leaves word of: when and where it began, and with what."""

import contextlib
import json
import socket
import time

from .attempt import Attempt
from .files import Json, read_json, replace_file


def note_begin(attempt: Attempt, begun_with: Json) -> None:
    """Write `begin.<mark>.json`, before the code is called; `begun_with` is {} for nothing."""
    attempt.begun_with = begun_with
    note: Json = {"attempt": attempt.number, "task": attempt.task, "node": socket.gethostname()}
    note.update(started_at=attempt.started_at, begun_with=begun_with)
    replace_file(attempt.begin_file, json.dumps(note))


def note_stop(attempt: Attempt) -> None:
    """Add when SIGTERM ended it, and how far it was; a start that noted no begin is left alone.

    A disk that is full is no reason to call a start that was stopped a failure.
    """
    note = read_json(attempt.begin_file)
    if note and "stopped_at" not in note:
        note.update(stopped_at=time.time(), progress=attempt.fraction)
        with contextlib.suppress(OSError):
            replace_file(attempt.begin_file, json.dumps(note))
