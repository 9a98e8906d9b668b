"""Whose roles count only with a second factor, and whether a session has shown one.

Without it a person is a shopper like any other: the roles are not refused at each door, they are not there.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest

from hansa.commerce.accounts import selectors
from hansa.commerce.accounts.models import ApiToken, Membership, User
from hansa.commerce.accounts.policy import AT_A_MERCHANT, Actor, Role
from hansa.kernel.clock import system_clock

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
    """Say whether the person's roles need a second factor now; the demo's one-click people do not.

    `SECOND_FACTOR_FOR` names the roles, `SECOND_FACTOR_GRACE_DAYS` says for how long new ones count without.
    """
    if settings.DEMO_LOGINS and user.is_demo:
        return False
    if user.is_staff and STAFF in settings.SECOND_FACTOR_FOR:
        return True
    needs = any(_word(held.role) in settings.SECOND_FACTOR_FOR for held in actor.roles)
    return needs and grace_until(user, now=system_clock()) is None


def grace_until(user: User, *, now: datetime) -> datetime | None:
    """Until when the roles of somebody without a second factor count; None where they do not, or need none.

    It runs from the first role that needs one, so that another role does not begin it anew.
    """
    days = timedelta(days=settings.SECOND_FACTOR_GRACE_DAYS)
    if not days or has_one(user):
        return None
    given = [
        since
        for role, since in Membership.objects.filter(user=user).values_list("role", "since")
        if _word(Role(role)) in settings.SECOND_FACTOR_FOR
    ]
    if not given or None in given:
        return None
    end = min(since for since in given if since is not None) + days
    return end if now < end else None


def _word(role: Role) -> str:
    """How the settings name a role: who works at a merchant's desk in whatever role is a merchant."""
    return Role.MERCHANT.value if role in AT_A_MERCHANT else role.value


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
