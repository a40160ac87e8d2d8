"""What a PI offers."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pipelines.frozen import PipelineSettings
from pipelines.models.cluster import Cluster
from pipelines.models.expiry_period import ExpiryPeriod
from pipelines.scan_policy import WithScanPolicy
from pipelines.uses import WithUses

if TYPE_CHECKING:
    from pipelines.models.code_version import CodeVersion


class Pipeline(WithUses, WithScanPolicy):
    """A PI's offer: one page, one Python file, and what a job of it may use."""

    slug = models.SlugField(
        unique=True, help_text=_("The page's address: “word-count” makes /p/word-count/.")
    )
    title = models.CharField(max_length=120, help_text=_("The heading of the page."))
    description = models.TextField(
        blank=True,
        help_text=_(
            "Shown above the form: what to send and what comes back. Plain text; an empty "
            "line starts a new paragraph. Left empty, the file's docstring is shown."
        ),
    )
    owners = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        related_name="pipelines",
        help_text=_("The PIs who answer for it."),
    )
    is_open = models.BooleanField(
        _("open"), default=False, help_text=_("Closed: the page says so and takes no files.")
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
        help_text=_("A newer version that takes its place once it was rehearsed."),
    )
    max_files = models.PositiveIntegerField(
        default=20, validators=[MinValueValidator(1), MaxValueValidator(10_000)]
    )
    max_file_mb = models.PositiveIntegerField(
        _("largest file (MB)"),
        default=10_000,
        validators=[MinValueValidator(1), MaxValueValidator(5_000_000)],
    )
    max_total_mb = models.PositiveIntegerField(
        _("all files together (MB)"),
        default=20_000,
        validators=[MinValueValidator(1), MaxValueValidator(5_000_000)],
    )
    patterns = models.CharField(
        _("accepted file names"),
        max_length=255,
        blank=True,
        help_text=_("Separated by commas: “*.csv, *.txt”. Empty: any name."),
    )
    accept_empty_files = models.BooleanField(
        default=False, help_text=_("Usually an empty file is a mistake, and is refused.")
    )
    confirm_email = models.BooleanField(
        _("confirm e-mail addresses"),
        default=False,
        help_text=_(
            "Nothing is done with the files until the link in a first letter was followed."
        ),
    )
    result_expiry = models.ForeignKey(
        ExpiryPeriod,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("How long the result and its link stay."),
    )
    extension_days = models.PositiveSmallIntegerField(
        _("extension by the recipient (days)"),
        default=7,
        validators=[MaxValueValidator(365)],
        help_text=_(
            "Who has the link may have the result kept so many days longer, once; 0: not at all."
        ),
    )
    contact_email = models.EmailField(
        _("contact"),
        blank=True,
        help_text=_(
            "Whom a collaborator may ask about this page; shown on it. Empty: the site's support."
        ),
    )
    input_days = models.PositiveSmallIntegerField(
        _("input retention (days)"),
        default=0,
        validators=[MaxValueValidator(365)],
        help_text=_(
            "How long the sent files are kept after the job has ended; 0: not at all. As "
            "long as they are kept, whoever sent them can run the job again from its status page."
        ),
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
