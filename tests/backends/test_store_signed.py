"""The contract of signed requests: what whoever holds one may do, and nothing else."""

from urllib.parse import quote

import pytest

from backends.base import SignedRequest
from tests.backends.store_bench import StoreBench, eventually, parts_of, read_all


def test_signed_requests_need_no_header(bench: StoreBench, name: str) -> None:
    key = bench.store.begin_parts(name)
    signed = [
        *bench.store.sign_parts(name, key, [1, 2], expires_s=60).values(),
        bench.store.sign_get(name, expires_s=60, filename="a.txt"),
        bench.store.sign_put(name, expires_s=60),
    ]
    assert [dict(request.headers) for request in signed] == [{}] * 4
    bench.store.abort_parts(name, key)


def test_whoever_holds_a_signed_put_may_store_that_object(bench: StoreBench, name: str) -> None:
    bench.send(bench.store.sign_put(name, expires_s=60), b"from a node")
    assert read_all(bench.store, name) == b"from a node"


def test_whoever_holds_a_signed_get_may_read_that_object(bench: StoreBench, name: str) -> None:
    contents = parts_of(bench)
    bench.make(name, contents)
    signed = bench.store.sign_get(name, expires_s=60, filename="a result.txt")
    assert bench.send(signed) == b"".join(contents)


def test_a_signed_get_of_nothing_finds_nothing(bench: StoreBench, name: str) -> None:
    with pytest.raises(FileNotFoundError):
        bench.send(bench.store.sign_get(name, expires_s=60))


def test_a_signed_request_for_one_name_does_not_fit_another(bench: StoreBench, name: str) -> None:
    bench.store.write(f"{name}-of-ada", b"private")
    for signed in (
        bench.store.sign_get(name, expires_s=60),
        bench.store.sign_put(name, expires_s=60),
    ):
        stolen = signed.url.replace(quote(name), quote(f"{name}-of-ada"))
        assert stolen != signed.url
        with pytest.raises(PermissionError):
            bench.send(SignedRequest(signed.method, stolen), b"eve")
    assert read_all(bench.store, f"{name}-of-ada") == b"private"


def test_a_signed_get_does_not_let_anybody_write(bench: StoreBench, name: str) -> None:
    bench.store.write(name, b"as it was")
    signed = bench.store.sign_get(name, expires_s=60)
    with pytest.raises(PermissionError):
        bench.send(SignedRequest("PUT", signed.url), b"eve")
    assert read_all(bench.store, name) == b"as it was"


def test_a_signed_request_with_a_changed_signature_is_refused(bench: StoreBench, name: str) -> None:
    bench.store.write(name, b"private")
    url = bench.store.sign_get(name, expires_s=60).url
    at = url.lower().index("sig")
    digit = next(i for i in range(url.index("=", at) + 1, len(url)) if url[i] in "0123456789")
    forged = url[:digit] + ("1" if url[digit] == "0" else "0") + url[digit + 1 :]
    with pytest.raises(PermissionError):
        bench.send(SignedRequest("GET", forged))


def test_a_signed_request_expires(bench: StoreBench, name: str) -> None:
    bench.store.write(name, b"soon out of reach")
    signed = bench.store.sign_get(name, expires_s=1)

    def is_refused() -> bool:
        try:
            bench.send(signed)
        except PermissionError:
            return True
        return False

    assert eventually(is_refused)


def test_a_part_cannot_be_sent_with_a_signature_for_another_number(
    bench: StoreBench, name: str
) -> None:
    key = bench.store.begin_parts(name)
    signed = bench.store.sign_parts(name, key, [1, 2], expires_s=60)
    forged = exchange_signature(signed[2].url, signed[1].url)
    with pytest.raises(PermissionError):
        bench.send(SignedRequest("PUT", forged), b"eve")
    bench.store.abort_parts(name, key)


def exchange_signature(url: str, other: str) -> str:
    marker = next(m for m in ("temp_url_sig=", "X-Amz-Signature=", "signature=") if m in url)
    mine, theirs = (u.split(marker)[1].split("&")[0] for u in (url, other))
    assert mine != theirs
    return url.replace(mine, theirs)
