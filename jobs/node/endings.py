"""How an attempt can end."""

import signal

EXIT_CODES = {
    "done": 0,
    "code_refused": 64,
    "input_damaged": 65,
    "store_unreachable": 69,
    "code_failed": 70,
    "no_results": 73,
    "superseded": 76,
    "store_refused": 77,
    "broken_job": 78,
}
TERMINATED = 128 + signal.SIGTERM


class Ending(Exception):
    """How the attempt ended; `message` is one sentence for a PI and never holds a signed URL."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class Unsigned(Ending):
    """Our server has not signed for this attempt yet: another start later may find it has."""


class Terminated(BaseException):
    """SIGTERM: preempted, out of time or cancelled; no Exception, so that nothing catches it."""


class Interrupted(BaseException):
    """A rehearsal has killed the code without a warning, as a failing node would."""
