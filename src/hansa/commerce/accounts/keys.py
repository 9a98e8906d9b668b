"""Keys to the API of a merchant or a platform: narrowed to scopes, a time and networks, shown once.

A key acts as the person who made it, with no more than the one role that it was made for: who loses the
role leaves keys behind that open nothing.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from hansa.commerce.accounts import services
from hansa.commerce.accounts.access import OFFERED, Scope
from hansa.commerce.accounts.models import ApiToken
from hansa.commerce.accounts.policy import Actor, Held, Permission, Role
from hansa.kernel.errors import Forbidden, InvalidInput, NotFound, Refused

LONGEST_LIFE = timedelta(days=366)
MOST_KEYS = 50
MOST_NETWORKS = 20
TOLD_EVERY = timedelta(minutes=1)  # a key that is used all the time is written down once a minute


class TooManyKeys(Refused):
    """A desk keeps a number of keys that somebody can look through."""

    code = "too_many_keys"


class KeyNotFromHere(Forbidden):
    """The key is for calls from other addresses."""

    code = "key_not_from_here"


@dataclass(frozen=True)
class Wish:
    """What a new key shall be good for."""

    name: str
    scopes: Sequence[str]
    expires_at: datetime
    networks: Sequence[str] = ()


@dataclass(frozen=True)
class MadeKey:
    """A new key with its secret, which nobody can read again."""

    key: ApiToken
    secret: str


@transaction.atomic
def make_key(*, actor: Actor, desk: Held, wish: Wish, now: datetime, has_second_factor: bool) -> MadeKey:
    """Make a key for a merchant's or an operator's desk.

    Refuses who does not run the desk, scopes that a desk of this kind does not offer, more than a year,
    networks that are none, and the 51st key that is alive.
    """
    _require(actor, desk)
    assert actor.user_id is not None  # roles are held by people
    alive = keys_of(desk).filter(revoked_at__isnull=True, expires_at__gt=now)
    list(alive.select_for_update(of=("self",)))  # two people who make the last one wait for each other
    if alive.count() >= MOST_KEYS:
        raise TooManyKeys(f"a desk keeps {MOST_KEYS} keys; revoke one first")
    secret = services.new_secret()
    key = ApiToken.objects.create(
        user_id=actor.user_id,
        name=services.checked_name(wish.name),
        digest=services.digest_of(secret),
        prefix=services.prefix_of(secret),
        scopes=_checked_scopes(wish.scopes, desk),
        networks=_checked_networks(wish.networks),
        merchant_id=desk.merchant_id,
        platform_id=desk.platform_id,
        created_at=now,
        expires_at=_checked_end(wish.expires_at, now),
        has_second_factor=has_second_factor,
    )
    return MadeKey(key, secret)


@transaction.atomic
def revoke_key(*, actor: Actor, desk: Held, key_id: int, now: datetime) -> ApiToken:
    """Take a key of the desk back; it stops working at once. Again changes nothing."""
    _require(actor, desk)
    key = keys_of(desk).filter(pk=key_id).first()
    if key is None:
        raise NotFound(f"there is no key {key_id} here")
    if ApiToken.objects.filter(pk=key_id, revoked_at__isnull=True).update(revoked_at=now):
        key.revoked_at = now
    return key


def keys_of(desk: Held) -> QuerySet[ApiToken]:
    """Every key of a desk, newest first, with who made it."""
    if desk.merchant_id is not None:
        found = ApiToken.objects.filter(merchant_id=desk.merchant_id)
    else:
        found = ApiToken.objects.filter(platform_id=desk.platform_id)
    return found.select_related("user").order_by("-pk")


def narrowed(actor: Actor, token: ApiToken) -> Actor:
    """The person of a token with no more than the token was made for."""
    scopes = None if token.scopes is None else frozenset(token.scopes)
    if token.merchant_id is None and token.platform_id is None:
        return replace(actor, scopes=scopes)
    if token.merchant_id is not None:
        roles = {held for held in actor.roles if held.merchant_id == token.merchant_id}
    else:
        roles = {held for held in actor.roles if held == Held(Role.OPERATOR, token.platform_id, None)}
    return replace(actor, roles=frozenset(roles), scopes=scopes)


def note_use(token: ApiToken, *, address: str, now: datetime) -> None:
    """Write down that a key is used. Refuses a call from a network that the key does not name."""
    if token.networks and not any(_is_in(address, network) for network in token.networks):
        raise KeyNotFromHere(f"this key is not for calls from {address}")
    if token.last_used_at is None or now - token.last_used_at > TOLD_EVERY:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - TOLD_EVERY)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)


def _require(actor: Actor, desk: Held) -> None:
    if actor.scopes is not None:
        raise Forbidden("a narrowed key makes and takes no keys")
    if desk.role is Role.MERCHANT:
        actor.require(Permission.RUN_MERCHANT, merchant_id=desk.merchant_id)
    else:
        actor.require(Permission.RUN_PLATFORM, platform_id=desk.platform_id)


def _checked_scopes(scopes: Sequence[str], desk: Held) -> list[str]:
    offered = OFFERED[desk.role]
    odd = sorted(set(scopes) - set(offered))
    if odd or not scopes:
        raise InvalidInput(
            f"a key of this desk needs some of the scopes {', '.join(offered)}, not {', '.join(odd) or 'none'}"
        )
    return sorted(Scope(each).value for each in set(scopes))


def _checked_networks(networks: Sequence[str]) -> list[str]:
    if len(networks) > MOST_NETWORKS:
        raise InvalidInput(f"a key names at most {MOST_NETWORKS} networks")
    found = []
    for each in networks:
        try:
            found.append(str(ipaddress.ip_network(each.strip())))
        except ValueError as error:
            raise InvalidInput(f"{each[:60]!r} is no network such as 192.0.2.0/24") from error
    return found


def _checked_end(expires_at: datetime, now: datetime) -> datetime:
    if not now < expires_at <= now + LONGEST_LIFE:
        raise InvalidInput(f"a key is good for at most {LONGEST_LIFE.days} days")
    return expires_at


def _is_in(address: str, network: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found) in ipaddress.ip_network(network)
