"""Can each cluster be reached, and will it run jobs as this site needs it?

What a survey means is judged in `site_survey`; here stands who is asked, and what is kept of it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

from backends.base import Cluster as ClusterPort
from backends.base import ClusterError, SiteSurvey
from jobs.doctor.diagnosis import Answer, Check, Checks, Health, fault, warn, well
from jobs.doctor.site_survey import judged
from jobs.idle import partition
from pipelines.models import Cluster
from pipelines.ports import fresh_port

PortOf = Callable[[Cluster], AbstractContextManager[ClusterPort]]

# What helps, by what backends/ssh.py says of a log-in that failed.
MENDS = {
    "another host key": (
        "Ask the cluster's people why it has changed; if they changed it, put the new one into "
        "the cluster's row. If they did not, somebody else answers there: close the cluster."
    ),
    "refuses our key": (
        "Put the public half of the key {row.key_name} into ~/.ssh/authorized_keys of "
        "{row.user} there."
    ),
    "private key that cannot be read": (
        "Put the key {row.key_name} into the folder FREELOADER_SSH_KEYS of this host, owned by "
        "the account that runs this site, mode 0600."
    ),
    "cannot be reached": "Look at host name and port in the cluster's row, and at firewalls.",
    "did not run our command": "Let the login shell's start-up files neither end nor print.",
}
LOOK_THERE = "Log in by hand as {row.user} and look why; ask the cluster's people."


def checks() -> Checks:
    """Every cluster that has a row, and is not gone for good."""
    return checks_of(fresh_port)


def checks_of(port_of: PortOf) -> Checks:
    """The same, by these ports."""
    rows = list(Cluster.objects.filter(gone_at=None))
    if not rows:
        yield Check("any", _none)
    for row in rows:
        yield from _checks_of_one(row, port_of)


def _checks_of_one(row: Cluster, port_of: PortOf) -> Checks:
    visit = _Visit(row, port_of)
    yield Check(f"{row}: log-in", visit.log_in)
    if visit.survey is None:
        return
    for name, answer in judged(visit.survey, row):
        yield Check(f"{row}: {name}", partial(visit.as_grave, answer))


def _none() -> Answer:
    return warn("No cluster is entered: nothing can run.", "Add one in the admin, under Clusters.")


class _Visit:
    """One log-in to one cluster."""

    def __init__(self, row: Cluster, port_of: PortOf) -> None:
        self.survey: SiteSurvey | None = None
        self._row, self._port_of = row, port_of

    def log_in(self) -> Answer:
        """Look around there; a log-in that fails is told with what helps."""
        try:
            with self._port_of(self._row) as port:
                self.survey = port.survey()
        except ClusterError as error:
            return self.as_grave(fault(error.message, self._remedy(error.message)))
        partition.keep_survey(self._row, self.survey)
        return self.as_grave(well(self._place(self.survey)))

    def as_grave(self, answer: Answer) -> Answer:
        """A closed cluster harms nobody: what is wrong there is a warning."""
        if self._row.is_open or answer.health is not Health.FAULT:
            return answer
        return warn(f"{answer.what} (The cluster is closed.)", answer.mend)

    def _place(self, survey: SiteSurvey) -> str:
        if self._row.kind == Cluster.Kind.LOCAL:
            return "this machine"
        version = f"Slurm {survey.version}" if survey.version else "Slurm's version is not told"
        return f"{self._row.user}@{self._row.host}:{self._row.port}, {version}"

    def _remedy(self, message: str) -> str:
        found = (mend for words, mend in MENDS.items() if words in message)
        return next(found, LOOK_THERE).format(row=self._row)
