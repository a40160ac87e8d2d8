from __future__ import annotations

from dataclasses import replace

import pytest

from deploy.chaos.orders import Kind
from deploy.chaos.research import REFUSAL
from deploy.chaos.seen import Case, Letter, Result, Run, SlurmJob
from tests.deploy.chaos.world import (
    JOB,
    TO_DELIVERED,
    World,
    delivered,
    ended,
    letters_about,
    order,
    row,
)

KEY, SECOND_KEY = f"fl-{JOB}", f"fl-{JOB}-2"
SCANNED = "uploading uploaded scanning"
FAILED = f"{SCANNED} clean submitting pending running failed"


@pytest.mark.parametrize(
    "world",
    [
        delivered(),
        delivered(Kind.CANCELLED),
        ended(Kind.CANCELLED, f"{SCANNED} cancelled"),
        ended(Kind.INFECTED, f"{SCANNED} rejected"),
        ended(Kind.REFUSED, FAILED, REFUSAL),
        ended(Kind.HOLLOW, FAILED, "The cluster lost the job."),
    ],
)
def test_whatever_ends_as_it_must_is_no_damage(world: World) -> None:
    assert world.judged().is_clean


def test_a_job_that_was_received_and_has_no_row_is_lost() -> None:
    assert ended(Kind.HEALTHY, SCANNED).but(case=Case(order(), True, ())).damage() == {"lost"}


def test_a_job_that_was_received_and_still_waits_for_files_is_lost() -> None:
    announced = replace(row("uploading uploaded"), state="uploading", moves=())
    assert ended(Kind.HEALTHY, SCANNED).but(case=Case(order(), True, (announced,))).damage() == {
        "lost"
    }


@pytest.mark.parametrize("end", ["failed", "cancelled", "rejected", "expired"])
def test_a_healthy_job_that_ends_without_a_result_is_lost(end: str) -> None:
    assert ended(Kind.HEALTHY, f"{SCANNED} {end}").damage() == {"lost"}


def test_a_refused_job_whose_collaborator_is_told_something_else_is_lost() -> None:
    assert ended(Kind.REFUSED, FAILED, "The cluster lost the job.").damage() == {"lost"}


def test_a_result_whose_letter_never_arrived_is_lost() -> None:
    world = delivered()
    silent = [replace(one, arrivals=int(one.kind == "received")) for one in world.letters]
    assert world.but(letters=tuple(silent)).damage() == {"lost", "lost_mail"}


def test_another_letter_that_never_arrived_is_lost_mail_alone() -> None:
    world = ended(Kind.INFECTED, f"{SCANNED} rejected")
    assert world.but(letters=world.letters[:1]).damage() == {"lost_mail"}


def test_two_slurm_jobs_of_one_key_that_both_computed_are_doubled() -> None:
    world = delivered()
    twice = world.but(
        slurm_jobs=(*world.slurm_jobs, SlurmJob("18", KEY, "COMPLETED")),
        runs=(*world.runs, Run("0000-abc", "18", 0, has_ended=False)),
    )
    assert twice.damage() == {"doubled"}
    assert twice.judged().twins == 0


def test_a_twin_that_ended_before_it_computed_is_counted_apart() -> None:
    world = delivered()
    twin = world.but(slurm_jobs=(*world.slurm_jobs, SlurmJob("18", KEY, "COMPLETED")))
    assert twin.judged().is_clean
    assert twin.judged().twins == 1


def test_a_job_handed_in_again_after_a_loss_is_no_double() -> None:
    states = TO_DELIVERED.replace("running", "running clean submitting pending running")
    world = delivered()
    again = world.but(
        case=replace(world.case, rows=(row(states),)),
        slurm_jobs=(SlurmJob("17", KEY, "NODE_FAIL"), SlurmJob("3", SECOND_KEY, "COMPLETED")),
        runs=(Run("0000-abc", "17", 0, False), Run("0000-abc", "3", 0, True)),
    )
    assert again.judged().is_clean
    assert again.judged().resubmitted == 1


def test_a_job_handed_in_again_after_it_had_completed_is_doubled() -> None:
    again = delivered().but(
        slurm_jobs=(SlurmJob("17", KEY, "COMPLETED"), SlurmJob("3", SECOND_KEY, "CANCELLED"))
    )
    assert again.damage() == {"doubled"}


def test_two_slurm_jobs_that_both_ran_to_their_end_are_doubled() -> None:
    again = delivered().but(
        slurm_jobs=(SlurmJob("17", KEY, "NODE_FAIL"), SlurmJob("3", SECOND_KEY, "COMPLETED")),
        runs=(Run("0000-abc", "17", 0, True), Run("0000-abc", "3", 0, True)),
    )
    assert again.damage() == {"doubled"}


def test_two_starts_of_one_slurm_job_are_no_double() -> None:
    world = delivered()
    preempted = world.but(
        slurm_jobs=(SlurmJob("17", KEY, "PREEMPTED"), *world.slurm_jobs),
        runs=(Run("0000-abc", "17", 0, True), Run("0000-abc", "17", 1, True)),
    )
    assert preempted.judged().is_clean
    assert preempted.judged().preemptions == 1


def test_one_announcement_with_two_rows_is_doubled() -> None:
    world = delivered()
    unsent = replace(world.case.rows[0], id="other", state="uploading", moves=())
    case = replace(world.case, rows=(*world.case.rows, unsent))
    assert world.but(case=case).damage() == {"doubled"}


def test_other_bytes_behind_the_link_are_falsely_done() -> None:
    assert delivered().but(results=(Result(JOB, "0" * 64),)).damage() == {"falsely_done"}


def test_nothing_behind_the_link_is_falsely_done() -> None:
    assert delivered().but(results=()).damage() == {"falsely_done"}


def test_a_result_that_nobody_computed_is_falsely_done() -> None:
    unended = (Run("0000-abc", "17", 0, has_ended=False),)
    assert delivered().but(runs=unended).damage() == {"falsely_done"}


@pytest.mark.parametrize("kind", [Kind.REFUSED, Kind.INFECTED, Kind.HOLLOW])
def test_a_result_of_what_has_none_is_falsely_done(kind: Kind) -> None:
    assert "falsely_done" in delivered(kind).damage()


def test_an_infected_file_that_reached_slurm_is_falsely_done() -> None:
    world = ended(Kind.INFECTED, f"{SCANNED} rejected")
    assert world.but(slurm_jobs=delivered().slurm_jobs).damage() == {"falsely_done"}


@pytest.mark.parametrize("states", [SCANNED, TO_DELIVERED.removesuffix(" delivered")])
def test_a_job_that_is_not_at_its_end_is_stuck(states: str) -> None:
    world = ended(Kind.HEALTHY, states)
    assert world.damage() == {"stuck"}
    assert states.split()[-1] in world.judged().damages[0].words


def test_a_visitor_who_does_not_get_through_is_stuck() -> None:
    case = Case(order(), was_received=False, rows=(), words="sending")
    assert ended(Kind.HEALTHY, SCANNED).but(case=case).damage() == {"stuck"}


def test_a_letter_that_came_twice_is_doubled_mail_but_no_damage_while_rare() -> None:
    world = delivered()
    twice = world.but(letters=(world.letters[0], replace(world.letters[1], arrivals=2)))
    assert (twice.damage(), twice.judged().doubled_mail) == (set(), 1)
    assert not twice.judged().is_clean  # of three arrivals, one too many


def test_two_letters_about_the_same_thing_are_repeated() -> None:
    world = delivered()
    other = Letter(JOB, "delivered", "<other@site>", 1)
    assert world.but(letters=(*world.letters, other)).damage() == {"repeated_letters"}


def test_a_history_that_two_workers_have_written_is_forked() -> None:
    world = delivered()
    moves = world.case.rows[0].moves
    twice = replace(world.case.rows[0], moves=(*moves[:3], moves[2], *moves[3:]))
    assert world.but(case=replace(world.case, rows=(twice,))).damage() == {"forked"}


def test_what_belongs_to_other_jobs_does_not_count() -> None:
    world = delivered()
    stranger = "fl-00000000-0000-0000-0000-000000000000"
    among = world.but(
        slurm_jobs=(*world.slurm_jobs, SlurmJob("9", stranger, "COMPLETED")),
        runs=(*world.runs, Run("0001-def", "9", 0, True)),
        letters=(*letters_about(world.case.rows[0]), Letter("other", "delivered", "<x@y>", 1)),
    )
    assert among.judged().is_clean
