"""Swift's /info: what a cluster takes. Unauthenticated, and closed by some operators."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

import urllib3
from urllib3.exceptions import HTTPError, SSLError

from backends.base import PartLimits
from backends.store_errors import refused, unanswered, untrusted

ACT = "tell its limits"
SHA256_HEADER = "x-amz-checksum-sha256"
VERIFIES_SINCE = (2, 36)  # the release of Swift whose S3 API verifies checksums


def fetch_info(url: str, *, ca_bundle: str | None, timeout_s: float) -> dict[str, Any]:
    """The answer of /info at the host of `url`; {} where it is closed or is no Swift."""
    timeout = urllib3.Timeout(connect=min(5.0, timeout_s), read=timeout_s)
    try:
        with urllib3.PoolManager(ca_certs=ca_bundle, timeout=timeout, retries=False) as pool:
            answer = pool.request("GET", urljoin(url, "/info"))
    except SSLError as error:
        raise untrusted(ACT) from error
    except HTTPError as error:
        raise unanswered(ACT) from error
    if answer.status >= 500:
        raise refused(ACT, answer.status)
    return parse_info(answer.data) if answer.status == 200 else {}


def parse_info(body: bytes) -> dict[str, Any]:
    """The object in `body`; {} if it is something else (a portal's page, say)."""
    try:
        info = json.loads(body)
    except ValueError:
        return {}
    return info if isinstance(info, dict) else {}


def native_limits(info: Mapping[str, Any]) -> PartLimits:
    """Limits of segments and manifest; Swift's own defaults for what is not told."""
    return PartLimits(
        max_parts=int(info.get("slo", {}).get("max_manifest_segments", 1000)),
        min_part_bytes=1,  # SLO takes no empty segment
        max_part_bytes=_max_object_bytes(info),
    )


def policy_names(info: Mapping[str, Any]) -> list[str]:
    """The storage policies that may be asked for, the default first."""
    told = info.get("swift", {}).get("policies", [])
    offered = sorted(told, key=lambda policy: not policy.get("default"))
    return [str(policy["name"]) for policy in offered]


def takes_forms(info: Mapping[str, Any]) -> bool:
    """FormPost is there, and signed by SHA-256; before Swift 2.31 it knew SHA-1 alone."""
    return "sha256" in info.get("formpost", {}).get("allowed_digests", [])


def s3_limits(info: Mapping[str, Any]) -> PartLimits:
    """Limits of multipart uploads through the S3 API: bound by s3api and by SLO below it."""
    s3api, slo = info.get("s3api", {}), info.get("slo", {})
    return PartLimits(
        max_parts=min(
            int(s3api.get("max_upload_part_num", 1000)),
            int(slo.get("max_manifest_segments", 1000)),
        ),
        min_part_bytes=int(s3api.get("min_segment_size", PartLimits.min_part_bytes)),
        max_part_bytes=_max_object_bytes(info),
        sha256_header=SHA256_HEADER if _version(info) >= VERIFIES_SINCE else "",
    )


def _version(info: Mapping[str, Any]) -> tuple[int, ...]:
    """Swift's version; () where it is not told."""
    found = re.match(r"(\d+)\.(\d+)", str(info.get("swift", {}).get("version", "")))
    return tuple(map(int, found.groups())) if found else ()


def _max_object_bytes(info: Mapping[str, Any]) -> int:
    return int(info.get("swift", {}).get("max_file_size", PartLimits.max_part_bytes))
