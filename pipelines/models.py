"""What a PI offers: pipelines and their code, the clusters they run on, how long results live."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from pipelines.address import refuse_to_move
from pipelines.frozen import PipelineSettings
from pipelines.scan_policy import WithScanPolicy
from pipelines.uses import WithUses

PLAIN_WORD = RegexValidator(r"^[A-Za-z0-9._@+-]*\Z", "Letters, digits and . _ @ + - only.")
ABSOLUTE_PATH = RegexValidator(
    r"^/[A-Za-z0-9._@+/-]+\Z", "An absolute path of letters, digits and . _ @ + - /, please."
)


class ExpiryPeriod(models.Model):
    """How long a result stays; staff decide which periods there are."""

    name = models.CharField(max_length=60, unique=True, help_text="As people read it: “two weeks”.")
    days = models.PositiveSmallIntegerField(
        unique=True,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text="From the day the result is delivered; then it is deleted and its link ends.",
    )

    class Meta:
        ordering = ["days"]

    def __str__(self) -> str:
        """The period and its days."""
        return f"{self.name} ({self.days} day{'s' if self.days > 1 else ''})"


class Cluster(models.Model):
    """Where jobs run: a Slurm cluster over SSH, or this machine."""

    class Kind(models.TextChoices):
        """How a cluster is reached."""

        SLURM = "slurm", "Slurm over SSH"
        LOCAL = "local", "this machine (no Slurm)"

    name = models.SlugField(unique=True, help_text="A short name, shown on the timeline.")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.SLURM)
    host = models.CharField(
        max_length=255, blank=True, validators=[PLAIN_WORD], help_text="The login node's name."
    )
    port = models.PositiveIntegerField(
        default=22, validators=[MinValueValidator(1), MaxValueValidator(65535)]
    )
    user = models.CharField(
        max_length=64,
        blank=True,
        validators=[PLAIN_WORD],
        help_text="The account on the cluster that jobs run as.",
    )
    host_key = models.TextField(
        blank=True,
        help_text="The login node's public host key, as “ssh-keyscan -t ed25519 HOST” prints it "
        "after the name: “ssh-ed25519 AAAA…”. Compare it with what the cluster's own people say.",
    )
    key_name = models.CharField(
        max_length=64,
        blank=True,
        validators=[PLAIN_WORD],
        help_text="The file name of our private key in the folder FREELOADER_SSH_KEYS on the "
        "worker's host; the key itself never stands in the database.",
    )
    partition = models.CharField(
        max_length=64,
        blank=True,
        validators=[PLAIN_WORD],
        help_text="The preemptible partition, often “restart”: only idle computers are used.",
    )
    qos = models.CharField("QOS", max_length=64, blank=True, validators=[PLAIN_WORD])
    account = models.CharField(max_length=64, blank=True, validators=[PLAIN_WORD])
    slurm_bin = models.CharField(
        "Slurm's programs",
        max_length=255,
        blank=True,
        validators=[ABSOLUTE_PATH],
        help_text="The directory of sbatch and squeue, if a command over SSH does not find them.",
    )
    scratch = models.CharField(
        "scratch directory",
        max_length=255,
        validators=[ABSOLUTE_PATH],
        help_text="A directory on a file system that all nodes see; each job gets one of its own.",
    )
    python = models.CharField(
        max_length=255,
        default="/usr/bin/python3",
        validators=[ABSOLUTE_PATH],
        help_text="The Python (3.6 or newer) on the nodes that runs the pipelines' files.",
    )
    is_open = models.BooleanField(
        "open", default=True, help_text="Closed: jobs wait until the cluster is opened again."
    )
    poll_due_at = models.DateTimeField(null=True, editable=False)
    poll_lease_until = models.DateTimeField(null=True, editable=False)
    poll_token = models.UUIDField(null=True, editable=False)
    stirred_at = models.DateTimeField(
        null=True, editable=False, help_text="When a look last saw something new."
    )
    min_job_age_s = models.PositiveIntegerField(
        "MinJobAge",
        null=True,
        editable=False,
        help_text="How many seconds slurmctld shows a job after its end; looks must be closer.",
    )
    polled_at = models.DateTimeField("last answer", null=True, editable=False)
    poll_error = models.TextField("last error", blank=True, editable=False)
    partition_fault = models.TextField(
        "why no job is handed in",
        blank=True,
        editable=False,
        help_text="What is wrong with the partition: only idle computers may be used.",
    )
    partition_seen_at = models.DateTimeField(null=True, editable=False)
    idle_nodes = models.PositiveIntegerField(null=True, editable=False)
    idle_cpus = models.PositiveIntegerField(null=True, editable=False)
    idle_alike = models.JSONField(
        default=list,
        editable=False,
        help_text="The idle nodes by what they have: [[how many, CPUs of each, MB of each], …].",
    )
    expected_start_at = models.DateTimeField(
        "expected start",
        null=True,
        editable=False,
        help_text="Of a small job that is handed in now; only told while no node is idle.",
    )
    idle_seen_at = models.DateTimeField(null=True, editable=False)
    dmtcp_bin = models.CharField(
        "DMTCP's programs",
        max_length=255,
        blank=True,
        validators=[ABSOLUTE_PATH],
        help_text="The directory of dmtcp_launch on the nodes, if it is not in their PATH.",
    )
    dmtcp_version = models.CharField(max_length=40, blank=True, editable=False)

    class Meta:
        ordering = ["name"]

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


class Pipeline(WithUses, WithScanPolicy):
    """A PI's offer: one page, one Python file, and what a job of it may use."""

    slug = models.SlugField(
        unique=True, help_text="The page's address: “word-count” makes /p/word-count/."
    )
    title = models.CharField(max_length=120, help_text="The heading of the page.")
    description = models.TextField(
        blank=True,
        help_text="Shown above the form: what to send and what comes back. Plain text; an empty "
        "line starts a new paragraph. Left empty, the file's docstring is shown.",
    )
    owners = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        related_name="pipelines",
        help_text="The PIs who answer for it.",
    )
    is_open = models.BooleanField(
        "open", default=False, help_text="Closed: the page says so and takes no files."
    )
    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="pipelines")
    code = models.ForeignKey(
        "CodeVersion", on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    candidate = models.ForeignKey(
        "CodeVersion",
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        help_text="A newer version that takes its place once it was rehearsed.",
    )
    max_files = models.PositiveIntegerField(
        default=20, validators=[MinValueValidator(1), MaxValueValidator(10_000)]
    )
    max_file_mb = models.PositiveIntegerField(
        "largest file (MB)",
        default=10_000,
        validators=[MinValueValidator(1), MaxValueValidator(5_000_000)],
    )
    max_total_mb = models.PositiveIntegerField(
        "all files together (MB)",
        default=20_000,
        validators=[MinValueValidator(1), MaxValueValidator(5_000_000)],
    )
    patterns = models.CharField(
        "accepted file names",
        max_length=255,
        blank=True,
        help_text="Separated by commas: “*.csv, *.txt”. Empty: any name.",
    )
    accept_empty_files = models.BooleanField(
        default=False, help_text="Usually an empty file is a mistake, and is refused."
    )
    confirm_email = models.BooleanField(
        "confirm e-mail addresses",
        default=False,
        help_text="Nothing is done with the files until the link in a first letter was followed.",
    )
    result_expiry = models.ForeignKey(
        ExpiryPeriod,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="How long the result and its link stay.",
    )
    extension_days = models.PositiveSmallIntegerField(
        "extension by the recipient (days)",
        default=7,
        validators=[MaxValueValidator(365)],
        help_text="Who has the link may have the result kept so many days longer, once; "
        "0: not at all.",
    )
    contact_email = models.EmailField(
        "contact",
        blank=True,
        help_text="Whom a collaborator may ask about this page; shown on it. "
        "Empty: the site's support.",
    )
    input_days = models.PositiveSmallIntegerField(
        "input retention (days)",
        default=0,
        validators=[MaxValueValidator(365)],
        help_text="How long the sent files are kept after the job has ended; 0: not at all. As "
        "long as they are kept, whoever sent them can run the job again from its status page.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["title"]
        permissions = [("see_all", "May see everybody's pipelines and jobs")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_open=False) | models.Q(code__isnull=False),
                name="an_open_pipeline_has_code",
                violation_error_message="Choose the pipeline's Python file before you open it.",
            )
        ]

    def __str__(self) -> str:
        """Its title."""
        return self.title

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("pipeline", args=[self.slug])

    def clean(self) -> None:
        """Limits that contradict one another are refused here, not found by a visitor."""
        if self.max_file_mb and self.max_total_mb and self.max_file_mb > self.max_total_mb:
            raise ValidationError(
                {"max_file_mb": "One file may not be larger than all files together."}
            )
        if "/" in self.patterns:
            raise ValidationError({"patterns": "Patterns are for names, without folders."})

    @property
    def newest(self) -> CodeVersion | None:
        """The version to be rehearsed: the candidate if there is one, else the one that serves."""
        return self.candidate or self.code

    @property
    def pattern_list(self) -> list[str]:
        """The accepted file names' patterns; empty: any name."""
        return [part.strip() for part in self.patterns.split(",") if part.strip()]

    def frozen(self) -> PipelineSettings:
        """What a new job keeps."""
        kept = {one.name for one in fields(PipelineSettings)} - {
            "result_days",
            "freeloader_version",
        }
        values: dict[str, Any] = {name: getattr(self, name) for name in sorted(kept)}
        return PipelineSettings(
            result_days=self.result_expiry.days, freeloader_version=settings.VERSION, **values
        )


class CodeVersion(models.Model):
    """One version of a pipeline's Python file; the database refuses to change it."""

    pipeline = models.ForeignKey(Pipeline, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    file_name = models.CharField(max_length=255)
    source = models.TextField()
    sha256 = models.CharField("SHA-256", max_length=64)
    docstring = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    certified_at = models.DateTimeField(
        "rehearsed", null=True, editable=False, help_text="When a rehearsal of it passed."
    )
    waived_at = models.DateTimeField(null=True, editable=False)
    waived_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
    )
    waiver = models.TextField(
        blank=True, editable=False, help_text="Why it may be used without a rehearsal."
    )

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["pipeline", "number"], name="one_row_per_version")
        ]

    def __str__(self) -> str:
        """Version, file and the beginning of its hash."""
        return f"version {self.number} of {self.file_name} ({self.sha256[:12]})"

    @property
    def may_serve(self) -> bool:
        """A rehearsal of it passed, or staff let it go without one."""
        return self.certified_at is not None or self.waived_at is not None

    @property
    def standing(self) -> str:
        """Whether it was rehearsed, for staff."""
        if self.certified_at:
            return f"rehearsed, {_day(self.certified_at)}"
        if self.waived_at:
            who = self.waived_by.get_username() if self.waived_by else "the site"
            return f"released without a rehearsal by {who}, {_day(self.waived_at)}: {self.waiver}"
        return "not rehearsed"


def _day(at: datetime) -> str:
    return date_format(timezone.localtime(at), "j M Y")
