"""One run on a site that is up: visitors and faults, until all has ended or nothing moves."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from deploy.chaos.cancels import cancel
from deploy.chaos.faults import Fault
from deploy.chaos.harm import Scene
from deploy.chaos.ledger import Glance, Ledger
from deploy.chaos.operator import Operator
from deploy.chaos.orders import Order
from deploy.chaos.storm import Storm
from deploy.chaos.visitors import Visit, Visitor

VISITORS = 8
GLANCE_EVERY_S = 3.0
NOTHING_MOVES_FOR_S = 300
CALM_AT = 0.9  # so many of the jobs have ended: the others end in peace


class Course:
    """What happens in one run, and how far it is."""

    def __init__(
        self, scene: Scene, orders: Sequence[Order], faults: Iterator[Fault], folder: Path
    ) -> None:
        self.scene = scene
        self.ledger = Ledger(scene.site.database_url)
        self.storm = Storm(scene, faults, folder / "faults.jsonl")
        self.operator = Operator(scene.bed)
        self.visits = [Visit(order) for order in orders]
        self.over = threading.Event()
        self.began_at = time.time()
        self.moved_at = time.monotonic()
        self._seen: Glance | None = None
        self._said_at = 0.0

    def run(self, *, limit_s: float) -> None:
        """All of it; every fault is undone at the end, whatever has happened."""
        end = time.monotonic() + limit_s
        with ThreadPoolExecutor(VISITORS) as pool:
            visits = [pool.submit(self._visit, visit) for visit in self.visits]
            try:
                self.storm.start()
                self._await(self._is_nearly_over, end)
                self.storm.calm()
                self.moved_at = time.monotonic()
                self._await(lambda glance: self._is_over(glance, visits), end)
            finally:
                self.over.set()
                self.storm.calm()
        for done in visits:
            done.result()

    def _visit(self, visit: Visit) -> None:
        if self.over.wait(max(0.0, self.began_at + visit.order.at_s - time.time())):
            return
        visitor = Visitor(self.scene.site.url, self.over)
        visitor.send(visit)
        if visit.order.cancelled_by and visit.was_received:
            self.over.wait(visit.order.cancel_after_s)
            cancel(self.scene.site, visitor, visit)

    def _await(self, is_enough: Callable[[Glance], bool], end: float) -> None:
        """Look now and then; returns as well when nothing has moved for long, or at `end`."""
        while time.monotonic() < min(end, self.moved_at + NOTHING_MOVES_FOR_S):
            glance = self._look()
            if glance and is_enough(glance):
                return
            self.operator.come_by()
            time.sleep(GLANCE_EVERY_S)

    def _look(self) -> Glance | None:
        try:
            glance = self.ledger.glance()
        except OSError:
            return None
        if glance != self._seen:
            self._seen, self.moved_at = glance, time.monotonic()
        if time.monotonic() - self._said_at > 30:
            self._said_at = time.monotonic()
            self._say(glance)
        return glance

    def _say(self, glance: Glance) -> None:
        states = ", ".join(f"{count} {state}" for state, count in sorted(glance.states.items()))
        faults = len(self.storm.mishaps)
        minutes = (time.time() - self.began_at) / 60
        print(f"{minutes:5.1f} min  {faults} faults  {states}", flush=True)

    def _is_nearly_over(self, glance: Glance) -> bool:
        return glance.ended >= CALM_AT * len(self.visits)

    def _is_over(self, glance: Glance, visits: Sequence[Future[None]]) -> bool:
        """Every visitor is through, every job received has ended, every letter is sent."""
        received = sum(visit.was_received for visit in self.visits)
        is_all_sent = all(visit.done() for visit in visits)
        return is_all_sent and glance.ended >= received and glance.unsent == 0
