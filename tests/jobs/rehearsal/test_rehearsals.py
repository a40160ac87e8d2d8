"""A rehearsal from its test input to its verdict, on a cluster in memory."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from backends.base import Phase, SignedRequest
from backends.memory import MemoryCluster, MemoryStore
from jobs import alarms, tasks
from jobs.gone.acts import give_up
from jobs.jobfile import job_json
from jobs.models import Alarm, Job, Letter, Rehearsal
from jobs.queue import waiting_rings
from jobs.rehearsal.figures import draw_points, told
from jobs.rehearsal.rows import UnderWay, kept_input_of, open_one
from jobs.rehearsal_page.acts import begin, repeat, stop
from jobs.states import State
from jobs.steps.receive import announce
from pipelines.code import read_code
from pipelines.models import CodeVersion, Pipeline
from pipelines.publish import propose_code
from tests.conftest import SOURCE
from tests.jobs.rehearsal.acting import (
    LETTERS,
    TOOK,
    rehearsal_of,
    rehearsed,
    run,
    second_of,
    sent,
)
from tests.jobs.starts.noted import begin as begin_note
from tests.jobs.steps.following import COUNT, fresh, look
from uploads.models import Quota, QuotaUse
from uploads.rules import DeclaredFile

pytestmark = pytest.mark.django_db
OTHER = {"a.count": b"3", "new": b""}


def interrupted(job: Job, site: MemoryCluster) -> Job:
    """One more start of it is seen, and killed before it saved anything."""
    site.start(job.key)
    job = look(job)
    begin_note(site, job, job.restart_count)
    site.preempt(job.key)
    return look(job)


def test_equal_results_of_both_runs_are_a_pass_with_a_certificate_and_a_letter(
    closed: Pipeline, pi: User, site: MemoryCluster, store: MemoryStore
) -> None:
    first = run(sent(closed, pi, store), site, store)
    second = second_of(first)
    assert (first.state, second.state, len(second.interruptions)) == ("delivered", "clean", 3)
    assert 0 < sum(second.interruptions) <= 0.9 * TOOK["code_seconds"]
    run(second, site, store, preemptions=3)
    rehearsal = rehearsal_of(first)
    assert (rehearsal.outcome, rehearsal.code) == ("passed", closed.code)
    assert rehearsal.text == (
        "Both runs left the same files. The second run was interrupted 3 times."
    )
    figures = rehearsal.figures
    assert (figures["interruptions"], figures["planned"], figures["starts"]) == (3, 3, 4)
    assert figures["undisturbed_s"] == 20
    assert told({**figures, "interrupted_s": 30, "again_s": 10}) == (
        "undisturbed 20 s; interrupted 3 of 3 times: 30 s in 4 starts, 10 s more (50 %) "
        "for starting anew and for work done twice"
    )
    assert figures["interrupt_after_s"] == draw_points(10, figures["seed"])
    assert CodeVersion.objects.get(pipeline=closed).may_serve
    tasks.send_letters()
    subjects = [str(letter.subject) for letter in mail.outbox]
    assert len(subjects) == 3  # of the first run's files, of its result, of the verdict
    assert subjects[-1] == "The rehearsal passed: Word count"
    assert f"/admin/pipelines/pipeline/{closed.pk}/change/" in str(mail.outbox[-1].body)


@pytest.mark.parametrize(
    ("files", "notes", "outcome", "words"),
    [
        (
            OTHER,
            {},
            "failed",
            "the results are not the same: “a.count” differs (size in bytes: 1, then 1); “new” is "
            "there only after interruptions (size in bytes: 0).",
        ),
        (
            OTHER,
            {"differences": [{"name": "a.count", "byte": 1, "line": 1}, {"name": "b", "byte": 2}]},
            "failed",
            "“a.count” differs in line 1 (size in bytes: 1, then 1); “new” is",
        ),
        (
            OTHER,
            {"differences": [{"name": "a.count", "byte": 1, "line": None}]},
            "failed",
            "“a.count” differs in byte 1 (size in bytes: 1, then 1); “new” is",
        ),
        (OTHER, {"differences": ["x", {"line": "%(x)s"}]}, "failed", "“a.count” differs (size"),
        ({"other": b"23"}, {}, "failed", "“a.count” is missing (size in bytes before: 1); “other”"),
        (
            OTHER,
            {"comparison": {"equal": True}},
            "passed",
            "compare() finds them equal. These are not the same: “a.count” differs",
        ),
        (
            OTHER,
            {"comparison": {"equal": False, "message": "Row 3 differs."}},
            "failed",
            "compare() says of the two results: Row 3 differs. These are not the same: “a.count”",
        ),
        (OTHER, {"comparison": True}, "failed", "not the same"),
        (COUNT, {"writes_outside": ["/home/fl/x"]}, "failed", "wrote outside"),
    ],
)
def test_the_second_run_is_judged_by_its_files_by_compare_and_by_what_it_wrote_elsewhere(
    closed: Pipeline,
    pi: User,
    site: MemoryCluster,
    store: MemoryStore,
    files: dict[str, bytes],
    notes: dict[str, object],
    outcome: str,
    words: str,
) -> None:
    first = run(sent(closed, pi, store), site, store)
    run(second_of(first), site, store, files, notes, preemptions=3)
    rehearsal = rehearsal_of(first)
    assert rehearsal.outcome == outcome
    assert words in rehearsal.text
    assert CodeVersion.objects.get(pipeline=closed).may_serve is (outcome == "passed")


def test_the_node_is_told_when_to_interrupt_and_what_to_compare_with(
    closed: Pipeline, pi: User, site: MemoryCluster, store: MemoryStore
) -> None:
    first = run(sent(closed, pi, store), site, store)
    told = json.loads(job_json(first, store))
    assert told["watch_writes"] is True
    assert told.keys() & {"reference", "interrupt_after_s"} == set()
    second = second_of(first)
    told = json.loads(job_json(second, store))
    assert told["interrupt_after_s"] == second.interruptions
    (earlier,) = told["reference"]
    assert (earlier["name"], earlier["size_bytes"]) == ("a.count", 1)
    assert store.send(SignedRequest("GET", earlier["url"])) == b"2"


def test_code_too_short_for_three_interruptions_is_told_so(
    closed: Pipeline, pi: User, site: MemoryCluster, store: MemoryStore
) -> None:
    first = run(sent(closed, pi, store), site, store)
    run(second_of(first), site, store, preemptions=1)
    rehearsal = rehearsal_of(first)
    assert rehearsal.outcome == "passed"
    assert "too short to be interrupted more often: 1 of 3 times" in rehearsal.text


@pytest.mark.parametrize(("seconds", "outcome"), [(100.0, "failed"), (0.1, "passed")])
def test_a_run_that_was_never_interrupted_proves_nothing_unless_it_is_over_at_once(
    closed: Pipeline, pi: User, site: MemoryCluster, store: MemoryStore, seconds: float,
    outcome: str,
) -> None:  # fmt: skip
    first = run(sent(closed, pi, store), site, store, notes=TOOK | {"code_seconds": seconds})
    run(second_of(first), site, store)
    rehearsal = rehearsal_of(first)
    assert rehearsal.outcome == outcome
    assert ("never interrupted" in rehearsal.text) == (outcome == "failed")
    assert rehearsal.code.may_serve == (outcome == "passed")


def test_a_first_run_that_fails_ends_the_rehearsal_with_its_reason(
    closed: Pipeline, pi: User, store: MemoryStore
) -> None:
    job = sent(closed, pi, store)
    job.move_to(State.FAILED, "no header in line 1")
    tasks.rehearse()
    rehearsal = rehearsal_of(job)
    assert (rehearsal.outcome, open_one(closed)) == ("failed", None)
    assert rehearsal.text == "The undisturbed run came to no result. no header in line 1"


def test_an_interrupted_run_that_fails_ends_it_too_and_writes_one_letter(
    closed: Pipeline, pi: User, site: MemoryCluster, store: MemoryStore
) -> None:
    first = run(sent(closed, pi, store), site, store)
    second = second_of(first)
    second.move_to(State.FAILED, "no such file: half-done")
    tasks.rehearse()
    tasks.rehearse()
    text = rehearsal_of(first).text
    assert text == "The interrupted run came to no result. no such file: half-done"
    letters = Letter.objects.filter(transition__job=second)
    assert [(letter.kind, letter.recipient) for letter in letters] == [("rehearsed", pi.email)]


def test_the_step_can_be_repeated_at_any_line(
    closed: Pipeline, pi: User, site: MemoryCluster, store: MemoryStore
) -> None:
    first = run(sent(closed, pi, store), site, store)
    tasks.rehearse()
    second = second_of(first)  # one, still
    run(second, site, store, preemptions=3)
    Rehearsal.objects.update(outcome="open")  # as if the verdict had not been noted
    Letter.objects.filter(kind="rehearsed").delete()
    tasks.rehearse()
    assert rehearsal_of(first).outcome == "passed"


def test_a_rehearsal_that_we_stumble_over_keeps_no_other_waiting(
    closed: Pipeline, pi: User, site: MemoryCluster, store: MemoryStore
) -> None:
    first = run(sent(closed, pi, store), site, store)
    other = Pipeline.objects.get(pk=closed.pk)
    other.pk, other.slug = None, "other"
    other.save()
    Rehearsal.objects.create(  # a bug's: it has no job
        pipeline=other, code=rehearsal_of(first).code, cluster=closed.cluster,
        upload=first.upload, started_by=pi,
    )  # fmt: skip
    run(second_of(first), site, store, preemptions=3)
    assert rehearsal_of(first).outcome == "passed"


def test_staff_hear_of_a_rehearsal_that_does_not_go_on(
    closed: Pipeline, pi: User, site: MemoryCluster, store: MemoryStore
) -> None:
    first = run(sent(closed, pi, store), site, store)
    run(second_of(first), site, store, preemptions=3)
    Rehearsal.objects.update(outcome="open")  # as if its step broke off
    alarms.look()
    assert not Alarm.objects.exists()
    Job.objects.update(ended_at=timezone.now() - timedelta(hours=2))
    alarms.look()
    assert "“word-count” does not go on" in Alarm.objects.get(cause__startswith="rehearsal").text


def test_an_upload_that_expires_ends_the_rehearsal(
    closed: Pipeline, pi: User, store: MemoryStore
) -> None:
    job = begin(closed, pi, pi.email, LETTERS, None)
    job.move_to(State.EXPIRED, "too late")
    tasks.rehearse()
    assert rehearsal_of(job).outcome == "failed"


def test_the_sweep_rings_for_a_rehearsal_whose_ring_was_lost(
    closed: Pipeline, pi: User, store: MemoryStore
) -> None:
    job = sent(closed, pi, store)
    tasks.sweep()
    assert waiting_rings("rehearse") == 0
    Job.objects.filter(pk=job.pk).update(state=State.FAILED)  # no move, no ring
    tasks.sweep()
    assert waiting_rings("rehearse") == 1


def test_a_newer_version_takes_over_when_its_rehearsal_passes(
    closed: Pipeline, pi: User, site: MemoryCluster, store: MemoryStore
) -> None:
    rehearsed(closed, pi, site, store)
    Pipeline.objects.update(is_open=True)
    closed.refresh_from_db()
    newer = propose_code(closed, read_code(SOURCE + b"\n# better\n"), file_name="w.py", user=pi)
    assert (closed.code_id != newer.pk, closed.candidate) == (True, newer)
    visitors = announce(closed, "olga@far.example", LETTERS)
    assert visitors.code.number == 1
    job = repeat(closed, pi)
    assert (job.code, job.state) == (newer, State.CLEAN)
    run(second_of(run(job, site, store)), site, store, preemptions=3)
    closed.refresh_from_db()
    assert (closed.code, closed.candidate) == (newer, None)


def test_there_is_one_open_rehearsal_and_an_unfinished_upload_gives_way(
    closed: Pipeline, pi: User, store: MemoryStore
) -> None:
    abandoned = begin(closed, pi, pi.email, LETTERS, None)
    job = sent(closed, pi, store)
    assert (fresh(abandoned).state, rehearsal_of(abandoned).outcome) == ("cancelled", "failed")
    with pytest.raises(UnderWay):
        begin(closed, pi, pi.email, LETTERS, None)
    assert open_one(closed) == rehearsal_of(job)


def test_a_stopped_rehearsal_ends_what_runs_for_it(
    closed: Pipeline, pi: User, site: MemoryCluster, store: MemoryStore
) -> None:
    first = run(sent(closed, pi, store), site, store)
    stop(rehearsal_of(first), pi)
    second = second_of(first)
    assert (second.state, first.state) == ("cancelled", "delivered")
    tasks.expire(str(second.pk))
    assert kept_input_of(closed) is not None
    tasks.rehearse()
    assert rehearsal_of(first).text == "The rehearsal was stopped."


def test_rehearsals_use_up_nothing_of_what_collaborators_may_send(
    closed: Pipeline, pi: User, store: MemoryStore
) -> None:
    Quota.objects.update(max_uploads=1)
    Quota.objects.filter(scope="site").update(max_open_jobs=1)
    sent(closed, pi, store)
    assert not QuotaUse.objects.exists()
    assert announce(closed, "olga@far.example", [DeclaredFile("b.txt", 3)])


def test_points_drawn_by_lot_all_lie_within_the_undisturbed_run() -> None:
    for seed in range(200):
        points = draw_points(100.0, seed)
        assert len(points) == 3
        assert points == draw_points(100.0, seed)
        assert 5 <= points[0] <= sum(points) <= 90.01
        assert min(points) > 0


def test_code_that_never_comes_to_an_end_is_refused_and_waits_for_nobody(
    closed: Pipeline, pi: User, site: MemoryCluster, store: MemoryStore, settings: Settings
) -> None:
    settings.FRUITLESS_STARTS = 3
    job = sent(closed, pi, store)
    tasks.scan(str(job.pk))
    tasks.submit(str(job.pk))
    for _ in range(4):  # it kills the node's program each time
        job = interrupted(job, site)
    tasks.rehearse()
    assert site.observe([job.ref])[job.key].phase is Phase.CANCELLED
    assert rehearsal_of(job).text == (
        "The undisturbed run came to no result. "
        "It was interrupted 3 times before it could save anything."
    )


def test_the_interruptions_of_a_rehearsal_are_not_counted_against_the_code(
    closed: Pipeline, pi: User, site: MemoryCluster, store: MemoryStore, settings: Settings
) -> None:
    settings.FRUITLESS_STARTS = 1
    second = second_of(run(sent(closed, pi, store), site, store))
    tasks.submit(str(second.pk))
    for _ in second.interruptions:
        second = interrupted(second, site)
    assert site.observe([second.ref])[second.key].phase is Phase.WAITING
    assert rehearsal_of(second).outcome == "open"


def test_a_cluster_that_is_given_up_between_the_two_runs_ends_the_rehearsal(
    closed: Pipeline,
    pi: User,
    site: MemoryCluster,
    store: MemoryStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(tasks, "rehearse", lambda: None)
        first = run(sent(closed, pi, store), site, store)
    give_up(closed.cluster, actor="sam", why="Burnt down in the night.")
    tasks.rehearse()
    rehearsal = rehearsal_of(first)
    assert (rehearsal.outcome, rehearsal.jobs.count()) == ("failed", 1)
    assert rehearsal.text.startswith("The cluster is gone for good")
