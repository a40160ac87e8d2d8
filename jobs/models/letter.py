"""Letters, each written down before it is sent."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parseaddr
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jobs.states import State
from pipelines.told import addresses_told

if TYPE_CHECKING:
    from jobs.models.alarm import Alarm
    from jobs.models.digest import Digest
    from jobs.models.transition import Transition

RECEIPT_WAITS = timedelta(minutes=15)  # for the checksums, which come of the check


class Letter(models.Model):
    """One letter about one move to one person. Its Message-ID is fixed before the first try.

    A crash between sending and noting so sends the same Message-ID again; that is the worst case.
    """

    class Kind(models.TextChoices):
        """What it tells."""

        CONFIRM = "confirm", _("confirm")
        RECEIVED = "received", _("received")
        DELIVERED = "delivered", _("delivered")
        ENDING = "ending", _("ending")
        REJECTED = "rejected", _("rejected")
        FAILED = "failed", _("failed")
        HELD = "held", _("held")
        REVIEW = "review", _("review")
        RELEASED = "released", _("released")
        CANCELLED = "cancelled", _("cancelled")
        REHEARSED = "rehearsed", _("rehearsed")
        ALARM = "alarm", _("alarm")
        DIGEST = "digest", _("digest")

    transition = models.ForeignKey(
        "jobs.Transition", on_delete=models.PROTECT, null=True, related_name="letters"
    )
    alarm = models.OneToOneField(
        "jobs.Alarm", on_delete=models.PROTECT, null=True, related_name="letter"
    )
    digest = models.OneToOneField(
        "jobs.Digest", on_delete=models.PROTECT, null=True, related_name="letter"
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    number = models.PositiveSmallIntegerField(
        default=0, help_text=_("How many of its kind about this move went to this person before.")
    )
    recipient = models.EmailField()
    message_id = models.CharField(max_length=255, unique=True)
    service_id = models.CharField(
        max_length=255, blank=True, db_index=True, help_text=_("What the mail service calls it.")
    )
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True, help_text=_("When we heard that it came back."))
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(transition__isnull=False, alarm=None, digest=None)
                | models.Q(transition=None, alarm__isnull=False, digest=None)
                | models.Q(transition=None, alarm=None, digest__isnull=False),
                name="a_letter_is_about_one_thing",
            ),
            models.UniqueConstraint(
                fields=["transition", "kind", "recipient", "number"],
                name="one_letter_of_a_kind_to_each",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(sent_at=None, refused_at=None),
                name="letters_due",
            )
        ]

    def __str__(self) -> str:
        """Its kind."""
        return str(self.get_kind_display())

    @property
    def name(self) -> str:
        """Its Message-ID without the domain, short enough for any service to send it along."""
        return self.message_id.strip("<>").rpartition("@")[0]

    @classmethod
    def about(cls, transition: Transition) -> Letter | None:
        """Write down the letter that this move calls for; None if it calls for none.

        Within the move's own transaction: no move without its letter, no letter without its move.
        """
        kind = KINDS.get(State(transition.new))
        if transition.job.awaits_confirmation:
            kind = cls.Kind.CONFIRM
        if (transition.old, transition.new) == (State.HELD, State.CLEAN):
            kind = cls.Kind.RELEASED
        if kind is None or transition.job.is_quiet:
            return None
        message_id = _message_id(f"{transition.job_id}.{transition.pk}")
        due_at = timezone.now() + (RECEIPT_WAITS if kind == cls.Kind.RECEIVED else timedelta())
        return cls.objects.create(
            transition=transition,
            kind=kind,
            recipient=_address(transition),
            message_id=message_id,
            due_at=due_at,
        )

    @classmethod
    def ask_for_review(cls, transition: Transition) -> None:
        """Write down the letters to those who decide how a job goes on: the pipeline's owners.

        To the site's support where none of them has an address. Within the move's transaction.
        """
        addresses = addresses_told(transition.job.pipeline.owners.all())
        for number, address in enumerate(sorted(addresses)):
            cls.objects.create(
                transition=transition,
                kind=cls.Kind.REVIEW,
                recipient=address,
                message_id=_message_id(f"{transition.job_id}.{transition.pk}.{number}"),
            )

    @classmethod
    def of_rehearsal(cls, transition: Transition, recipient: str) -> Letter:
        """Write down the letter that tells how a rehearsal ended, with the move that ended it."""
        return cls.objects.create(
            transition=transition,
            kind=cls.Kind.REHEARSED,
            recipient=recipient,
            message_id=_message_id(f"{transition.job_id}.{transition.pk}.rehearsal"),
        )

    @classmethod
    def release_receipt(cls, transition: Transition) -> bool:
        """Let the receipt go that waits for its checksums, if this move ends the check.

        Whether there was one. What was tried already keeps to its own time.
        """
        if State(transition.old) not in BEFORE_SUMS or State(transition.new) in BEFORE_SUMS:
            return False
        now = timezone.now()
        receipt = cls.objects.filter(kind=cls.Kind.RECEIVED, transition__job=transition.job_id)
        return bool(receipt.filter(sent_at=None, tries=0, due_at__gt=now).update(due_at=now))

    @classmethod
    def once_more(cls, transition: Transition, kind: Letter.Kind) -> Letter:
        """Write down the next letter of this kind about a move; the first, if there was none."""
        number = cls._next_number(transition, kind)
        return cls.objects.create(
            transition=transition,
            kind=kind,
            number=number,
            recipient=_address(transition),
            message_id=_numbered(transition, kind, number),
        )

    @classmethod
    def _next_number(cls, transition: Transition, kind: str) -> int:
        last = cls.objects.filter(transition=transition, kind=kind).aggregate(at=Max("number"))[
            "at"
        ]
        return 0 if last is None else last + 1

    def write_anew(self, recipient: str) -> None:
        """Let a letter that has not left go to this address, with the links as they are then.

        It may be on its way at this moment: by its new Message-ID it is another one from here on.
        """
        assert self.transition is not None  # noqa: S101 - only those of jobs go to other addresses
        self.number = self._next_number(self.transition, self.kind)
        self.message_id = _numbered(self.transition, self.kind, self.number)
        self.recipient = recipient
        self.created_at = self.due_at = timezone.now()
        self.lease_until = self.bounced_at = None
        self.error = ""
        self.tries += 1  # who has read it as it was cannot claim it any more
        self.save()

    @classmethod
    def withdraw_ending(cls, job_id: UUID) -> None:
        """Drop the letter before the end, which is another end now, if nobody tried to send it.

        What was tried may have arrived; when it is tried again, it tells the end as it is then.
        """
        ending = cls.objects.filter(kind=cls.Kind.ENDING, transition__job=job_id)
        ending.filter(sent_at=None, refused_at=None, tries=0).delete()

    @classmethod
    def of_alarm(cls, alarm: Alarm, recipient: str) -> Letter:
        """Write down the letter that tells staff of an alarm."""
        message_id = _message_id(f"alarm.{alarm.pk}")
        return cls.objects.create(
            alarm=alarm, kind=cls.Kind.ALARM, recipient=recipient, message_id=message_id
        )

    @classmethod
    def of_digest(cls, digest: Digest, recipient: str) -> Letter:
        """Write down a PI's letter of a week."""
        message_id = _message_id(f"digest.{digest.pk}")
        return cls.objects.create(
            digest=digest, kind=cls.Kind.DIGEST, recipient=recipient, message_id=message_id
        )


def _address(transition: Transition) -> str:
    """Asked for now: whoever works on the job may have read it before it was corrected."""
    jobs = type(transition.job).objects.filter(pk=transition.job_id)
    return jobs.values_list("email", flat=True).get()


def _numbered(transition: Transition, kind: str, number: int) -> str:
    return _message_id(f"{transition.job_id}.{transition.pk}.{kind}.{number}")


def _message_id(name: str) -> str:
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{name}@{domain}>"


KINDS = {
    State.UPLOADED: Letter.Kind.RECEIVED,
    State.DELIVERED: Letter.Kind.DELIVERED,
    State.REJECTED: Letter.Kind.REJECTED,
    State.FAILED: Letter.Kind.FAILED,
    State.HELD: Letter.Kind.HELD,
    State.CANCELLED: Letter.Kind.CANCELLED,
}

# What is told to a job's own address; the others go to staff, or to whoever rehearses.
TO_COLLABORATORS = frozenset(Letter.Kind) - {
    Letter.Kind.REVIEW,
    Letter.Kind.REHEARSED,
    Letter.Kind.ALARM,
    Letter.Kind.DIGEST,
}

BEFORE_SUMS = frozenset({State.UPLOADED, State.SCANNING})
