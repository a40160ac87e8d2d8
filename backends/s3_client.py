"""boto3 as this site uses it: told everything, reading nothing from AWS's files and variables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES as SESSION_VARIABLES
from botocore.exceptions import (
    ClientError,
    ConnectionError,
    HTTPClientError,
    IncompleteReadError,
    SSLError,
)
from botocore.parsers import ResponseParserError

from backends.base import Footprint, ObjectNotFound
from backends.store_errors import refused, unanswered, untrusted

MAKING = "before-sign.s3.CreateBucket"
CONNECT_TIMEOUT_S = 5.0
NO_FILES = {"config_file": None, "credentials_file": None}


def sealed_session(access_key: str, secret_key: str) -> Any:
    """A boto3 session that no AWS_* variable and no file in ~/.aws can change."""
    # name: (key in the file, environment variable, default, conversion): the first two go
    variables = {
        name: (None, None, NO_FILES.get(name, default), convert)
        for name, (_file, _variable, default, convert) in SESSION_VARIABLES.items()
    }
    return boto3.Session(
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        botocore_session=botocore.session.Session(session_vars=variables),
    )


def client_config(timeout_s: float) -> Config:
    """What Swift's S3 API understands; with one repetition a dead store is known in a minute."""
    return Config(
        # without it a custom endpoint gets SigV2 presigned URLs: HMAC-SHA1, good for ever
        signature_version="s3v4",
        s3={"addressing_style": "path", "payload_signing_enabled": False},
        request_checksum_calculation="when_required",  # Swift before 2.36 knows no other
        response_checksum_validation="when_required",
        connect_timeout=min(CONNECT_TIMEOUT_S, timeout_s),
        read_timeout=timeout_s,
        retries={"total_max_attempts": 2, "mode": "standard"},
    )


def every_row(
    client: Any, call: str, field: str, *, page_size: int, **place: str
) -> Iterator[dict[str, Any]]:
    """Every row of every page of the answer to a call that lists something."""
    pages = client.get_paginator(call).paginate(**place, PaginationConfig={"PageSize": page_size})
    yield from (row for row in pages.search(f"{field}[]") if row)


def footprint(rows: Iterable[Mapping[str, Any]]) -> Footprint:
    """What the rows of list_objects_v2 show together."""
    found = Footprint()
    for row in rows:
        found += Footprint(1, parts_count(row["ETag"]), row["Size"])
    return found


def parts_count(etag: str) -> int:
    """Of how many parts an object was made: S3's ETag of a multipart object ends with "-N"."""
    count = etag.strip('"').rpartition("-")[2] if "-" in etag else ""
    return int(count) if count.isdigit() else 0


def status_of(error: ClientError) -> int | None:
    """The HTTP status of S3's answer."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return int(status) if status is not None else None


def code_of(error: ClientError) -> str:
    """S3's own word for the error, e.g. "NoSuchUpload"."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_over_quota(error: ClientError) -> bool:
    """Whether it is the quota: Swift's S3 API answers 400 then, as for an object too large."""
    return "quota" in str(error.response.get("Error", {}).get("Message", "")).lower()


def is_absent(look: Callable[[], object]) -> bool:
    """Whether the look ends with 404."""
    try:
        look()
    except ClientError as error:
        if status_of(error) == 404:
            return True
        raise
    return False


def make_bucket(client: Any, name: str, region: str, policy: str) -> None:
    """Make it, of Swift's storage policy of that name if one is given.

    Swift's S3 API passes the header on, and no other word of the S3 API means the same.
    """

    def choose(request: Any, **_event: Any) -> None:
        if policy:
            request.headers["X-Storage-Policy"] = policy

    client.meta.events.register(MAKING, choose, unique_id=MAKING)
    try:
        client.create_bucket(Bucket=name, **placed_in(region))
    except ClientError as error:
        if status_of(error) != 409:
            raise
        client.head_bucket(Bucket=name)  # another was quicker; or it is not ours
    finally:
        client.meta.events.unregister(MAKING, unique_id=MAKING)


def placed_in(region: str) -> dict[str, Any]:
    """What `create_bucket` is told of the region."""
    # S3 refuses the name of its first region, Swift any name but its own
    return (
        {}
        if region == "us-east-1"
        else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    )


@contextmanager
def s3_errors(act: str, *, missing: str | None = None) -> Iterator[None]:
    """Turn boto's errors into ours; a 404 into `ObjectNotFound` of `missing`, if given."""
    try:
        yield
    except ClientError as error:
        if missing is not None and status_of(error) == 404:
            raise ObjectNotFound(missing) from error
        raise refused(act, 413 if is_over_quota(error) else status_of(error)) from error
    except SSLError as error:
        raise untrusted(act) from error
    except (ConnectionError, HTTPClientError, IncompleteReadError, ResponseParserError) as error:
        raise unanswered(act) from error
