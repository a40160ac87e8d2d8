"""What is made of recorded answers of squeue and sacct, and of the end files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backends.base import ClusterError, JobRef, Phase
from backends.remote import Answer
from backends.slurm import SlurmCluster, SlurmSite
from tests.backends.shell_remote import SITE, ShellRemote

JOB_1 = JobRef("fl-1", "1")
END = b'{"exit_code": 3, "reason": "code_failed", "started_at": 10, "ended_at": 14, "node": "n"}'


@pytest.fixture
def site(tmp_path: Path) -> SlurmSite:
    return replace(SITE, scratch=str(tmp_path / "scratch"))


class Recorded(ShellRemote):
    """Answers squeue and sacct as it was told, and does the rest."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.squeue = Answer(0, b"", b"")
        self.sacct = Answer(0, b"", b"")
        self.asked: list[Sequence[str]] = []

    def run(
        self,
        argv: Sequence[str],
        stdin: bytes = b"",
        *,
        timeout_s: float = 60,
        max_bytes: int = 2**20,
    ) -> Answer:
        self.asked.append(argv)
        if "squeue" in argv:
            return self.squeue
        if "sacct" in argv:
            return self.sacct
        return super().run(argv, stdin, timeout_s=timeout_s, max_bytes=max_bytes)


@pytest.fixture
def recorded(tmp_path: Path, site: SlurmSite) -> Recorded:
    Path(site.scratch).mkdir()
    return Recorded(tmp_path / "recorded")


def write_end(site: SlurmSite, name: str, text: bytes = END) -> None:
    folder = Path(site.scratch) / "fl-1"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(text)


def observed(recorded: Recorded, site: SlurmSite) -> tuple[Phase, str, int, int | None]:
    seen = SlurmCluster(site, recorded).observe([JOB_1])["fl-1"]
    return seen.phase, seen.slurm_state, seen.restart_count, seen.exit_code


def test_one_squeue_serves_all_jobs(recorded: Recorded, site: SlurmSite) -> None:
    rows = (f"{n}|{n}|RUNNING|None|0|0|n1|N/A|fl-{n}|" for n in range(1000))
    recorded.squeue = Answer(0, "\n".join(rows).encode(), b"")
    seen = SlurmCluster(site, recorded).observe([JobRef(f"fl-{n}", str(n)) for n in range(1000)])
    assert {one.phase for one in seen.values()} == {Phase.RUNNING}
    assert len(recorded.asked) == 1


def test_accounting_is_asked_in_lots_and_only_for_what_squeue_left_out(
    recorded: Recorded, site: SlurmSite
) -> None:
    recorded.squeue = Answer(0, b"0|0|RUNNING|None|0|0|n1|N/A|fl-0|\n", b"")
    SlurmCluster(site, recorded).observe([JobRef(f"fl-{n}", str(n)) for n in range(402)])
    lots = [argv[-1].split(",") for argv in recorded.asked if "sacct" in argv]
    assert [len(lot) for lot in lots] == [200, 200, 1]
    assert "0" not in lots[0]


@pytest.mark.parametrize("code", [1, 127, None])
def test_a_squeue_that_fails_tells_nothing(
    recorded: Recorded, site: SlurmSite, code: int | None
) -> None:
    recorded.squeue = Answer(code, b"1|1|FAILED|None|0|256|n1|N/A|fl-1|\n", b"Unable to contact")
    with pytest.raises(ClusterError, match="Unable to contact") as caught:
        observed(recorded, site)
    assert caught.value.transient


def test_a_job_that_nobody_knows_is_gone(recorded: Recorded, site: SlurmSite) -> None:
    assert observed(recorded, site) == (Phase.GONE, "", 0, None)


def test_a_job_without_an_id_is_known_by_its_name(recorded: Recorded, site: SlurmSite) -> None:
    recorded.squeue = Answer(0, b"7|7|PENDING|Priority|0|0||N/A|fl-1|\n", b"")
    seen = SlurmCluster(site, recorded).observe([JobRef("fl-1", "")])["fl-1"]
    assert (seen.phase, seen.slurm_id, seen.reason) == (Phase.WAITING, "7", "Priority")


@pytest.mark.parametrize(
    ("state", "starts_at"),
    [("PENDING|Priority", 1795675281), ("PENDING|JobHeldUser", None), ("RUNNING|None", None)],
)
def test_only_what_waits_for_its_turn_is_expected_to_start(
    recorded: Recorded, site: SlurmSite, state: str, starts_at: int | None
) -> None:
    recorded.squeue = Answer(0, f"1|1|{state}|0|0||1795675281|fl-1|\n".encode(), b"")
    seen = SlurmCluster(site, recorded).observe([JOB_1])["fl-1"]
    assert seen.expected_start == (datetime.fromtimestamp(starts_at, UTC) if starts_at else None)


def test_an_id_under_another_name_is_another_job(recorded: Recorded, site: SlurmSite) -> None:
    recorded.squeue = Answer(0, b"1|1|COMPLETED|None|0|0|n1|N/A|fl-other|\n", b"")
    recorded.sacct = Answer(0, b"1|COMPLETED|0:0|n1|10|14|4|fl-other\n", b"")
    assert observed(recorded, site) == (Phase.GONE, "", 0, None)


def test_of_accidental_twins_the_living_one_counts(recorded: Recorded, site: SlurmSite) -> None:
    rows = b"1|1|COMPLETED|None|0|0|n1|N/A|fl-1|\n2|2|RUNNING|None|0|0|n1|N/A|fl-1|\n"
    recorded.squeue = Answer(0, rows, b"")
    assert observed(recorded, site)[:2] == (Phase.RUNNING, "RUNNING")


def test_accounting_tells_every_run(recorded: Recorded, site: SlurmSite) -> None:
    text = b"1|PREEMPTED|0:0|n1|10|14|8|fl-1\n1|FAILED|3:0|n2|20|25|10|fl-1\n"
    recorded.sacct = Answer(0, text, b"")
    seen = SlurmCluster(site, recorded).observe([JOB_1])["fl-1"]
    assert (seen.phase, seen.restart_count, seen.exit_code) == (Phase.FAILED, 1, 3)
    assert [run.phase for run in seen.runs] == [Phase.INTERRUPTED, Phase.FAILED]
    assert [run.core_seconds for run in seen.runs] == [8, 10]


def test_a_run_that_accounting_never_closed_is_no_running_job(
    recorded: Recorded, site: SlurmSite
) -> None:
    recorded.sacct = Answer(0, b"1|RUNNING|0:0|n1|10|Unknown|8|fl-1\n", b"")
    assert observed(recorded, site)[0] is Phase.GONE


def test_without_an_answer_from_accounting_nothing_is_known(
    recorded: Recorded, site: SlurmSite
) -> None:
    recorded.sacct = Answer(1, b"", b"sacct: error: slurmdbd: Connection refused")
    assert observed(recorded, site)[0] is Phase.UNKNOWN


def test_without_accounting_the_end_file_tells(recorded: Recorded, site: SlurmSite) -> None:
    recorded.sacct = Answer(1, b"", b"Slurm accounting storage is disabled")
    assert observed(recorded, site)[0] is Phase.GONE
    write_end(site, "end.0.json", END.replace(b"3", b"0"))
    write_end(site, "end.1.json", END)
    assert observed(recorded, site) == (Phase.FAILED, "", 1, 3)


def test_what_is_no_end_file_tells_nothing(recorded: Recorded, site: SlurmSite) -> None:
    write_end(site, "end.0.json", b"not\njson")
    assert observed(recorded, site)[0] is Phase.GONE


def test_an_end_that_research_code_invented_is_not_believed(
    recorded: Recorded, site: SlurmSite
) -> None:
    recorded.sacct = Answer(1, b"", b"Slurm accounting storage is disabled")
    write_end(site, "end.0.json")
    for number in (1001, 10_001, 999_999_999):
        write_end(site, f"end.{number}.json")
    assert observed(recorded, site) == (Phase.FAILED, "", 0, 3)


def test_an_invented_end_makes_no_job_gone(recorded: Recorded, site: SlurmSite) -> None:
    recorded.sacct = Answer(1, b"", b"sacct: error: slurmdbd: Connection refused")
    write_end(site, "end.1001.json")
    assert observed(recorded, site)[0] is Phase.UNKNOWN


def test_no_end_is_believed_of_a_run_that_accounting_does_not_know(
    recorded: Recorded, site: SlurmSite
) -> None:
    recorded.sacct = Answer(0, b"1|RUNNING|0:0|n1|10|Unknown|8|fl-1\n", b"")
    write_end(site, "end.1.json")
    assert observed(recorded, site)[0] is Phase.GONE
    write_end(site, "end.0.json")
    assert observed(recorded, site)[::2] == (Phase.FAILED, 0)


def test_an_end_file_cannot_speak_for_another_job(recorded: Recorded, site: SlurmSite) -> None:
    folder = Path(site.scratch) / "fl-2"
    folder.mkdir()
    forged = f"fl-1 end.0.json {END.decode()}"
    (folder / f"end.0\n{forged.replace('/', '')}.json").write_bytes(END)
    for number, separator in enumerate("\n\r\v\f\x1c\x85\u2028"):
        (folder / f"end.{number}.json").write_text(f"{separator}{forged}")
    seen = SlurmCluster(site, recorded).observe([JOB_1, JobRef("fl-2", "2")])
    assert {one.phase for one in seen.values()} == {Phase.GONE}


def test_the_end_files_of_all_missing_jobs_are_read_at_once(
    recorded: Recorded, site: SlurmSite
) -> None:
    SlurmCluster(site, recorded).observe([JobRef(f"fl-{n}", "") for n in range(50)])
    assert len(recorded.asked) == 2


def test_end_files_that_cannot_be_read_leave_it_unknown(
    recorded: Recorded, site: SlurmSite
) -> None:
    Path(site.scratch).rmdir()
    assert observed(recorded, site)[0] is Phase.UNKNOWN


def test_without_accounting_the_end_files_of_an_arrays_tasks_tell(
    recorded: Recorded, site: SlurmSite
) -> None:
    recorded.sacct = Answer(1, b"", b"Slurm accounting storage is disabled")
    array = JobRef("fl-1", "1", tasks=2)
    for name in ("end.0.json", "end.1.0.json"):
        write_end(site, name, END.replace(b"3", b"0"))
    assert SlurmCluster(site, recorded).observe([array])["fl-1"].phase is Phase.GONE
    write_end(site, "end.0.2.json", END)
    seen = SlurmCluster(site, recorded).observe([array])["fl-1"]
    assert (seen.phase, seen.task, seen.restart_count) == (Phase.FAILED, 0, 2)


def test_an_array_is_unknown_as_long_as_accounting_does_not_answer(
    recorded: Recorded, site: SlurmSite
) -> None:
    recorded.sacct = Answer(1, b"", b"sacct: error: slurmdbd: Connection refused")
    array = JobRef("fl-1", "1", tasks=2)
    assert SlurmCluster(site, recorded).observe([array])["fl-1"].phase is Phase.UNKNOWN


def test_tasks_that_squeue_has_forgotten_are_asked_of_accounting(
    recorded: Recorded, site: SlurmSite
) -> None:
    array = JobRef("fl-1", "1", tasks=2)
    recorded.squeue = Answer(0, b"1_1|1|COMPLETED|None|0|0|n1|N/A|fl-1|\n", b"")
    assert SlurmCluster(site, recorded).observe([array])["fl-1"].phase is Phase.GONE
    recorded.sacct = Answer(0, b"1_0|COMPLETED|0:0|n1|10|14|4|fl-1\n", b"")
    seen = SlurmCluster(site, recorded).observe([array])["fl-1"]
    assert (seen.phase, [run.task for run in seen.runs]) == (Phase.COMPLETED, [0])
