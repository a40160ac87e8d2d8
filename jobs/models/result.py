"""What a run made: its files, the links to them, and what was done with these."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jobs import links
from jobs.models.job import Job


class ResultFile(models.Model):
    """One file that the run left, as its manifest names it."""

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="results")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=1024)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    crc32 = models.PositiveBigIntegerField(
        _("CRC-32"),
        null=True,
        editable=False,
        help_text="What a ZIP has to say of it; empty: from before that was noted.",
    )
    object_name = models.CharField(max_length=255)
    preview = models.JSONField(
        default=dict,
        help_text="What the page shows of it, see jobs/results; empty: nothing.",
    )

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="one_row_per_result")]

    def __str__(self) -> str:
        """Its name."""
        return self.name


class ResultLinkQuerySet(models.QuerySet["ResultLink"]):
    """Questions about many links."""

    def by_token(self, token: str) -> ResultLink:
        """The link of this token, live or not; `DoesNotExist` for a token of nobody's."""
        return self.select_related("job", "job__pipeline").get(token_sha256=links.sha256_of(token))


class ResultLink(models.Model):
    """The hidden link to a job's result: revocable, with an end; see jobs/links.py."""

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="links")
    nonce = models.CharField(max_length=64, default=links.new_nonce, editable=False)
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    handed_over_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text="When its first letter left: its time begins.",
    )
    expires_at = models.DateTimeField()
    extended_at = models.DateTimeField(
        null=True, editable=False, help_text="When its recipient had it kept longer: once."
    )
    revoked_at = models.DateTimeField(null=True, blank=True)
    downloads = models.PositiveIntegerField(default=0, editable=False)

    objects = ResultLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        """The beginning of its hash, enough to talk about it."""
        return gettext("link %(name)s") % {"name": self.token_sha256[:6]}

    @property
    def token(self) -> str:
        """The token that the letter holds."""
        return links.token_for(self.nonce, self.token_sha256)

    @property
    def is_live(self) -> bool:
        """It opens the result now."""
        return not self.revoked_at and self.expires_at > timezone.now()


class LinkAct(models.Model):
    """One thing that was done with a link; never changed, never deleted."""

    class Kind(models.TextChoices):
        """What was done."""

        MADE = "made", _("made")
        HANDED_OVER = "handed over", _("handed over")
        DOWNLOADED = "downloaded", _("downloaded")
        EXTENDED = "extended", _("extended")
        REVOKED = "revoked", _("revoked")

    link = models.ForeignKey(ResultLink, on_delete=models.PROTECT, related_name="acts")
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=11, choices=Kind.choices)
    actor = models.CharField(max_length=150, help_text="As in a job's moves.")
    file_number = models.PositiveIntegerField(
        null=True, help_text="Of a download: which file; empty: all of them in one."
    )
    detail = models.TextField(blank=True, help_text="Why, or until when.")

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        """What and by whom."""
        return f"{self.kind} by {self.actor}"
