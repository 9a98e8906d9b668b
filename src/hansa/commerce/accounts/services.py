"""Changing what we know of people and what they may do, and giving out keys to the API."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from hansa.commerce.accounts import selectors
from hansa.commerce.accounts.access import Scope
from hansa.commerce.accounts.errors import (
    LastOfTheirRole,
    MerchantNotAtHome,
    PersonInactive,
    PersonUnknown,
    RoleMisplaced,
)
from hansa.commerce.accounts.models import ApiToken, Membership, RoleChange, User
from hansa.commerce.accounts.policy import AT_A_MERCHANT, SYSTEM, Actor, Held, Permission, Role
from hansa.kernel import ids
from hansa.kernel.errors import InvalidInput, NotFound

PREFIX_LENGTH = 12
TOKEN_PREFIX = "hansa_"  # noqa: S105 - lets a scanner find a key that got out


@transaction.atomic
def issue_token(
    *,
    user: User,
    name: str,
    now: datetime,
    has_second_factor: bool = False,
    scopes: Sequence[Scope] | None = None,
) -> str:
    """Make a key to the API and answer it; it cannot be read again.

    Roles that need a second factor count with it only where its maker had shown one. ``scopes`` narrow it.
    """
    secret = new_secret()
    ApiToken.objects.create(
        user=user,
        name=checked_name(name),
        digest=digest_of(secret),
        prefix=prefix_of(secret),
        created_at=now,
        has_second_factor=has_second_factor,
        scopes=None if scopes is None else sorted({scope.value for scope in scopes}),
    )
    return secret


@transaction.atomic
def revoke_token(*, actor: Actor, token_id: int, now: datetime) -> None:
    """Take one's own token back; it stops working at once. Again changes nothing; refuses another's."""
    own = selectors.tokens_of(actor).filter(pk=token_id)
    if not own.exists():
        raise NotFound(f"there is no token {token_id} of yours")
    own.filter(revoked_at__isnull=True).update(revoked_at=now)


@transaction.atomic
def open_account(*, username: str, password: str) -> User:
    """Make a person who can sign in; refuses a taken or odd name and a password that is easily guessed."""
    user = User(username=username)
    try:
        validate_password(password, user)
        user.set_password(password)
        user.full_clean()
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages)) from error
    user.save(force_insert=True)
    return user


@transaction.atomic
def grant_role(*, actor: Actor, user_id: int, role: Held, now: datetime) -> bool:
    """Give a person a role and log it; False when they hold it already, which changes and logs nothing.

    Refuses who may not give it, and somebody who cannot sign in. The doors ask those who do not work there yet:
    `invitations.give_or_offer`.
    """
    require_leave(actor, role)
    person = person_who_can_sign_in(user_id)
    _, is_new = Membership.objects.get_or_create(user=person, **columns_of(role), defaults={"since": now})
    if is_new:
        _log(actor, person, role, is_given=True, now=now)
    return is_new


def person_who_can_sign_in(user_id: int) -> User:
    """A person; refuses one that is not there, and one who cannot sign in."""
    person = _get_person(user_id)
    if not person.is_active:
        raise PersonInactive("this person cannot sign in; let them in again first")
    return person


@transaction.atomic
def revoke_role(*, actor: Actor, user_id: int, role: Held, now: datetime) -> bool:
    """Take a role from a person and log it; False when they do not hold it, which changes and logs nothing.

    Refuses who may not take it, and with LastOfTheirRole to leave a platform without an operator, the alliance
    without a steward or a merchant without an owner who can sign in, also when two are taken away at once. Only
    the operator at home, who closes merchants, takes away a merchant's last owner.
    """
    require_leave(actor, role)
    person = _get_person(user_id)
    # Two who take away at once wait for each other here, and the second counts who is left.
    held_by = Membership.objects.filter(**columns_of(role)).select_related("user").order_by("pk")
    holders = list(held_by.select_for_update(of=("self",)))
    own = next((held for held in holders if held.user_id == user_id), None)
    if own is None:
        return False
    others = [held for held in holders if held.user_id != user_id and held.user.is_active]
    if _needs_somebody(role, actor) and not others:
        raise LastOfTheirRole(
            f"{person.username} is the last {role.role} here; give the role to somebody else first"
        )
    own.delete()
    _log(actor, person, role, is_given=False, now=now)
    return True


@transaction.atomic
def change_role(*, actor: Actor, user_id: int, old: Held, new: Held, now: datetime) -> bool:
    """Give a person another role instead of one they hold; False when they do not hold it, which changes nothing.

    Refuses what `grant_role` and `revoke_role` refuse: a merchant's last owner stays the owner.
    """
    if not Membership.objects.filter(user_id=user_id, **columns_of(old)).exists():
        return False
    grant_role(actor=actor, user_id=user_id, role=new, now=now)
    return revoke_role(actor=actor, user_id=user_id, role=old, now=now)


def require_leave(actor: Actor, role: Held) -> None:
    """Refuse who may not give or take this role. Commands act as the system: who has the shell has the database."""
    match role:
        case Held(Role.OPERATOR | Role.DISPATCHER, int(), None):
            permission, home = Permission.GIVE_PLATFORM_ROLES, role.platform_id
        case Held(Role.MERCHANT | Role.CLERK, None, int(merchant_id)):
            # A merchant's role opens its desks on every platform, so only the home platform may give it.
            permission, home = Permission.GIVE_MERCHANT_ROLES, selectors.home_of_merchant(merchant_id)
        case Held(Role.STEWARD, None, None):
            permission, home = Permission.GIVE_ALLIANCE_ROLES, None
        case _:
            raise RoleMisplaced(
                "an operator and a dispatcher need a platform, a merchant's role needs a merchant, a steward neither"
            )
    if actor == SYSTEM or actor.may(permission, platform_id=home, merchant_id=role.merchant_id):
        return
    if role.role in AT_A_MERCHANT and actor.platform_ids(Role.OPERATOR):
        raise MerchantNotAtHome(
            "the merchant is at home on another platform: its own people or that operator do this"
        )
    actor.require(permission, platform_id=home, merchant_id=role.merchant_id)


def _needs_somebody(role: Held, actor: Actor) -> bool:
    """Say whether this role, there, must not be left without anybody by this actor."""
    if role.role is not Role.MERCHANT or role.merchant_id is None:
        return role.role in {Role.OPERATOR, Role.STEWARD}
    home = selectors.home_of_merchant(role.merchant_id)
    return not (actor == SYSTEM or actor.may(Permission.RUN_PLATFORM, platform_id=home))


def _get_person(user_id: int) -> User:
    person = selectors.find_user(user_id)
    if person is None:
        raise PersonUnknown(f"there is no person {user_id}")
    return person


def columns_of(role: Held) -> dict[str, Any]:
    """A role as the columns that keep it."""
    return {"role": role.role.value, "platform_id": role.platform_id, "merchant_id": role.merchant_id}


def _log(actor: Actor, person: User, role: Held, *, is_given: bool, now: datetime) -> None:
    RoleChange.objects.create(
        actor=actor.name,
        actor_id=actor.user_id,
        person=person.username,
        person_id=person.pk,
        **columns_of(role),
        is_given=is_given,
        at=now,
    )


def new_secret() -> str:
    """A key that nobody has."""
    return TOKEN_PREFIX + ids.token(bytes_of_entropy=32)


def prefix_of(secret: str) -> str:
    """The beginning of a key, by which its owner knows it again; too little to guess the rest."""
    return secret[:PREFIX_LENGTH]


def checked_name(name: str) -> str:
    """A key's name as it is kept; refuses none and one that is too long."""
    kept = name.strip().replace("\x00", "")
    if not 1 <= len(kept) <= 60:
        raise InvalidInput("a token's name has 1 to 60 characters")
    return kept


def digest_of(secret: str) -> str:
    """The form in which a key is kept. It is random enough that a plain hash cannot be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def rename(*, user_id: int, display_name: str) -> None:
    """Change the name that others see; refuses an empty one and more than 120 characters."""
    name = display_name.strip()
    if not name or len(name) > 120 or "\x00" in name:
        raise InvalidInput("a name has 1 to 120 characters")
    User.objects.filter(pk=user_id).update(display_name=name)
