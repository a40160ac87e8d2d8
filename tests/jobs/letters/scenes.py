"""One letter of each kind, as full as it gets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from jobs.models import Alarm, Digest, Job, Letter, Transition
from jobs.overview.digest import week_of
from jobs.states import State
from pipelines.models import Pipeline
from tests.jobs import scenes

Kind = Letter.Kind


def last_move(job: Job) -> Transition:
    move = job.transitions.last()
    assert move is not None
    return move


def of_scene(scene: Callable[[Pipeline], Job], kind: Letter.Kind) -> Callable[[Pipeline], Letter]:
    """The last letter of this kind about the scene's job."""
    return lambda pipeline: Letter.objects.filter(
        transition__job=scene(pipeline), kind=kind
    ).latest("created_at")


def cancelled(pipeline: Pipeline) -> Job:
    job = scenes.arrived(pipeline, State.RUNNING)
    job.move_to(State.CANCELLED, "Olga asked for it.", actor="ada")
    return job


def failed(pipeline: Pipeline) -> Job:
    job = scenes.arrived(pipeline, State.RUNNING)
    job.move_to(State.FAILED, "It needed more than its 2000 MB of memory.")
    return job


def ending(pipeline: Pipeline) -> Letter:
    return Letter.once_more(last_move(scenes.delivered(pipeline)), Kind.ENDING)


def rehearsed(pipeline: Pipeline) -> Letter:
    job = scenes.delivered(pipeline)
    figures = {"starts": 4, "undisturbed_s": 61, "interrupted_s": 83, "again_s": 22}
    text = "Both results are the same."
    rehearsal = scenes.of_rehearsal(job, outcome="passed", text=text, figures=figures)
    return Letter.of_rehearsal(last_move(job), rehearsal.started_by.email)


def alarm(pipeline: Pipeline) -> Letter:
    text = "A letter to olga@far.example came back, or was refused: 550 5.1.1 no such user here."
    return Letter.of_alarm(
        Alarm.objects.create(cause="letter came back", text=text), "help@u.example"
    )


def digest(pipeline: Pipeline) -> Letter:
    failed(pipeline)
    ada: User = pipeline.owners.get()
    ends_at = timezone.now() + timedelta(minutes=1)
    begins_at = ends_at - timedelta(days=7)
    figures = week_of(ada, begins_at, ends_at)
    row = Digest.objects.create(user=ada, begins_at=begins_at, ends_at=ends_at, figures=figures)
    return Letter.of_digest(row, ada.email)


LETTERS: dict[str, Callable[[Pipeline], Letter]] = {
    Kind.CONFIRM: of_scene(scenes.unconfirmed, Kind.CONFIRM),
    Kind.RECEIVED: of_scene(scenes.plain(State.UPLOADED), Kind.RECEIVED),
    Kind.DELIVERED: of_scene(scenes.delivered, Kind.DELIVERED),
    Kind.ENDING: ending,
    Kind.REJECTED: of_scene(scenes.rejected, Kind.REJECTED),
    Kind.FAILED: of_scene(failed, Kind.FAILED),
    Kind.HELD: of_scene(scenes.held, Kind.HELD),
    Kind.REVIEW: of_scene(scenes.held, Kind.REVIEW),
    "on_hold": of_scene(scenes.on_hold, Kind.REVIEW),
    Kind.RELEASED: of_scene(scenes.released, Kind.RELEASED),
    Kind.CANCELLED: of_scene(cancelled, Kind.CANCELLED),
    Kind.REHEARSED: rehearsed,
    Kind.ALARM: alarm,
    Kind.DIGEST: digest,
    "again": of_scene(scenes.repetition, Kind.RECEIVED),
}
