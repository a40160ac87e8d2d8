from __future__ import annotations

import pytest

import backends.slurm
import jobs.jobfile
import jobs.manifest
import jobs.stages
import jobs.steps.deliver
import jobs.steps.submit
from backends.memory import MemoryStore
from deploy.chaos.faults import KINDS
from deploy.chaos.unguarded.guards import MIXES
from deploy.chaos.unguarded.removal import REMOVALS, TWIN_GUARD, cut
from jobs.models import Job, LostRace
from jobs.states import State


@pytest.fixture(autouse=True)
def guards_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test removes is there again after it."""
    for module, name in [
        (backends.slurm, "_SUBMIT"),
        (jobs.steps.submit, "job_directory"),
        (jobs.manifest, "_all_stored"),
        (jobs.stages, "find_manifest"),
        (jobs.steps.deliver, "find_manifest"),
        (Job, "_save_if_mine"),
    ]:
        monkeypatch.setattr(module, name, getattr(module, name))


def test_every_guard_has_faults_that_aim_at_it() -> None:
    assert set(MIXES) == set(REMOVALS)
    assert all(set(mix.faults) <= set(KINDS) for mix in MIXES.values())


def test_without_the_look_up_the_script_does_not_look_for_an_earlier_job() -> None:
    assert "&& find_earlier" in backends.slurm._SUBMIT
    REMOVALS["name-look-up"]()
    assert "&& find_earlier" not in backends.slurm._SUBMIT


def test_without_two_looks_the_script_looks_once_and_at_once() -> None:
    REMOVALS["two-looks"]()
    script = backends.slurm._SUBMIT
    assert "&& find_earlier" in script
    assert "squeue" in script
    assert 'settle_s" ] ||' not in script
    assert "$notes/looked" not in script


def test_the_twin_guard_is_found_in_the_batch_script() -> None:
    script = (jobs.jobfile.NODE / "job.sh").read_text()
    assert "owner" in script
    assert "owner" not in cut(script, TWIN_GUARD)


def test_a_guard_that_is_no_longer_there_cannot_be_removed() -> None:
    REMOVALS["name-look-up"]()
    with pytest.raises(LookupError):
        REMOVALS["name-look-up"]()


def test_without_the_manifest_nothing_is_a_result_as_well(job: Job, store: MemoryStore) -> None:
    assert looks(job, store) == [None, None]
    REMOVALS["manifest-check"]()
    assert looks(job, store) == [(), ()]


def looks(job: Job, store: MemoryStore) -> list[object]:
    """What track, by the stages, and deliver find of a job that left no manifest."""
    modules = (jobs.stages, jobs.steps.deliver)
    return [vars(module)["find_manifest"](job, store) for module in modules]


def zombie_of(job: Job) -> Job:
    """A worker's copy of a job whose claim is over, and that another has claimed since."""
    job.move_to(State.UPLOADED)
    zombie = Job.objects.claim(job.pk, "scan")
    assert zombie
    Job.objects.filter(pk=job.pk).update(lease_until=None)
    assert Job.objects.claim(job.pk, "scan")
    return zombie


def test_with_the_lease_token_a_claim_that_is_over_saves_nothing(job: Job) -> None:
    with pytest.raises(LostRace):
        zombie_of(job).move_to(State.SCANNING)


def test_without_the_lease_token_a_claim_that_is_over_still_saves(job: Job) -> None:
    REMOVALS["lease-token"]()
    zombie_of(job).move_to(State.SCANNING)
    assert Job.objects.get(pk=job.pk).state == State.SCANNING


def test_without_the_whole_claim_even_a_job_that_has_gone_on_is_moved_back(job: Job) -> None:
    zombie = zombie_of(job)
    fresh = Job.objects.get(pk=job.pk)
    fresh.move_to(State.SCANNING)
    fresh.move_to(State.CLEAN)
    REMOVALS["whole-claim"]()
    zombie.move_to(State.SCANNING)
    assert Job.objects.get(pk=job.pk).state == State.SCANNING
