"""What saves the code's processes now and then, while they run."""

import signal
import subprocess
import threading
import time
from typing import Optional

from ..attempt import Attempt
from ..files import Json, remove
from .generations import MB, Generations
from .programs import Computation, end_within

CHECKPOINT_S = 1800.0  # the longest that one may take


class Saver(threading.Thread):
    """Makes a generation every `interval_s`, and a last one when it is asked to.

    A thread, because SIGTERM is raised in the main one: no checkpoint is cut short by it.
    """

    def __init__(
        self,
        computation: Computation,
        generations: Generations,
        attempt: Attempt,
        interval_s: float,
    ) -> None:
        super().__init__(daemon=True)
        self.computation, self.generations = computation, generations
        self.attempt, self.interval_s = attempt, interval_s
        self.left_out = ""  # why the last checkpoint was not made, or not kept
        self.is_saving = self.wants_last = False
        self.is_newest = False  # the one that is being made is as good as a last one
        self.over = threading.Event()
        self.has_ended = False
        self.command: Optional[subprocess.Popen[bytes]] = None

    def start(self) -> None:
        """Wholly or not at all: a SIGTERM that comes meanwhile is heard before it, or after it."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        try:
            super().start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def run(self) -> None:
        # Blocked for all that is started here: Slurm's SIGTERM goes to every process.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        while not self.over.wait(self.interval_s):
            self.save()
        if self.wants_last and (self.left_out or not self.is_newest):
            self.save()

    def finish(self, patience_s: float) -> None:
        """One more generation, or the end of the one that is being made; never later than this."""
        self.wants_last, self.is_newest = True, self.is_saving
        self.over.set()
        if self.ident is None:  # SIGTERM came before it was started
            self.start()
        self.join(patience_s)

    def end(self) -> None:
        """Make no more, and keep nothing of what is half made: the processes end, or have ended."""
        self.has_ended = True
        self.over.set()
        if self.command is not None and self.command.poll() is None:
            self.command.kill()
        if self.is_alive():
            self.join(0.5)

    def save(self) -> None:
        self.is_saving = True
        before = self.left_out
        try:
            self.left_out = self.fault_of_one()
            if self.left_out != before:
                self.generations.leave_out(self.left_out)
        except OSError as error:
            self.left_out = f"it could not be written ({error.strerror or type(error).__name__})"
        self.is_saving = False

    def fault_of_one(self) -> str:
        """Make a generation; returns why there is none, "" if there is."""
        expected = self.expected_bytes()
        if not self.generations.has_room(expected):
            return self.too_large(expected)
        if expected > self.generations.free_bytes():
            return "the disk is full"
        for leftover in self.computation.cur.iterdir():
            remove(leftover)
        words: Json = {"saved_at": time.time()}
        if self.attempt.fraction is not None:
            words["fraction"] = self.attempt.fraction
        self.command = self.computation.ask("--bcheckpoint")
        if self.command is None or not end_within(self.command, CHECKPOINT_S):
            return "DMTCP made none"
        images = self.computation.images()
        size_bytes = sum(image.stat().st_size for image in images)
        if not images or self.has_ended or self.attempt.is_displaced():
            return "DMTCP made none"
        if not self.generations.has_room(size_bytes):
            return self.too_large(size_bytes)
        self.generations.commit(images, words)
        return ""

    def expected_bytes(self) -> int:
        """As large as the last one, or as the program's memory is by now."""
        last = self.generations.latest()
        return max(last.size_bytes if last else 0, self.computation.memory_bytes())

    def too_large(self, size_bytes: int) -> str:
        most_mb = self.generations.most_bytes // MB
        return f"its {-(-size_bytes // MB)} MB do not fit into {most_mb} MB"
