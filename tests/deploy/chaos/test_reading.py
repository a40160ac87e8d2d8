from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from deploy.chaos import in_parts, research, truth
from deploy.chaos.costs import Cost, Step, costs
from deploy.chaos.ledger import Ledger
from deploy.chaos.report import Frame, last_line, stories
from deploy.chaos.seen import Run, SlurmJob
from deploy.chaos.verdict import job_of, submission_of
from tests.deploy.chaos.world import JOB, delivered


def test_the_research_code_writes_down_its_start_and_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(research, "TRUTH", str(tmp_path))
    monkeypatch.setenv("SLURM_JOB_ID", "17")
    research.note("0001-abc", "start")
    assert truth.runs(tmp_path) == [Run("0001-abc", "17", 0, has_ended=False)]
    research.note("0001-abc", "end")
    assert truth.runs(tmp_path) == [Run("0001-abc", "17", 0, has_ended=True)]


def test_each_start_is_a_run_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(research, "TRUTH", str(tmp_path))
    monkeypatch.setenv("SLURM_JOB_ID", "17")
    for count in ("0", "1"):
        monkeypatch.setenv("SLURM_RESTART_COUNT", count)
        research.note("0001-abc", "start")
    assert [run.restart for run in truth.runs(tmp_path)] == [0, 1]


def test_the_output_is_the_answer_and_a_refusal_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(research, "TRUTH", str(tmp_path))
    file = tmp_path / "table.txt"
    file.write_text(json.dumps({"token": "t", "kind": "healthy", "seconds": 0}) + "\nb\na")
    (tmp_path / "out").mkdir()
    research.run([file], tmp_path / "out")
    assert (tmp_path / "out" / "table.sorted").read_bytes() == research.answer(file.read_bytes())
    file.write_text(json.dumps({"token": "t", "kind": "refused", "seconds": 0}))
    with pytest.raises(ValueError, match="heading"):
        research.run([file], tmp_path / "out")


def test_the_answer_in_parts_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(research, "TRUTH", str(tmp_path))
    file = tmp_path / "table.txt"
    file.write_text(json.dumps({"token": "t", "kind": "in_parts"}) + "\nb\na\n\na")
    parts = in_parts.split([file], tmp_path)
    folders = [tmp_path / f"{part.name}.out" for part in parts]
    for part, folder in zip(parts, folders, strict=True):
        folder.mkdir()
        # What run() does, but for its pause.
        (folder / "lines").write_bytes(b"\n".join(sorted(part.read_bytes().split(b"\n"))))
    (tmp_path / "out").mkdir()
    in_parts.merge(folders, tmp_path / "out", [file])
    assert (tmp_path / "out" / "table.sorted").read_bytes() == research.answer(file.read_bytes())


def test_only_rows_of_our_jobs_are_read_from_accounting() -> None:
    text = f"17|fl-{JOB}|CANCELLED by 0|x\n18|campus|COMPLETED|x\n19_7|fl-{JOB}-2|COMPLETED|x\n"
    found = truth.parse_sacct(text, {JOB})
    assert found == [
        SlurmJob("17", f"fl-{JOB}", "CANCELLED"),
        SlurmJob("19", f"fl-{JOB}-2", "COMPLETED"),
    ]
    assert [(job_of(job.name), submission_of(job.name)) for job in found] == [(JOB, 1), (JOB, 2)]


def letter(folder: Path, number: int, message_id: str, text: str, sender: str = "us") -> None:
    head = f"From: F <{sender}@site.example>\r\nMessage-ID: {message_id}\r\n"
    (folder / f"{number}000000000-0.eml").write_text(f"{head}Subject: x\r\n\r\n{text}\r\n")


def test_letters_are_counted_by_their_message_id_and_their_link_is_found(tmp_path: Path) -> None:
    letter(tmp_path, 1, "<a@b>", "See http://127.0.0.1:8000/r/To-ken/ soon.")
    letter(tmp_path, 2, "<a@b>", "")
    letter(tmp_path, 3, "<c@d>", "", sender="others")
    found = truth.arrivals(tmp_path, "us@site.example")
    assert truth.counted(found) == {"<a@b>": 2}
    assert (found[0].link, found[0].at) == ("http://127.0.0.1:8000/r/To-ken/", 1.0)


def test_a_fault_costs_the_time_to_the_next_move_that_it_blocked() -> None:
    steps = [Step(5, "uploading"), Step(12, "uploading"), Step(15, "scanning"), Step(16, "letter")]
    ends = [("clamd-halted", 10.0), ("mail-stopped", 10.0), ("task-killed", 10.0)]
    assert costs(ends, steps) == {
        "clamd-halted": Cost(1, 5, 5),
        "mail-stopped": Cost(1, 6, 6),
        "task-killed": Cost(1, 2, 2),
    }


def test_a_fault_that_nothing_followed_has_no_cost() -> None:
    assert costs([("clamd-halted", 20.0)], [Step(15, "scanning")]) == {}


def test_the_last_line_holds_the_figures() -> None:
    frame = Frame(seed=7, database="sqlite", minutes=1.26, faults=3)
    figures = json.loads(last_line(delivered().judged(), frame))
    named = ("jobs", "seed", "lost", "doubled", "falsely_done", "stuck", "doubled_mail")
    assert [figures[name] for name in named] == [1, 7, 0, 0, 0, 0, 0]
    assert figures["minutes"] == 1.3


def test_the_story_of_a_damaged_job_tells_its_moves_and_its_runs() -> None:
    world = delivered().but(results=())
    told = stories(world.judged(), [world.case], world.slurm_jobs, world.runs)
    assert "falsely_done: delivered, but the link" in told
    assert "completed → delivered" in told
    assert f"Slurm 17 fl-{JOB}: COMPLETED" in told
    assert "research code in 17, start 0: ran to its end" in told


def test_a_database_that_does_not_answer_is_said_so(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "empty").close()
    with pytest.raises(OSError, match="does not answer"):
        Ledger(f"sqlite:///{tmp_path}/empty").glance()
