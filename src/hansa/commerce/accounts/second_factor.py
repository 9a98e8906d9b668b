"""Whose roles count only with a second factor, and whether a session has shown one.

Without it a person is a shopper like any other: the roles are not refused at each door, they are not there.
"""

from __future__ import annotations

from dataclasses import replace

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest

from hansa.commerce.accounts import selectors
from hansa.commerce.accounts.models import ApiToken, User
from hansa.commerce.accounts.policy import Actor

STAFF = "staff"


def actor_in(request: HttpRequest, user: User) -> Actor:
    """The signed-in person, with their roles only where this session may use them."""
    actor = selectors.actor_of(user)
    return without_roles(actor) if is_missing(request, user, actor) else actor


def actor_with(token: ApiToken) -> Actor:
    """The person of a key, with their roles only where it was made with a second factor or needs none."""
    actor = selectors.actor_of(token.user)
    needs = is_required(token.user, actor) and not token.has_second_factor
    return without_roles(actor) if needs else actor


def is_missing(request: HttpRequest, user: User, actor: Actor | None = None) -> bool:
    """Say whether this person has to show a second factor and this session has not."""
    return is_required(user, actor or selectors.actor_of(user)) and not is_shown(request, user)


def is_required(user: User, actor: Actor) -> bool:
    """Say whether the person's roles need a second factor (`SECOND_FACTOR_FOR`); the demo's one-click people do not."""
    if settings.DEMO_LOGINS and user.is_demo:
        return False
    held = {role.role.value for role in actor.roles} | ({STAFF} if user.is_staff else set())
    return bool(held & settings.SECOND_FACTOR_FOR)


def is_shown(request: HttpRequest, user: User) -> bool:
    """Say whether a code, a passkey or a recovery code was given in this session."""
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, user))


def has_one(user: User) -> bool:
    """Say whether an authenticator or a passkey is set up."""
    return bool(
        Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES).exists()
    )


def without_roles(actor: Actor) -> Actor:
    """The same person as a shopper."""
    return replace(actor, roles=frozenset())
