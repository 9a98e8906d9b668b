"""Changing what we know of people, and giving out keys to the API."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.contrib.auth import authenticate
from django.db import transaction

from hansa.commerce.accounts.models import ApiToken, User
from hansa.kernel import ids
from hansa.kernel.errors import Forbidden, InvalidInput

TOKEN_PREFIX = "hansa_"  # noqa: S105 - lets a scanner find a key that got out


@transaction.atomic
def set_consent(*, user_id: int, agrees: bool) -> None:
    """Remember whether a person's acts may shape what they are shown."""
    User.objects.filter(pk=user_id).update(consents_to_personalisation=agrees)


@transaction.atomic
def issue_token(*, user: User, name: str, now: datetime) -> str:
    """Make a key to the API and answer it; it cannot be read again."""
    if not name.strip() or len(name) > 60:
        raise InvalidInput("a token's name has 1 to 60 characters")
    secret = TOKEN_PREFIX + ids.token(bytes_of_entropy=32)
    ApiToken.objects.create(user=user, name=name.strip(), digest=digest_of(secret), created_at=now)
    return secret


def issue_token_for_password(*, username: str, password: str, name: str, now: datetime) -> str:
    """Make a key for somebody who knows the password. A wrong name and a wrong password look the same."""
    user = authenticate(username=username, password=password)
    if not isinstance(user, User):
        raise Forbidden("the name and the password do not match")
    return issue_token(user=user, name=name, now=now)


@transaction.atomic
def revoke_token(*, user_id: int, token_id: int, now: datetime) -> None:
    """Take a key back; it stops working at once."""
    ApiToken.objects.filter(pk=token_id, user_id=user_id, revoked_at__isnull=True).update(revoked_at=now)


def digest_of(secret: str) -> str:
    """The form in which a key is kept. It is random enough that a plain hash cannot be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()
