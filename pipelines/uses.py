"""What a job of a pipeline may use, and how it goes on after its computer was taken away."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

MOST_PARTS = 1000  # Slurm's usual MaxArraySize


class WithUses(models.Model):
    """These fields of a pipeline's row; each job keeps a copy of them."""

    cpus = models.PositiveSmallIntegerField(
        _("CPUs"), default=1, validators=[MinValueValidator(1), MaxValueValidator(256)]
    )
    memory_mb = models.PositiveIntegerField(
        _("memory (MB)"),
        default=2000,
        validators=[MinValueValidator(100), MaxValueValidator(4_000_000)],
        help_text=_("A job that takes more is stopped."),
    )
    time_limit_min = models.PositiveIntegerField(
        _("time limit (minutes)"),
        default=60,
        validators=[MinValueValidator(1), MaxValueValidator(60 * 24 * 30)],
        help_text=_("For one start of the job. Short jobs find an idle computer sooner."),
    )
    disk_mb = models.PositiveIntegerField(
        _("disk (MB)"),
        default=50_000,
        validators=[MinValueValidator(10), MaxValueValidator(100_000_000)],
        help_text=_("What the code may write while it runs; a job that writes more is stopped."),
    )
    parts_at_once = models.PositiveSmallIntegerField(
        _("parts at once"),
        default=16,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_PARTS)],
        help_text=_("If the code splits its work: so many computers may work on it at a time."),
    )
    checkpoint_mb = models.PositiveIntegerField(
        _("checkpoint (MB)"),
        default=10_000,
        validators=[MinValueValidator(1), MaxValueValidator(10_000_000)],
        help_text=_("What the code may keep in its checkpoint directory for its next start."),
    )
    uses_dmtcp = models.BooleanField(
        _("DMTCP"),
        default=False,
        help_text=_(
            "For code that saves no state itself: the whole process is saved now and then "
            "and goes on from there. The cluster must have DMTCP."
        ),
    )
    dmtcp_interval_s = models.PositiveIntegerField(
        _("DMTCP's interval (seconds)"),
        default=600,
        validators=[MinValueValidator(5), MaxValueValidator(24 * 3600)],
        help_text=_("Between two checkpoints; this much work is lost at most."),
    )

    class Meta:
        abstract = True
