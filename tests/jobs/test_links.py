"""Tokens: found by their SHA-256, named again for a letter, useless to whoever steals one half."""

from typing import Any

import pytest
from django.test import Client

from jobs import links
from jobs.models import Job


def test_a_token_is_long_and_its_nonce_alone_does_not_tell_it() -> None:
    nonce = links.new_nonce()
    assert len(links.token_for(nonce)) == 43
    assert links.token_for(nonce) == links.token_for(nonce)
    assert nonce not in links.token_for(nonce)


def test_another_secret_key_makes_another_token(settings: Any) -> None:
    nonce = links.new_nonce()
    before = links.token_for(nonce)
    settings.SECRET_KEY = "another" * 10
    assert links.token_for(nonce) != before


@pytest.mark.django_db
def test_a_new_secret_key_leaves_links_alive_and_nameable(
    settings: Any, client: Client, job: Job
) -> None:
    old_key, token = settings.SECRET_KEY, job.status_token
    settings.SECRET_KEY = "another" * 10
    assert client.get(f"/j/{token}/").status_code == 200
    assert job.status_token != token
    settings.SECRET_KEY_FALLBACKS = [old_key]
    assert job.status_token == token
