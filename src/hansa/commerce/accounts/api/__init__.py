"""The API's doors to people, and how a caller of the API is known: by a session or by a token."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status
from ninja.security import APIKeyCookie, APIKeyHeader, HttpBearer

from hansa.commerce.accounts import (
    access,
    consents,
    guests,
    keys,
    proving,
    second_factor,
    selectors,
    services,
)
from hansa.commerce.accounts.access import Audience, Scope
from hansa.commerce.accounts.models import ApiToken, Platform, User
from hansa.commerce.accounts.policy import Actor, Held, Permission, Role
from hansa.foundation import tenancy
from hansa.foundation.paging import newest_first
from hansa.foundation.rate_limits import STRANGERS
from hansa.kernel.clock import system_clock
from hansa.kernel.errors import InvalidInput, NotFound

router = Router(tags=["users"])


class TokenAuth(HttpBearer):
    """`Authorization: Bearer hansa_…`."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        STRANGERS.charge(request, access.address_of(request), cost=0)
        now = system_clock()
        found = selectors.find_live_token(services.digest_of(token), now=now)
        if found is None:
            return None
        request.has_second_factor = found.has_second_factor  # type: ignore[attr-defined]  # for keys made with it
        actor = keys.narrowed(second_factor.actor_with(found), found)
        access.admit(request, actor, caller=f"key {found.pk}")
        keys.note_use(found, address=access.address_of(request), now=now)
        return actor


class SessionAuth(APIKeyCookie):
    """The cookie of the pages, with their CSRF token on everything that writes."""

    param_name = "sessionid"

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        if not isinstance(request.user, User):
            return None
        actor = second_factor.actor_in(request, request.user)
        request.has_second_factor = second_factor.is_shown(request, request.user)  # type: ignore[attr-defined]  # as above
        return access.admit(request, actor, caller=actor.visitor)


class GuestAuth(APIKeyHeader):
    """A visitor without a name, by the `Cart-Token` that `POST /carts/` gave; only where the shop serves guests."""

    param_name = "Cart-Token"

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        guest = guests.guest_of(key) if key else None
        return access.admit(request, guest, caller=guest.visitor) if guest else None


ANYBODY = [TokenAuth(), GuestAuth(), SessionAuth()]  # the session last: it insists on the CSRF token


@dataclass(frozen=True)
class Call:
    """A call of the API inside one platform's walls."""

    platform: Platform
    actor: Actor
    now: datetime


@contextmanager
def inside(request: HttpRequest, code: str, *, merchant_id: int | None = None) -> Iterator[Call]:
    """Open a platform's walls for a call. Without a code: the caller's home, else the first platform.

    Refuses who lacks the permission that the operation declares, at this platform or for this merchant.
    """
    call = outside(request, code, merchant_id=merchant_id)
    with tenancy.as_platform(call.platform.pk):
        yield call


def outside(request: HttpRequest, code: str, *, merchant_id: int | None = None) -> Call:
    """The same call with no transaction open, for what talks to the outside."""
    actor: Actor = request.auth  # type: ignore[attr-defined]  # ninja puts it there
    call = Call(_platform(actor, code), actor, system_clock())
    asked = access.declared(request)
    if asked.permission is not None and (asked.audience is Audience.ADMIN or merchant_id is not None):
        actor.require(asked.permission, platform_id=call.platform.pk, merchant_id=merchant_id)
    return call


class PlatformOut(Schema):
    code: str
    name: str
    name_zh: str
    currency: str


class UserOut(Schema):
    id: int
    name: str
    language: str
    home_platform: str | None = None
    consents_to_personalisation: bool

    @staticmethod
    def resolve_name(user: User) -> str:
        return str(user)

    @staticmethod
    def resolve_home_platform(user: User) -> str | None:
        return user.home_platform.code if user.home_platform else None


class UserPage(Schema):
    items: list[UserOut]
    next_cursor: str


class TokenIn(Schema):
    """``code`` is of the second factor; ``scopes`` narrow the token, without them it may do all that its person may."""

    username: str
    password: str
    code: str = ""
    name: str = "API"
    scopes: list[Scope] | None = None


class TokenOut(Schema):
    token: str


class KeptTokenOut(Schema):
    """Without ``scopes`` the token may do all that its person may."""

    id: int
    name: str
    prefix: str
    scopes: list[str] | None
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class KeptTokenPage(Schema):
    items: list[KeptTokenOut]
    next_cursor: str


class KeyIn(Schema):
    """``scopes`` narrow what the key may do; ``networks`` such as 192.0.2.0/24 say from where, empty: everywhere."""

    name: str
    scopes: list[str]
    expires_in_days: int = Field(default=90, ge=1, le=keys.LONGEST_LIFE.days)
    networks: list[str] = Field(default_factory=list)


class KeyOut(Schema):
    id: int
    name: str
    prefix: str
    made_by: str
    scopes: list[str]
    networks: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None

    @staticmethod
    def resolve_made_by(key: ApiToken) -> str:
        return str(key.user)


class KeyPage(Schema):
    items: list[KeyOut]
    next_cursor: str


class MadeKeyOut(Schema):
    """``secret`` is shown this once."""

    secret: str
    key: KeyOut


class ConsentIn(Schema):
    consents_to_personalisation: bool


@router.get("/platforms/", response=list[PlatformOut], auth=None, tags=["platforms"])
def list_platforms(request: HttpRequest) -> list[Platform]:
    """Every platform of the alliance."""
    return list(selectors.platforms())


@router.post("/tokens/", response={201: TokenOut}, auth=None, tags=["tokens"])
def create_token(request: HttpRequest, body: TokenIn) -> Status[dict[str, str]]:
    """Make a token from a name and a password; it is shown once.

    Who has set up a second factor, or works for a merchant or a platform, gives a `code` of it too.
    """
    person = proving.person_with(request, login=body.username, password=body.password, code=body.code)
    token = services.issue_token(
        user=person.user,
        name=body.name,
        now=system_clock(),
        has_second_factor=person.has_second_factor,
        scopes=body.scopes,
    )
    return Status(201, {"token": token})


@router.get("/tokens/", response=KeptTokenPage, tags=["tokens"])
def list_tokens(request: HttpRequest, cursor: str = "", limit: int = 20) -> dict[str, object]:
    """One's own tokens, newest first, without their secrets; keys of desks are listed at the desks."""
    actor: Actor = request.auth  # type: ignore[attr-defined]  # ninja puts it there
    page = newest_first(selectors.tokens_of(actor), cursor=cursor, limit=limit)
    return {"items": page.rows, "next_cursor": page.next_cursor}


@router.delete("/tokens/{token_id}", response={204: None}, tags=["tokens"])
def revoke_token(request: HttpRequest, token_id: int) -> Status[None]:
    """Take one of one's own tokens back; it stops working at once."""
    actor: Actor = request.auth  # type: ignore[attr-defined]  # ninja puts it there
    services.revoke_token(actor=actor, token_id=token_id, now=system_clock())
    return Status(204, None)


@router.get("/users/me", response=UserOut)
def get_me(request: HttpRequest) -> User:
    """The caller."""
    return _get_user(request.auth, request.auth.user_id)  # type: ignore[attr-defined]  # ninja puts it there


@router.get("/users/", response=UserPage)
def list_users(
    request: HttpRequest, platform: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """The platform's shoppers."""
    with inside(request, platform) as call:
        users = selectors.shoppers_of(call.platform.pk)
        page = newest_first(users.select_related("home_platform"), cursor=cursor, limit=limit)
        return {"items": page.rows, "next_cursor": page.next_cursor}


@router.get("/users/{user_id}", response=UserOut)
def get_user(request: HttpRequest, user_id: int) -> User:
    """One person: the caller, or a shopper of a platform that the caller runs."""
    return _get_user(request.auth, user_id)  # type: ignore[attr-defined]  # ninja puts it there


@router.patch("/users/me", response=UserOut)
def change_me(request: HttpRequest, body: ConsentIn) -> User:
    """Give or withdraw the consent to personalisation."""
    actor: Actor = request.auth  # type: ignore[attr-defined]  # ninja puts it there
    if actor.user_id is None:
        raise NotFound("there is no such person")
    consents.decide(
        user_id=actor.user_id,
        purpose=consents.PERSONALISATION,
        agrees=body.consents_to_personalisation,
        now=system_clock(),
    )
    return _get_user(actor, actor.user_id)


@router.get("/merchants/{merchant_id}/keys/", response=KeyPage, tags=["keys"])
def list_merchant_keys(
    request: HttpRequest, merchant_id: int, platform: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """Every key of the merchant, newest first, without its secret."""
    with inside(request, platform, merchant_id=merchant_id):
        return _keys(_desk_of(merchant_id), cursor, limit)


@router.post("/merchants/{merchant_id}/keys/", response={201: MadeKeyOut}, tags=["keys"])
def create_merchant_key(
    request: HttpRequest, merchant_id: int, body: KeyIn, platform: str = ""
) -> Status[keys.MadeKey]:
    """Make a key for the merchant; its secret is shown this once."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        return _make_key(request, call, _desk_of(merchant_id), body)


@router.delete("/merchants/{merchant_id}/keys/{key_id}", response=KeyOut, tags=["keys"])
def revoke_merchant_key(request: HttpRequest, merchant_id: int, key_id: int, platform: str = "") -> ApiToken:
    """Take a key of the merchant back; it stops working at once."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        return keys.revoke_key(actor=call.actor, desk=_desk_of(merchant_id), key_id=key_id, now=call.now)


@router.get("/keys/", response=KeyPage, tags=["keys"])
def list_platform_keys(
    request: HttpRequest, platform: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """Every key of the platform, newest first, without its secret."""
    with inside(request, platform) as call:
        return _keys(Held(Role.OPERATOR, call.platform.pk, None), cursor, limit)


@router.post("/keys/", response={201: MadeKeyOut}, tags=["keys"])
def create_platform_key(request: HttpRequest, body: KeyIn, platform: str = "") -> Status[keys.MadeKey]:
    """Make a key for the platform; its secret is shown this once."""
    with inside(request, platform) as call:
        return _make_key(request, call, Held(Role.OPERATOR, call.platform.pk, None), body)


@router.delete("/keys/{key_id}", response=KeyOut, tags=["keys"])
def revoke_platform_key(request: HttpRequest, key_id: int, platform: str = "") -> ApiToken:
    """Take a key of the platform back; it stops working at once."""
    with inside(request, platform) as call:
        desk = Held(Role.OPERATOR, call.platform.pk, None)
        return keys.revoke_key(actor=call.actor, desk=desk, key_id=key_id, now=call.now)


def _desk_of(merchant_id: int) -> Held:
    return Held(Role.MERCHANT, None, merchant_id)


def _keys(desk: Held, cursor: str, limit: int) -> dict[str, object]:
    page = newest_first(keys.keys_of(desk), cursor=cursor, limit=limit)
    return {"items": page.rows, "next_cursor": page.next_cursor}


def _make_key(request: HttpRequest, call: Call, desk: Held, body: KeyIn) -> Status[keys.MadeKey]:
    wish = keys.Wish(body.name, body.scopes, call.now + timedelta(days=body.expires_in_days), body.networks)
    shown: bool = request.has_second_factor  # type: ignore[attr-defined]  # put there by who let the caller in
    made = keys.make_key(actor=call.actor, desk=desk, wish=wish, now=call.now, has_second_factor=shown)
    return Status(201, made)


def _get_user(actor: Actor, user_id: int | None) -> User:
    user = selectors.find_user(user_id)
    may_see = user is not None and (
        user.pk == actor.user_id or actor.may(Permission.SEE_PLATFORM, platform_id=user.home_platform_id)
    )
    if user is None or not may_see:
        raise NotFound(f"there is no user {user_id} that you may see")
    return user


def _platform(actor: Actor, code: str) -> Platform:
    if code:
        return selectors.get_platform(code)
    home = selectors.home_of(actor.user_id)
    if home is not None:
        return selectors.platform_by_id(home)
    markets = selectors.markets() or tuple(selectors.platforms())  # the first may have joined just now
    if not markets:
        raise InvalidInput("there is no platform yet")
    return markets[0]
