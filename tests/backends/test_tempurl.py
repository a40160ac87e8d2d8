"""Our TempURLs against the ones that python-swiftclient makes."""

from urllib.parse import parse_qs, urlsplit

from swiftclient.utils import generate_temp_url

from backends.tempurl import derived_key, temp_url

PATH = "/v1/AUTH_demo/contract/uploads/1"
BASE = "https://store.uni.example/v1/AUTH_demo"


def test_the_signature_is_the_one_that_swiftclient_computes() -> None:
    ours = temp_url("PUT", BASE, PATH, key="k3y", expires_at=4_000_000_000)
    theirs = generate_temp_url(PATH, 4_000_000_000, "k3y", "PUT", absolute=True, digest="sha256")
    assert urlsplit(ours).path == PATH
    assert parse_qs(urlsplit(ours).query) == parse_qs(urlsplit(theirs).query)


def test_a_gateway_may_serve_the_account_elsewhere() -> None:
    url = temp_url("GET", "https://uni.example/store/", PATH, key="k3y", expires_at=1)
    assert url.startswith("https://uni.example/store/contract/uploads/1?temp_url_sig=")


def test_names_are_quoted_in_the_address() -> None:
    odd = "/v1/AUTH_demo/contract/größe & 1?.txt"
    url = temp_url("GET", BASE, odd, key="k3y", expires_at=1, filename="a b&c.txt")
    assert urlsplit(url).path == "/v1/AUTH_demo/contract/gr%C3%B6%C3%9Fe%20%26%201%3F.txt"
    assert parse_qs(urlsplit(url).query)["filename"] == ["a b&c.txt"]


def test_every_host_derives_the_same_key_and_none_shows_the_secret() -> None:
    key = derived_key("s3cret", "contract")
    assert key == derived_key("s3cret", "contract")
    assert key not in (derived_key("s3cret", "other"), derived_key("0ther", "contract"))
    assert "s3cret" not in key
