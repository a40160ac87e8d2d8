"""The table of moves, and that docs and database keep to it."""

from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from jobs.models import Job, LostRace, Transition
from jobs.states import MOVES, TERMINAL, WORK, State, diagram
from tests.walk import walk_to

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = [(old, new) for old in State for new in sorted(MOVES[old])]


def test_every_state_has_its_row_in_the_table() -> None:
    assert set(MOVES) == set(State)


def test_every_state_but_held_has_a_task_that_works_on_it() -> None:
    assert set(State) - set(WORK) == {State.HELD}


def test_docs_draw_the_table() -> None:
    assert diagram() in (ROOT / "docs" / "states.md").read_text()


@pytest.mark.django_db
@pytest.mark.parametrize(("old", "new"), ALLOWED)
def test_a_move_is_made_and_noted(job: Job, old: State, new: State) -> None:
    walk_to(job, old)
    job.move_to(new, "because", actor="sam")
    assert Job.objects.get(pk=job.pk).state == new
    last = job.transitions.last()
    assert last is not None
    assert (last.old, last.new, last.reason, last.actor) == (old, new, "because", "sam")


@pytest.mark.django_db
@pytest.mark.parametrize("old", State)
def test_any_other_move_is_refused_and_changes_nothing(job: Job, old: State) -> None:
    walk_to(job, old)
    moves = Transition.objects.filter(job=job).count()
    for new in set(State).difference(MOVES[old]):
        with pytest.raises(ValueError, match="No move"):
            job.move_to(new)
    assert Transition.objects.filter(job=job).count() == moves
    assert Job.objects.get(pk=job.pk).state == old


@pytest.mark.django_db
def test_the_slower_of_two_movers_loses_and_saves_nothing(job: Job) -> None:
    slower = Job.objects.get(pk=job.pk)
    job.move_to(State.UPLOADED, "first")
    with pytest.raises(LostRace):
        slower.move_to(State.CANCELLED, "second")
    assert Job.objects.get(pk=job.pk).state == State.UPLOADED
    assert [t.reason for t in job.transitions.all()] == ["first"]


@pytest.mark.django_db
def test_who_lost_the_lease_cannot_move_the_job(uploaded_job: Job) -> None:
    mine = Job.objects.claim(uploaded_job.pk, "scan")
    assert mine is not None
    Job.objects.filter(pk=mine.pk).update(lease_until=mine.created_at)  # it ran out
    assert Job.objects.claim(mine.pk, "scan") is not None  # another worker took it
    with pytest.raises(LostRace):
        mine.move_to(State.SCANNING)


@pytest.mark.django_db
def test_a_claimed_job_is_not_claimed_twice(uploaded_job: Job) -> None:
    assert Job.objects.claim(uploaded_job.pk, "scan") is not None
    assert Job.objects.claim(uploaded_job.pk, "scan") is None
    assert Job.objects.claim(uploaded_job.pk, "submit") is None


@pytest.mark.django_db
def test_the_database_refuses_a_slurm_id_before_the_scan_accepts(uploaded_job: Job) -> None:
    refusal = pytest.raises(IntegrityError, match="no_slurm_id_before_the_scan_accepts")
    with refusal, transaction.atomic():
        Job.objects.filter(pk=uploaded_job.pk).update(slurm_id="1")
    walk_to(uploaded_job, State.CLEAN)
    Job.objects.filter(pk=uploaded_job.pk).update(slurm_id="1")


@pytest.mark.django_db
def test_the_database_refuses_to_skip_the_scan(uploaded_job: Job) -> None:
    with pytest.raises(IntegrityError, match="beyond_the_scan_only_when_accepted"):
        Job.objects.filter(pk=uploaded_job.pk).update(state=State.PENDING)


@pytest.mark.django_db
@pytest.mark.parametrize("end", sorted(TERMINAL))
def test_the_database_keeps_an_end_final(job: Job, end: State) -> None:
    walk_to(job, end)
    with pytest.raises(IntegrityError, match="stays in its state"):
        Job.objects.filter(pk=job.pk).update(state=State.UPLOADING)


@pytest.mark.django_db
def test_the_database_refuses_to_rewrite_history(uploaded_job: Job) -> None:
    with pytest.raises(IntegrityError, match="history"):
        uploaded_job.transitions.update(reason="it was never so")
