"""The object store by the S3 API of Swift: multipart uploads and presigned URLs.

django-storages brings the settings and Django's `save`; the rest is boto3, and never S3File,
which takes whole objects into memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from botocore.exceptions import ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage

from backends import s3_cors
from backends.base import (
    Footprint,
    OpenUpload,
    Part,
    PartLimits,
    Shelf,
    SignedForm,
    SignedRequest,
    Store,
    StoredObject,
    StoreError,
)
from backends.browser import Browser
from backends.downloads import attachment
from backends.s3_client import code_of, footprint, s3_errors, status_of
from backends.s3_join import JoinPart, Span, plan_join
from backends.s3_storage import OPAQUE, SealedS3Storage
from backends.swift_info import fetch_info, policy_names, s3_limits, takes_forms
from backends.tempurl import signed_form

CHUNK_BYTES = 2**20


class S3Store(SealedS3Storage, Store):
    """A bucket.

    Swift deletes the parts of an object a little later, by its object-expirer; and never a part
    that was not named in `complete_parts`, or was still under way when its upload was aborted:
    the S3 API has no call for that.
    """

    def __init__(self, *, native_url: str = "", temp_url_key: str = "", **options: Any) -> None:
        """`options` are those of `SealedS3Storage`.

        `native_url`, with `temp_url_key`: the account's address by Swift's own API as browsers
        reach it, and the key that was set on the bucket's container there. With them browsers send
        small files by forms, at about half of the price; the S3 API has nothing like it.
        """
        super().__init__(**options)
        self._native_url, self._temp_url_key = native_url, temp_url_key

    def limits(self) -> PartLimits:
        return s3_limits(self._info)

    def policies(self) -> list[str]:
        return policy_names(self._info)

    def shelf(self) -> Shelf:
        """The S3 API does not tell a bucket's policy."""
        return Shelf(str(self.bucket_name), wanted=self._policy)

    def sign_form(
        self, prefix: str, *, max_files: int, max_bytes: int, expires_s: int
    ) -> SignedForm | None:
        if not (self._native_url and self._temp_url_key and takes_forms(self._info)):
            return None
        return signed_form(
            self._native_url,
            f"{urlsplit(self._native_url).path}/{self.bucket_name}/{prefix}",
            key=self._temp_url_key,
            max_files=max_files,
            max_bytes=max_bytes,
            expires_s=expires_s,
        )

    def begin_parts(self, name: str) -> str:
        with s3_errors(f"store {name}"):
            begun = self._ready().create_multipart_upload(**self._at(name), ContentType=OPAQUE)
        return str(begun["UploadId"])

    def sign_parts(
        self, name: str, key: str, numbers: Iterable[int], *, expires_s: int
    ) -> dict[int, SignedRequest]:
        place = {**self._at(name), "UploadId": key}
        return {
            number: self._sign("PUT", "upload_part", {**place, "PartNumber": number}, expires_s)
            for number in numbers
        }

    def stored_parts(self, name: str, key: str) -> list[Part]:
        with s3_errors(f"list the parts of {name}"):
            try:
                rows = list(self._rows("list_parts", "Parts", **self._at(name), UploadId=key))
            except ClientError as error:
                if code_of(error) == "NoSuchUpload":
                    return []
                raise
        return [Part(row["PartNumber"], row["Size"], row["ETag"]) for row in rows]

    def takes_parts(self, name: str, key: str) -> bool:
        with s3_errors(f"list the parts of {name}"):
            try:
                self._ready().list_parts(**self._at(name), UploadId=key, MaxParts=1)
            except ClientError as error:
                if code_of(error) != "NoSuchUpload":
                    raise
                return False
        return True

    def complete_parts(self, name: str, key: str, parts: Sequence[Part]) -> StoredObject:
        filled = sorted((p for p in parts if p.size_bytes), key=lambda part: part.number)
        if not filled:  # S3 completes no upload without a part
            if not self.exists(name):
                self.write(name, b"")
            self.abort_parts(name, key)
        elif not self._complete(name, key, filled):
            self._check_completed_before(name, filled)
        return self.stat(name)

    def abort_parts(self, name: str, key: str) -> None:
        with s3_errors(f"drop the parts of {name}"):
            try:
                self._ready().abort_multipart_upload(**self._at(name), UploadId=key)
            except ClientError as error:
                if status_of(error) != 404:
                    raise

    def open_uploads(self, prefix: str) -> Iterator[OpenUpload]:
        place = {"Bucket": self.bucket_name, "Prefix": prefix}
        with s3_errors(f"list the uploads of {prefix}"):
            for row in self._rows("list_multipart_uploads", "Uploads", **place):
                yield OpenUpload(row["Key"], row["UploadId"], row["Initiated"])

    def write(self, name: str, data: bytes) -> None:
        with s3_errors(f"store {name}"):
            self._ready().put_object(**self._at(name), Body=data, ContentType=OPAQUE)

    @contextmanager
    def stream(self, name: str, *, start: int = 0) -> Iterator[Iterator[bytes]]:
        body = self._open_body(Span(name, start, 0))
        if body is None:
            yield iter(())
            return
        try:
            yield _chunks(name, body)
        finally:
            body.close()

    def stat(self, name: str) -> StoredObject:
        with self._misses(), s3_errors(f"show {name}", missing=name):
            found = self._ready().head_object(**self._at(name))
        return StoredObject(name, found["ContentLength"])

    def list_objects(self, prefix: str) -> Iterator[StoredObject]:
        place = {"Bucket": self.bucket_name, "Prefix": prefix}
        with s3_errors(f"list {prefix}"):
            for row in self._rows("list_objects_v2", "Contents", **place):
                yield StoredObject(row["Key"], row["Size"], row["LastModified"])

    def count(self, prefix: str) -> Footprint:
        """By the ETags of the listing, and the parts of each open upload.

        Parts that belong to neither are in a container that this API hides, BUCKET+segments: no
        call shows them. Those of a deleted object are there for some seconds more where Swift
        deletes asynchronously (allow_async_delete), and for good if no object-expirer runs.
        """
        place = {"Bucket": self.bucket_name, "Prefix": prefix}
        with s3_errors(f"count what is below {prefix}"):
            found = footprint(self._rows("list_objects_v2", "Contents", **place))
        for upload in self.open_uploads(prefix):
            parts = self.stored_parts(upload.name, upload.key)
            found += Footprint(0, len(parts), sum(part.size_bytes for part in parts))
        return found

    def delete(self, name: str) -> None:
        with s3_errors(f"delete {name}"):
            self._ready().delete_object(**self._at(name))

    def join(self, name: str, pieces: Sequence[str]) -> StoredObject:
        """Copied inside the store where pieces have at least 5 MiB; smaller ones pass through
        this process, some 25 MiB at a time. Takes as long as the store takes to copy."""
        found = [piece for piece in map(self.stat, pieces) if piece.size_bytes]
        if self._has(name, found):
            return self.stat(name)
        self.delete(name)  # S3 would forget, not remove, the parts of what is written over
        if not found:
            self.write(name, b"")
            return self.stat(name)
        plan = plan_join(found, self.limits())
        if len(plan) > self.limits().max_parts:
            raise StoreError(f"{name} would have too many parts for the store.", transient=False)
        key = self.begin_parts(name)
        try:
            parts = [self._send_part(name, key, number, p) for number, p in enumerate(plan, 1)]
            return self.complete_parts(name, key, parts)
        except StoreError:
            self.abort_parts(name, key)
            raise

    def sign_get(self, name: str, *, expires_s: int, filename: str | None = None) -> SignedRequest:
        shown = attachment(filename if filename is not None else name.rpartition("/")[2])
        params = {"ResponseContentDisposition": shown, "ResponseContentType": OPAQUE}
        return self._sign("GET", "get_object", {**self._at(name), **params}, expires_s)

    def sign_put(self, name: str, *, expires_s: int) -> SignedRequest:
        return self._sign("PUT", "put_object", self._at(name), expires_s)

    def allow_origins(self, origins: Sequence[str], *, only_look: bool = False) -> list[str]:
        """Always only looks: Swift's S3 API has no CORS settings of a tenant's own."""
        name = f"doctor/{uuid4()}"
        key = self.begin_parts(name)
        try:
            probe = self.sign_parts(name, key, [1], expires_s=60)[1]
            browsers = [Browser(origin, ca_bundle=self._bundle) for origin in origins]
            advice = [s3_cors.advice(browser, probe, self.limits()) for browser in browsers]
        finally:
            self.abort_parts(name, key)
        return [sentence for sentences in advice for sentence in sentences]

    def _save(self, name: str, content: File[Any]) -> str:
        with s3_errors(f"store {name}"):
            self._ready()
            return str(S3Storage._save(self, name, content))

    @cached_property
    def _info(self) -> dict[str, Any]:
        """What Swift tells of itself; asked once."""
        return fetch_info(self.endpoint_url, ca_bundle=self._bundle, timeout_s=self._timeout_s)

    def _complete(self, name: str, key: str, parts: Sequence[Part]) -> bool:
        """False if S3 knows no such upload (any more)."""
        listed = [{"PartNumber": part.number, "ETag": part.etag} for part in parts]
        with s3_errors(f"put {name} together"):
            try:
                self._patient().complete_multipart_upload(
                    **self._at(name), UploadId=key, MultipartUpload={"Parts": listed}
                )
            except ClientError as error:
                if code_of(error) != "NoSuchUpload":
                    raise
                return False
        return True

    def _check_completed_before(self, name: str, parts: Sequence[Part]) -> None:
        if not self._has(name, parts):
            raise StoreError(f"The upload of {name} is not open any more.", transient=False)

    def _has(self, name: str, made_of: Sequence[Part | StoredObject]) -> bool:
        """Whether the object is there, as large as these together: then it was made of them."""
        size_bytes = sum(piece.size_bytes for piece in made_of)
        return self.exists(name) and self.stat(name).size_bytes == size_bytes

    def _open_body(self, span: Span) -> Any:
        """The body from `span.start` on, to `span.end` if it is not 0; None if that is nothing."""
        last = str(span.end - 1) if span.end else ""
        options = {"Range": f"bytes={span.start}-{last}"} if span.start or span.end else {}
        with self._misses(), s3_errors(f"read {span.name}", missing=span.name):
            try:
                return self._ready().get_object(**self._at(span.name), **options)["Body"]
            except ClientError as error:
                if status_of(error) == 416:  # nothing at or behind `start`
                    return None
                raise

    def _send_part(self, name: str, key: str, number: int, part: JoinPart) -> Part:
        place = {**self._at(name), "UploadId": key, "PartNumber": number}
        size_bytes = sum(span.size_bytes for span in part.spans)
        with s3_errors(f"join {name}"):
            if part.is_copy:
                span = part.spans[0]
                answer = self._patient().upload_part_copy(
                    **place,
                    CopySource=self._at(span.name),
                    CopySourceRange=f"bytes={span.start}-{span.end - 1}",
                )["CopyPartResult"]
            else:
                data = b"".join(self._read_span(span) for span in part.spans)
                answer = self._ready().upload_part(**place, Body=data)
        return Part(number, size_bytes, answer["ETag"])

    def _read_span(self, span: Span) -> bytes:
        body = self._open_body(span)
        try:
            return b"".join(_chunks(span.name, body))
        finally:
            body.close()


def _chunks(name: str, body: Any) -> Iterator[bytes]:
    with s3_errors(f"read {name}"):
        yield from body.iter_chunks(CHUNK_BYTES)
