"""Where jobs run, and what was seen there."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from pipelines.address import refuse_to_move

PLAIN_WORD = RegexValidator(r"^[A-Za-z0-9._@+-]*\Z", "Letters, digits and . _ @ + - only.")
ABSOLUTE_PATH = RegexValidator(
    r"^/[A-Za-z0-9._@+/-]+\Z", "An absolute path of letters, digits and . _ @ + - /, please."
)
IS_GONE = "This cluster is gone for good. If there is one at its place, enter it as another one."


class Cluster(models.Model):
    """Where jobs run: a Slurm cluster over SSH, or this machine."""

    class Kind(models.TextChoices):
        """How a cluster is reached."""

        SLURM = "slurm", _("Slurm over SSH")
        LOCAL = "local", _("this machine (no Slurm)")

    name = models.SlugField(unique=True, help_text=_("A short name, shown on the timeline."))
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.SLURM)
    host = models.CharField(
        max_length=255, blank=True, validators=[PLAIN_WORD], help_text=_("The login node's name.")
    )
    port = models.PositiveIntegerField(
        default=22, validators=[MinValueValidator(1), MaxValueValidator(65535)]
    )
    user = models.CharField(
        max_length=64,
        blank=True,
        validators=[PLAIN_WORD],
        help_text=_("The account on the cluster that jobs run as."),
    )
    host_key = models.TextField(
        blank=True,
        help_text=_(
            "The login node's public host key, as “ssh-keyscan -t ed25519 HOST” prints it "
            "after the name: “ssh-ed25519 AAAA…”. Compare it with what the cluster's own people "
            "say."
        ),
    )
    key_name = models.CharField(
        max_length=64,
        blank=True,
        validators=[PLAIN_WORD],
        help_text=_(
            "The file name of our private key in the folder FREELOADER_SSH_KEYS on the "
            "worker's host; the key itself never stands in the database."
        ),
    )
    partition = models.CharField(
        max_length=64,
        blank=True,
        validators=[PLAIN_WORD],
        help_text=_("The preemptible partition, often “restart”: only idle computers are used."),
    )
    qos = models.CharField(_("QOS"), max_length=64, blank=True, validators=[PLAIN_WORD])
    account = models.CharField(max_length=64, blank=True, validators=[PLAIN_WORD])
    slurm_bin = models.CharField(
        _("Slurm's programs"),
        max_length=255,
        blank=True,
        validators=[ABSOLUTE_PATH],
        help_text=_(
            "The directory of sbatch and squeue, if a command over SSH does not find them."
        ),
    )
    scratch = models.CharField(
        _("scratch directory"),
        max_length=255,
        validators=[ABSOLUTE_PATH],
        help_text=_(
            "A directory on a file system that all nodes see; each job gets one of its own."
        ),
    )
    python = models.CharField(
        max_length=255,
        default="/usr/bin/python3",
        validators=[ABSOLUTE_PATH],
        help_text=_("The Python (3.6 or newer) on the nodes that runs the pipelines' files."),
    )
    is_open = models.BooleanField(
        _("open"), default=True, help_text=_("Closed: jobs wait until the cluster is opened again.")
    )
    gone_at = models.DateTimeField(
        _("gone for good"),
        null=True,
        editable=False,
        help_text=_("Since when nobody is asked any more whether anything is left there."),
    )
    # Defaults in the database, too: a web process of before leaves out what it does not know.
    gone_by = models.CharField(
        max_length=150, blank=True, default="", db_default="", editable=False
    )
    gone_why = models.TextField(blank=True, default="", db_default="", editable=False)
    poll_due_at = models.DateTimeField(null=True, editable=False)
    poll_lease_until = models.DateTimeField(null=True, editable=False)
    poll_token = models.UUIDField(null=True, editable=False)
    stirred_at = models.DateTimeField(
        null=True, editable=False, help_text=_("When a look last saw something new.")
    )
    min_job_age_s = models.PositiveIntegerField(
        _("MinJobAge"),
        null=True,
        editable=False,
        help_text=_("How many seconds slurmctld shows a job after its end; looks must be closer."),
    )
    polled_at = models.DateTimeField(_("last answer"), null=True, editable=False)
    poll_error = models.TextField(_("last error"), blank=True, editable=False)
    partition_fault = models.TextField(
        _("why no job is handed in"),
        blank=True,
        editable=False,
        help_text=_("What is wrong with the partition: only idle computers may be used."),
    )
    partition_seen_at = models.DateTimeField(null=True, editable=False)
    idle_nodes = models.PositiveIntegerField(null=True, editable=False)
    idle_cpus = models.PositiveIntegerField(null=True, editable=False)
    idle_alike = models.JSONField(
        default=list,
        editable=False,
        help_text=_("The idle nodes by what they have: [[how many, CPUs of each, MB of each], …]."),
    )
    expected_start_at = models.DateTimeField(
        _("expected start"),
        null=True,
        editable=False,
        help_text=_("Of a small job that is handed in now; only told while no node is idle."),
    )
    idle_seen_at = models.DateTimeField(null=True, editable=False)
    dmtcp_bin = models.CharField(
        _("DMTCP's programs"),
        max_length=255,
        blank=True,
        validators=[ABSOLUTE_PATH],
        help_text=_("The directory of dmtcp_launch on the nodes, if it is not in their PATH."),
    )
    dmtcp_version = models.CharField(max_length=40, blank=True, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(gone_at=None) | models.Q(is_open=False),
                name="a_cluster_that_is_gone_is_closed",
            )
        ]

    def __str__(self) -> str:
        """Its name."""
        return self.name

    def forget_looks(self) -> None:
        """What was seen of its partition was another one's: jobs wait for the next look."""
        self.partition_fault, self.partition_seen_at = "", None
        self.idle_nodes = self.idle_cpus = self.idle_seen_at = self.expected_start_at = None
        self.idle_alike = []

    def clean(self) -> None:
        """A Slurm cluster needs all that SSH and sbatch ask for; no job may be left behind."""
        refuse_to_move(self)
        if self.gone_at and self.is_open:
            raise ValidationError({"is_open": IS_GONE})
        if self.kind == self.Kind.LOCAL:
            return
        needed = ("host", "user", "host_key", "key_name", "partition")
        missing = {name: "Needed for Slurm over SSH." for name in needed if not getattr(self, name)}
        if missing:
            raise ValidationError(missing)
        if not re.fullmatch(
            r"(ssh|ecdsa)-[a-z0-9-]+ [A-Za-z0-9+/=]{40,}( .*)?", self.host_key.strip()
        ):
            raise ValidationError({"host_key": "This is not a key line like “ssh-ed25519 AAAA…”."})
