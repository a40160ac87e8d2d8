"""Who wants a letter a week, and the signed address in it that ends this."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.core import signing

from jobs.models import DigestWish

SALT = "jobs.overview.wishes"


def may_wish(user: Any) -> bool:
    """There is somewhere to send it to, and something to tell."""
    return bool(user.is_active and user.is_staff and user.email and user.pipelines.exists())


def wishes(user: Any) -> bool:
    """She has asked for it."""
    return DigestWish.objects.filter(user=user).exists()


def set_wish(user: User, *, is_wanted: bool) -> None:
    """Ask for it, or for no more of it; can be repeated."""
    if is_wanted:
        DigestWish.objects.get_or_create(user=user)
    else:
        DigestWish.objects.filter(user=user).delete()


def stop_token(user: User) -> str:
    """Who has it may end this person's weekly letter, and nothing else."""
    return signing.Signer(salt=SALT).sign(str(user.pk))


def user_of(token: str) -> User:
    """Whose token it is; `User.DoesNotExist` for one that was not made here."""
    try:
        return User.objects.get(pk=signing.Signer(salt=SALT).unsign(token))
    except signing.BadSignature as error:
        raise User.DoesNotExist from error
