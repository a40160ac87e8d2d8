"""Slurm over SSH: what is done, and in which order; the words stand in `slurm_text.py`."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from backends import slurm_files
from backends.base import (
    Cluster,
    ClusterError,
    Idle,
    JobRef,
    Observation,
    Phase,
    SiteSurvey,
    Submission,
)
from backends.jobdir import JOB_SCRIPT, EndFile, checked_files, plain_name
from backends.remote import Answer, Endpoint, Remote
from backends.slurm_idle import idle_argv, parse_expected_start, parse_idle, try_argv
from backends.slurm_looks import by_name, from_ends, from_sacct, from_squeue, parse_ends
from backends.slurm_survey import parse_survey, survey_argv
from backends.slurm_text import (
    SacctRow,
    SqueueRow,
    is_without_accounting,
    parse_jobid,
    parse_sacct,
    parse_squeue,
    sacct_argv,
    sbatch_arguments,
    sbatch_words,
    scancel_argv,
    squeue_argv,
)
from backends.ssh import remote_for

# sbatch itself tries for 120 s on a full queue, in steps of 1, 2 … 15 s; the lock waits 20 s more.
SUBMIT_TIMEOUT_S = 180
SACCT_LOT = 200
SURVEY_TIMEOUT_S = 40  # each of its commands gets 12 s, all at once
MAX_ANSWER_BYTES = 64 * 2**20  # squeue of 12,000 jobs is 0.4 MB
_REFUSED, _NOT_REQUEUING = 65, 76

_SUBMIT = Path(__file__).with_name("slurm_submit.sh").read_text()
_SURVEY = Path(__file__).with_name("slurm_survey.sh").read_text()
_READ_ENDS = Path(__file__).with_name("slurm_ends.sh").read_text()
_HOLD = Path(__file__).with_name("slurm_hold.sh").read_text()
# Renamed first: a start that runs on upon a lost node must not take what is left of its output for
# the whole. Research code may leave directories behind that even their owner may not write to.
_REMOVE = """
[ ! -e "$1" ] || mv -- "$1" "$1.gone.$$" || exit
set -- "$1".gone.*
rm -rf -- "$@" 2>/dev/null || { chmod -R u+rwx -- "$@"; rm -rf -- "$@"; }
"""


@dataclass(frozen=True)
class SlurmSite:
    """A cluster as its administrator describes it.

    `host_key`: lines "ssh-ed25519 AAAA…"; `key_file`: path of our private key; `scratch`: an
    absolute path that login and compute nodes share; `python`: what job.sh gets; `slurm_bin`:
    where sbatch is, if the PATH of a command over SSH does not say; `dmtcp_bin`: the same for
    dmtcp_launch; `settle_s`: how long a submit without an answer may still get through.
    """

    host: str
    port: int
    user: str
    host_key: str
    key_file: Path
    partition: str
    scratch: str
    python: str = "python3"
    qos: str = ""
    account: str = ""
    slurm_bin: str = ""
    dmtcp_bin: str = ""
    settle_s: int = 10

    @property
    def endpoint(self) -> Endpoint:
        """Where to log in."""
        return Endpoint(self.host, self.port, self.user, self.host_key, self.key_file)


class SlurmCluster(Cluster):
    """One site. Cheap to make: the connection belongs to the endpoint and opens when needed.

    The key, not the id, is a job's identity: ids begin anew when slurmctld loses its state.
    """

    def __init__(self, site: SlurmSite, remote: Remote | None = None) -> None:
        self._site = site
        self._remote = remote or remote_for(site.endpoint)

    def submit(self, submission: Submission) -> str:
        directory, files = self._directory(submission.key), checked_files(submission.files)
        self._remote.put_files(directory, files)
        site = self._site
        options = sbatch_arguments(
            key=submission.key,
            directory=directory,
            resources=submission.resources,
            tasks=submission.tasks,
            partition=site.partition,
            qos=site.qos,
            account=site.account,
        )
        size, settle = str(len(files[JOB_SCRIPT])), str(site.settle_s)
        half = [directory, submission.key, size, settle, site.slurm_bin]
        job = [f"{directory}/{JOB_SCRIPT}", site.python]
        answer = self._run_script(_SUBMIT, [*half, *options, *job], timeout_s=SUBMIT_TIMEOUT_S)
        return parse_submit(answer)

    def observe(self, jobs: Sequence[JobRef]) -> dict[str, Observation]:
        if not jobs:
            return {}
        rows = self._squeue()
        seen = {job.key: from_squeue(job, rows.get(job.key, [])) for job in jobs}
        found = {key: observation for key, observation in seen.items() if observation}
        missing = [job for job in jobs if job.key not in found]
        return found | (self._look_further(missing, rows) if missing else {})

    def put_file(self, key: str, name: str, data: bytes) -> None:
        self._remote.put_file(f"{self._directory(key)}/{plain_name(name)}", data)

    def read_file(self, key: str, name: str, *, max_bytes: int) -> bytes:
        path = f"{self._directory(key)}/{plain_name(name)}"
        return self._told("tail", slurm_files.TAIL, path, str(max_bytes))

    def list_files(self, key: str, prefix: str) -> set[str]:
        where = [self._directory(key), plain_name(prefix)]
        return slurm_files.parse_names(self._told("find", slurm_files.NAMES, *where))

    def read_files(self, key: str, prefix: str, *, max_bytes: int) -> dict[str, bytes]:
        what = [self._directory(key), plain_name(prefix), str(max_bytes)]
        return slurm_files.parse_contents(self._told("tar", slurm_files.CONTENTS, *what))

    def hold(self, job: JobRef) -> None:
        self._told("scontrol", _HOLD, "hold", plain_name(job.key), self._site.slurm_bin)

    def release(self, job: JobRef) -> None:
        self._told("scontrol", _HOLD, "release", plain_name(job.key), self._site.slurm_bin)

    def cancel(self, job: JobRef) -> None:
        answer = self._slurm(scancel_argv(plain_name(job.key)))
        if answer.returncode != 0:
            _give_up("scancel", answer)

    def remove(self, key: str) -> None:
        self._told("rm", _REMOVE, self._directory(key), timeout_s=120)

    def directories(self, keys: Sequence[str]) -> set[str]:
        names = map(plain_name, keys)
        told = self._told("ls", slurm_files.DIRECTORIES, self._site.scratch, *names)
        return set(told.decode().split())

    def idle(self) -> Idle:
        answer = self._slurm(idle_argv(self._site.partition))
        if answer.returncode != 0:
            _give_up("sinfo", answer)
        idle = parse_idle(_text(answer).splitlines())
        return replace(idle, expected_start=self._expected_start()) if idle.nodes == 0 else idle

    def survey(self) -> SiteSurvey:
        site = self._site
        asked = survey_argv(
            scratch=site.scratch,
            python=site.python,
            slurm_bin=site.slurm_bin,
            dmtcp_bin=site.dmtcp_bin,
            partition=site.partition,
            qos=site.qos,
            account=site.account,
        )
        sent_at = time.time()
        answer = self._run_script(_SURVEY, asked, timeout_s=SURVEY_TIMEOUT_S)
        received_at = time.time()
        return parse_survey(
            _text(answer), partition=site.partition, sent_at=sent_at, received_at=received_at
        )

    def _expected_start(self) -> datetime | None:
        site = self._site
        asked = try_argv(partition=site.partition, qos=site.qos, account=site.account)
        answer = self._slurm(asked)  # what it says of a failure is no time
        return parse_expected_start(answer.stderr.decode(errors="replace"))

    def _directory(self, key: str) -> str:
        return f"{self._site.scratch.rstrip('/')}/{plain_name(key)}"

    def _told(self, command: str, script: str, *arguments: str, timeout_s: float = 60) -> bytes:
        """What a script says that ended well; `command` is what it is called in a message."""
        answer = self._run_script(script, arguments, timeout_s=timeout_s)
        if answer.returncode != 0:
            _give_up(command, answer)
        return answer.stdout

    def _run_script(
        self, script: str, arguments: Sequence[str], stdin: bytes = b"", *, timeout_s: float
    ) -> Answer:
        argv = ["/bin/sh", "-c", script, "sh", *arguments]
        return self._remote.run(argv, stdin, timeout_s=timeout_s, max_bytes=MAX_ANSWER_BYTES)

    def _slurm(self, argv: Sequence[str]) -> Answer:
        path = self._site.slurm_bin
        within = ["/bin/sh", "-c", 'PATH=$1:$PATH; shift; exec "$@"', "sh", path] if path else []
        return self._remote.run([*within, *argv], timeout_s=60, max_bytes=MAX_ANSWER_BYTES)

    def _squeue(self) -> dict[str, list[SqueueRow]]:
        """All our jobs by name. Only exit 0 says that what is absent is not there."""
        answer = self._slurm(squeue_argv())
        if answer.returncode != 0:
            _give_up("squeue", answer)
        return by_name(parse_squeue(_text(answer)))

    def _look_further(
        self, missing: Sequence[JobRef], shown: Mapping[str, list[SqueueRow]]
    ) -> dict[str, Observation]:
        """The jobs that slurmctld no longer knows: accounting, then what they wrote themselves."""
        rows, has_answered = self._sacct([job.slurm_id for job in missing if job.slurm_id])
        seen = {
            job.key: from_sacct(job, rows.get(job.key, []), shown.get(job.key, []))
            for job in missing
        }
        unclear = [job for job in missing if seen[job.key].phase is Phase.GONE]
        ends, has_read = self._ends([job.key for job in unclear]) if unclear else ({}, True)
        for job in unclear:
            look = from_ends(job, seen[job.key], ends.get(job.key, []))
            if look.phase is Phase.GONE and not (has_answered and has_read):
                look = Observation(Phase.UNKNOWN, slurm_id=look.slurm_id)
            seen[job.key] = look
        return seen

    def _sacct(self, slurm_ids: Sequence[str]) -> tuple[dict[str, list[SacctRow]], bool]:
        """What accounting knows by job name, and whether it said all that it ever will."""
        rows: list[SacctRow] = []
        for start in range(0, len(slurm_ids), SACCT_LOT):
            answer = self._slurm(sacct_argv(slurm_ids[start : start + SACCT_LOT]))
            words = answer.stderr.decode(errors="replace")
            if answer.returncode != 0:
                return {}, is_without_accounting(words, answer.returncode)
            rows += parse_sacct(_text(answer))
        return by_name(rows), True

    def _ends(self, keys: Sequence[str]) -> tuple[dict[str, list[EndFile]], bool]:
        """The end files of these jobs, and whether they could be read."""
        stdin = "".join(f"{key}\n" for key in keys).encode()
        answer = self._run_script(_READ_ENDS, [self._site.scratch], stdin, timeout_s=60)
        return parse_ends(_text(answer)), answer.returncode == 0


def parse_submit(answer: Answer) -> str:
    """The job id from what slurm_submit.sh left; final only if Slurm said a definite no."""
    words = sbatch_words(answer.stderr.decode(errors="replace"))
    if answer.returncode == 0:
        return parse_jobid(_text(answer))
    if answer.returncode == _REFUSED:
        raise ClusterError(f"Slurm refused the job: {words}", transient=False)
    if answer.returncode == _NOT_REQUEUING:
        raise ClusterError(f"No job is handed in to the partition: {words}.", transient=True)
    raise ClusterError(f"It is open whether Slurm took the job: {words}", transient=True)


def _text(answer: Answer) -> str:
    return answer.stdout.decode(errors="replace")


def _give_up(command: str, answer: Answer) -> NoReturn:
    raise ClusterError(f"{command} did not answer: {answer.words}", transient=True)
