"""Files coming in: one upload is the set of files that one visitor sends."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta

from django.core import signing
from django.db import models, transaction
from django.utils import timezone

from uploads.names import is_renamed, node_names
from uploads.quotas import Quota, QuotaUse
from uploads.rules import DeclaredFile

__all__ = ["Quota", "QuotaUse", "Upload", "UploadedFile", "UploadedPart"]

UPLOAD_SALT = "uploads.upload"


class UploadQuerySet(models.QuerySet["Upload"]):
    """Questions about many uploads."""

    def declare(self, files: Sequence[DeclaredFile]) -> Upload:
        """A new upload of these files, none of which is here yet."""
        with transaction.atomic():
            upload = self.create()
            names = node_names([file.name for file in files])
            UploadedFile.objects.bulk_create(
                UploadedFile(
                    upload=upload,
                    number=number,
                    name=file.name,
                    node_name=node_name,
                    size_bytes=file.size_bytes,
                    modified_ms=file.modified_ms,
                )
                for number, (file, node_name) in enumerate(zip(files, names, strict=True), 1)
            )
        return upload

    def by_handle(self, handle: str) -> Upload:
        """The upload that `Upload.handle` names; `DoesNotExist` for a handle of nobody's."""
        try:
            return self.get(pk=signing.Signer(salt=UPLOAD_SALT).unsign(handle))
        except signing.BadSignature as error:
            raise self.model.DoesNotExist from error


class Upload(models.Model):
    """A set of files that one visitor sends."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_at = models.DateTimeField(
        null=True, editable=False, help_text="From then on no file of it may change."
    )
    let_go_at = models.DateTimeField(
        db_column="deleted_at",  # as it was called: a web process of before still asks for it
        null=True,
        editable=False,
        help_text="From then on no job is made of it, and its bytes are removed from the store.",
    )

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        """Its id."""
        return str(self.pk)

    @property
    def handle(self) -> str:
        """The signed name under which the page that sends the files may reach this upload."""
        return signing.Signer(salt=UPLOAD_SALT).sign(str(self.pk))

    def touch(self) -> None:
        """Note that its files are being sent; at most once an hour, so that it costs nothing."""
        hour_ago = timezone.now() - timedelta(hours=1)
        Upload.objects.filter(pk=self.pk, touched_at__lt=hour_ago).update(touched_at=timezone.now())

    def missing(self) -> models.QuerySet[UploadedFile]:
        """The files that are not completely in the store yet."""
        return self.files.filter(completed_at=None)


class UploadedFile(models.Model):
    """One file: the visitor's name for it is data; its object in the store is named by us."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="files")
    number = models.PositiveIntegerField(help_text="Its place in the upload, from 1.")
    name = models.CharField(max_length=1024, help_text="As the visitor's computer calls it.")
    node_name = models.CharField(max_length=255, help_text="Its plain file name on the node.")
    size_bytes = models.PositiveBigIntegerField()
    modified_ms = models.BigIntegerField(default=0)
    parts_key = models.CharField(max_length=255, blank=True, editable=False)
    part_bytes = models.PositiveBigIntegerField(
        null=True, editable=False, help_text="How it is cut, from the moment it is opened."
    )
    completed_at = models.DateTimeField(null=True, editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    verified_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text="When what is stored was read and fitted the sender's own checksums.",
    )

    class Meta:
        ordering = ["upload", "number"]
        constraints = [
            models.UniqueConstraint(fields=["upload", "number"], name="one_row_per_file"),
            models.UniqueConstraint(fields=["upload", "node_name"], name="node_names_differ"),
        ]

    def __str__(self) -> str:
        """The visitor's name for it."""
        return self.name

    @property
    def passed_on_as(self) -> str:
        """What it is called on the node, where that is not what the visitor called it; else ""."""
        return self.node_name if is_renamed(self.name, self.node_name) else ""

    @property
    def object_name(self) -> str:
        """Its object in the store."""
        return f"uploads/{self.upload_id}/{self.number}"


class UploadedPart(models.Model):
    """What the sender's computer made of one part before sending it: the proof of that part."""

    file = models.ForeignKey(UploadedFile, on_delete=models.CASCADE, related_name="proofs")
    number = models.PositiveIntegerField(help_text="Its place in the file, from 1.")
    sha256 = models.CharField("SHA-256", max_length=64)

    class Meta:
        ordering = ["file", "number"]
        constraints = [
            models.UniqueConstraint(fields=["file", "number"], name="one_proof_per_part")
        ]

    def __str__(self) -> str:
        """Which part."""
        return f"part {self.number}"
