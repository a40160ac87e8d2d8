"""What every part of the test bed has in common."""

import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from deploy.testbed.env import PartEnv
from deploy.testbed.place import Bed, first_closed_folder
from deploy.testbed.processes import (
    Daemon,
    await_ready,
    ensure_started,
    find_program,
    is_stopped,
    running,
    stop,
)


class Part(ABC):
    """Something that can be up or down by itself; made of one or more daemons."""

    name: ClassVar[str]
    programs: ClassVar[Sequence[str]] = ()
    needs_root: ClassVar[bool] = False
    uses_accounts: ClassVar[bool] = False  # when root starts it, others must reach its files

    def __init__(self, bed: Bed) -> None:
        self.bed = bed
        self.folder = bed.folder(self.name)

    @abstractmethod
    def prepare(self) -> bool:
        """Make folders, keys and configuration. Whether running daemons must start anew."""

    @abstractmethod
    def stages(self) -> Sequence[Sequence[Daemon]]:
        """The daemons, in the order in which they must be ready; prepare() came before."""

    @abstractmethod
    def describe(self) -> PartEnv:
        """How to reach the part while it is up."""

    def obstacle(self) -> str:
        """Why this part cannot run here and what would mend it, or nothing."""
        if missing := [name for name in self.programs if not find_program(name)]:
            return f"{', '.join(missing)} not installed: run deploy/install_packages.sh as root"
        if self.needs_root and os.geteuid() != 0:
            return "it starts programs under other accounts: run this as root"
        closed = first_closed_folder(self.bed.state) if os.geteuid() == 0 else None
        if self.uses_accounts and closed:
            return f"other accounts cannot pass through {closed}: set FREELOADER_TESTBED"
        return ""

    def daemons(self) -> list[Daemon]:
        return [daemon for stage in self.stages() for daemon in stage]

    def up(self) -> bool:
        """Bring the part up. Whether anything had to be started. Raises PartError."""
        if self.prepare() and self.has_daemons():
            self.down()
        return self.ensure_daemons()

    def ensure_daemons(self) -> bool:
        """Start the daemons that do not run, as they were last configured. Whether there were any.

        Raises PartError.
        """
        started = [self._raise_stage(stage) for stage in self.stages()]
        return any(started)

    def _raise_stage(self, stage: Sequence[Daemon]) -> bool:
        started = [ensure_started(daemon, self.bed) for daemon in stage]
        for daemon in stage:
            await_ready(daemon, self.bed)
        return any(started)

    def down(self) -> None:
        """Stop the daemons, the last started first; what they keep on disk stays."""
        for stage in reversed(self.stages()):
            stop(stage, self.bed)

    def has_daemons(self) -> bool:
        """Whether any daemon of this part still runs."""
        return any(running(self.bed.pid_file(daemon.name)) for daemon in self.daemons())

    def is_up(self) -> bool:
        """Whether every daemon of this part runs, and none is halted."""
        found = [running(self.bed.pid_file(daemon.name)) for daemon in self.daemons()]
        return all(identity and not is_stopped(identity.pid) for identity in found)
