"""One row per run, one state, moved in one place."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backends.base import JobRef
from jobs import links
from jobs.models.claim import WithClaim
from jobs.models.job_queries import JobQuerySet
from jobs.models.letter import Letter
from jobs.models.submission import Stage, WithSubmissions
from jobs.models.transition import Transition
from jobs.queue import has_room_for_work, ring, ring_once
from jobs.states import AFTER_ACCEPTANCE, DOING, ENDS, MOVES, WORK, State
from pipelines.frozen import PipelineSettings
from pipelines.models import Cluster, CodeVersion, Pipeline
from uploads.models import Upload


class Job(WithClaim, WithSubmissions):
    """One run of a pipeline on one upload. Only `move_to` writes `state`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pipeline = models.ForeignKey(Pipeline, on_delete=models.PROTECT, related_name="jobs")
    upload = models.ForeignKey(Upload, on_delete=models.PROTECT, related_name="jobs")
    code = models.ForeignKey(CodeVersion, on_delete=models.PROTECT, related_name="jobs")
    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="jobs")
    email = models.EmailField(db_index=True)
    settings = models.JSONField(help_text="The pipeline's settings when the job was accepted.")
    reason = models.TextField(blank=True, help_text="Why it is in this state, for a person.")
    announcement = models.UUIDField(
        null=True,
        unique=True,
        editable=False,
        help_text="The upload page's own name for it: announced twice, it is still one job.",
    )
    language = models.CharField(
        max_length=10,
        default="en",
        editable=False,
        help_text="Of the page that the files came by; letters are written in it.",
    )
    confirmed_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text=_("When the collaborator followed the link in a letter."),
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    status_nonce = models.CharField(max_length=64, default=links.new_nonce, editable=False)
    status_sha256 = models.CharField(max_length=64, unique=True, editable=False)

    accepted_at = models.DateTimeField(
        null=True, editable=False, help_text=_("When the scan, or a person, let it pass.")
    )
    fruitless_starts = models.PositiveIntegerField(
        default=0,
        editable=False,
        help_text="How often in a row it was interrupted before it could save anything.",
    )
    rehearsal = models.ForeignKey(
        "jobs.Rehearsal", on_delete=models.PROTECT, null=True, related_name="jobs", editable=False
    )
    interruptions = models.JSONField(
        default=list,
        editable=False,
        help_text="A rehearsal's second job: after how many seconds each start is killed.",
    )
    again_of = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="repeated_by",
        help_text=_("The job whose stored files it runs on once more."),
    )
    is_quiet = models.BooleanField(
        default=False,
        editable=False,
        help_text="Nobody gets letters about it: the rehearsal that it is for has one at its end.",
    )
    slurm_id = models.CharField(_("Slurm job id"), max_length=32, blank=True)
    slurm_state = models.CharField(_("Slurm state"), max_length=32, blank=True)
    slurm_reason = models.CharField(_("Slurm reason"), max_length=120, blank=True)
    expected_start_at = models.DateTimeField(
        _("expected start"),
        null=True,
        editable=False,
        help_text=_("As Slurm reckons, while it waits."),
    )
    restart_count = models.PositiveIntegerField(default=0)
    log_tail = models.TextField(
        _("end of the log"),
        blank=True,
        help_text=_("What a failed run printed last; for staff only."),
    )
    unseen_since = models.DateTimeField(
        null=True, editable=False, help_text=_("Since when the end of the run is not proved.")
    )
    signed_until = models.DateTimeField(
        null=True, editable=False, help_text="Until when the node's signed URLs are good."
    )
    ended_at = models.DateTimeField(
        null=True, editable=False, help_text="When it was delivered, or ended in another way."
    )
    expires_at = models.DateTimeField(null=True, editable=False, db_index=True)
    inputs_deleted_at = models.DateTimeField(null=True, editable=False)
    results_deleted_at = models.DateTimeField(null=True, editable=False)
    scratch_removed_at = models.DateTimeField(null=True, editable=False)
    cleared_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text="When all was deleted again, after the last signed URL.",
    )

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="jobs_by_age"),
            models.Index(fields=["state", "-created_at", "-id"], name="jobs_by_state"),
            models.Index(fields=["pipeline", "-created_at", "-id"], name="jobs_by_pipeline"),
            models.Index(fields=["state", "due_at"], name="jobs_due"),
            models.Index(fields=["slurm_id"], name="jobs_by_slurm_id"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(slurm_id="") | Q(accepted_at__isnull=False),
                name="no_slurm_id_before_the_scan_accepts",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=AFTER_ACCEPTANCE) | Q(accepted_at__isnull=False),
                name="beyond_the_scan_only_when_accepted",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in State]), name="state_is_known"
            ),
        ]

    def __str__(self) -> str:
        """Its short name."""
        return self.short_id

    @property
    def short_id(self) -> str:
        """The first eight digits of its id, enough to talk about it."""
        return str(self.pk)[:8]

    @property
    def tasks(self) -> int:
        """How many workers its array has; 0 in a stage that is no array."""
        is_array = self.stage == Stage.PARTS and self.parts is not None
        return min(self.parts or 0, self.frozen.parts_at_once) if is_array else 0

    @property
    def ref(self) -> JobRef:
        """The job as the cluster knows it."""
        return JobRef(self.key, self.slurm_id, self.tasks)

    @property
    def frozen(self) -> PipelineSettings:
        """The pipeline's settings as they were when the job was accepted."""
        return PipelineSettings.from_json(self.settings)

    @property
    def status_token(self) -> str:
        """The token of its status link."""
        return links.token_for(self.status_nonce, self.status_sha256)

    @property
    def was_handed_over(self) -> bool:
        """Its cluster may know it: that it goes there is noted before anything is sent."""
        return self.transitions.filter(new=State.SUBMITTING).exists()

    @property
    def awaits_confirmation(self) -> bool:
        """Nothing may be done with its files until the link in a letter was followed."""
        asks = self.state == State.UPLOADED and self.frozen.confirm_email
        return asks and self.confirmed_at is None

    @property
    def confirm_until(self) -> datetime:
        """When an unconfirmed job is given up."""
        return self.changed_at + timedelta(days=settings.CONFIRM_DAYS)

    @property
    def is_over(self) -> bool:
        """Nothing more will happen to it, but for deleting what it left."""
        return State(self.state) in ENDS

    def move_to(
        self, state: State, reason: str = "", *, actor: str = "freeloader", **changes: Any
    ) -> None:
        """The only writer of `state`: the move, its row in the history, and the next task's ring.

        `changes` are fields to save with the move; a `due_at` among them puts the next task off.
        `ValueError` for a move that the table does not know; `LostRace` if the job is no longer in
        the state, or under the lease, that this object shows, and then nothing was saved.
        """
        old = State(self.state)
        if state not in MOVES[old]:
            raise ValueError(f"No move from {old} to {state}.")
        now = timezone.now()
        due_at: datetime = changes.get("due_at", now)
        changes |= {"state": state, "reason": reason, "waiting_for": "", "changed_at": now}
        if state == State.CLEAN:
            changes["accepted_at"] = self.accepted_at or now
        if not self.claim_token and self.lease_until:
            # A person's move, while a worker may still be at work: clean up when that must be over.
            due_at = max(due_at, self.lease_until)
        is_rung = due_at <= now and has_room_for_work()  # else a sweep rings, when it is time
        changes |= {"due_at": due_at, "rung_at": now if is_rung else None, "outages": 0}
        if state not in DOING:
            changes |= {"lease_until": None, "lease_token": None, "tries": 0}
        if state in ENDS and not self.ended_at:
            changes["ended_at"] = now
        with transaction.atomic():
            self._save_if_mine(old, changes)
            if old == State.UPLOADING:
                Upload.objects.filter(pk=self.upload_id, closed_at=None).update(closed_at=now)
            transition = Transition.objects.create(
                job=self, at=now, old=old, new=state, reason=reason, actor=actor
            )
            self._write_letters(transition)
            if is_rung:
                self._ring()
            if state in ENDS and self.rehearsal_id:
                ring_once("rehearse")

    def _write_letters(self, transition: Transition) -> None:
        is_released = Letter.release_receipt(transition)
        letter = Letter.about(transition)
        if transition.new == State.HELD or transition.puts_on_hold:
            Letter.ask_for_review(transition)
        if is_released or (letter and letter.due_at <= timezone.now()):
            ring_once("send_letters")

    def _ring(self) -> None:
        task = WORK.get(State(self.state))
        if self.claim_token:  # whoever made this move is at work on the job already
            return
        if task and task != "track":  # looks are at a cluster, not at a job: jobs/workers/polls.py
            ring(task, str(self.pk))
