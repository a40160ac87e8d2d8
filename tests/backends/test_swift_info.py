"""What is read out of Swift's /info."""

import pytest

from backends.base import PartLimits
from backends.swift_info import (
    SHA256_HEADER,
    native_limits,
    parse_info,
    policy_names,
    s3_limits,
    takes_forms,
)

INFO = {
    "swift": {"max_file_size": 2**30},
    "slo": {"max_manifest_segments": 500},
    "s3api": {"max_upload_part_num": 10000, "min_segment_size": 6 * 2**20},
}


def test_the_native_api_is_bound_by_the_manifest() -> None:
    assert native_limits(INFO) == PartLimits(500, 1, 2**30)


def test_the_s3_api_is_bound_by_the_manifest_below_it_too() -> None:
    assert s3_limits(INFO) == PartLimits(500, 6 * 2**20, 2**30)


def test_where_info_is_closed_swifts_defaults_hold() -> None:
    assert native_limits({}) == PartLimits(1000, 1, 5 * 2**30)
    assert s3_limits({}) == PartLimits(1000, 5 * 2**20, 5 * 2**30)


def test_what_is_no_object_tells_nothing() -> None:
    assert parse_info(b"<html>") == parse_info(b"[1]") == {}


@pytest.mark.parametrize(
    ("version", "header"),
    [("2.36.0", SHA256_HEADER), ("3.0.1.dev7", SHA256_HEADER), ("2.35.9", ""), (None, "")],
)
def test_sums_are_sent_only_to_a_store_that_is_known_to_verify_them(
    version: str | None, header: str
) -> None:
    assert s3_limits({"swift": {"version": version}}).sha256_header == header
    assert native_limits({"swift": {"version": version}}).sha256_header == ""


@pytest.mark.parametrize(
    ("formpost", "is_taken"),
    [({"allowed_digests": ["sha256", "sha512"]}, True), ({"allowed_digests": ["sha1"]}, False),
     ({}, False)],
)  # fmt: skip
def test_forms_are_signed_only_where_sha_256_is_known(
    formpost: dict[str, list[str]], is_taken: bool
) -> None:
    assert takes_forms({"formpost": formpost}) is is_taken
    assert takes_forms({}) is False


def test_the_default_policy_comes_first() -> None:
    told = [{"name": "cheap"}, {"name": "standard", "default": True}, {"name": "fast"}]
    assert policy_names({"swift": {"policies": told}}) == ["standard", "cheap", "fast"]
    assert policy_names({}) == []
