"""The site that is put under strain: one web server, and two workers as if on two hosts."""

from __future__ import annotations

import secrets
import sys
from dataclasses import dataclass, field
from pathlib import Path

from deploy.chaos.keeper import Keeper
from deploy.testbed.site import LiveSite, until

HOSTS = ("a", "b")
FAST = {
    "FREELOADER_POLL_FASTEST_S": "1",
    "FREELOADER_POLL_SLOWEST_S": "3",
    "FREELOADER_SWEEP_INTERVAL_S": "1",
    "FREELOADER_LEASE_S": "15",
    "FREELOADER_LOST_AFTER_S": "45",
    "FREELOADER_WORKERS": "2",
}


@dataclass
class ChaosSite(LiveSite):
    """A `LiveSite` whose processes are started again when they die."""

    truth: Path = Path("/nowhere")  # where the research code writes down what it did
    programs: str = ""  # a folder of Slurm's programs that are not the usual ones
    without: str = ""  # the guard that is taken out of it
    password: str = field(default_factory=secrets.token_urlsafe)
    web: list[Keeper] = field(default_factory=list)
    workers: list[Keeper] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        more = FAST | {
            "FREELOADER_CHAOS_TRUTH": str(self.truth),
            "FREELOADER_CHAOS_PROGRAMS": self.programs,
            "FREELOADER_CHAOS_PASSWORD": self.password,
        }
        if self.without:
            more |= {
                "DJANGO_SETTINGS_MODULE": "deploy.chaos.unguarded.settings",
                "FREELOADER_CHAOS_WITHOUT": self.without,
            }
        return super().environment() | more

    def start(self) -> None:
        """Bring up all of it; returns when the pages answer."""
        self.manage("migrate", "--verbosity", "0")
        self.run_script(Path(__file__).with_name("setup.py"))
        gunicorn = ["-m", "gunicorn", "freeloader_site.wsgi", "--threads", "8"]
        options = ["--no-control-socket", "-b", f"127.0.0.1:{self.port}"]
        self.web = [self._keep("web", [*gunicorn, *options], {})]
        worker = ["manage.py", "worker", "--patience", "30"]
        self.workers = [
            self._keep(f"worker-{host}", worker, {"FREELOADER_HOST": host}) for host in HOSTS
        ]
        until(self._is_up, what="the site")

    def _keep(self, name: str, arguments: list[str], more: dict[str, str]) -> Keeper:
        environment = self.environment() | more
        keeper = Keeper(name, [sys.executable, *arguments], environment, self.folder)
        keeper.start()
        return keeper

    def stop(self) -> None:
        """Stop what was started, all at once: workers let their tasks end."""
        keepers = [*self.web, *self.workers]
        for keeper in keepers:
            keeper.stop_soon()
        for keeper in keepers:
            keeper.stop()
