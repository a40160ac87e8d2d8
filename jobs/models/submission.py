"""How a job is handed in: in stages, and each time under a name of its own."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class Stage(models.TextChoices):
    """Which of the code's functions the Slurm job calls: run(), or split(), run() and merge()."""

    RUN = "run", _("run")
    SPLIT = "split", _("split")
    PARTS = "parts", _("parts")
    MERGE = "merge", _("merge")


def key_of(pk: uuid.UUID, submission: int) -> str:
    """A job's key when it was handed in for the first, second … time."""
    return f"fl-{pk}" + (f"-{submission}" if submission > 1 else "")


class WithSubmissions(models.Model):
    """How often a job was handed in, at which stage it is, and what it is called at the cluster."""

    submission = models.PositiveSmallIntegerField(
        default=1,
        editable=False,
        help_text=_("How often it was handed in: again, and under a new name, only after a loss."),
    )
    stage = models.CharField(max_length=6, choices=Stage.choices, default=Stage.RUN)
    stage_since = models.PositiveSmallIntegerField(
        default=1, editable=False, help_text="The submission with which this stage began."
    )
    parts = models.PositiveIntegerField(
        null=True, editable=False, help_text="How many the code has split its work into."
    )

    class Meta:
        abstract = True

    @property
    def key(self) -> str:
        """The Slurm job's name: the identity that a wiped slurmctld cannot give away again."""
        return key_of(self.pk, self.submission)

    @property
    def earlier_keys(self) -> list[str]:
        """The names under which it was handed in before."""
        return [key_of(self.pk, submission) for submission in range(1, self.submission)]

    @property
    def kept_key(self) -> str:
        """The directory on the cluster for what outlives a Slurm job: checkpoints and parts."""
        return f"{key_of(self.pk, 1)}.kept"
