"""The API's doors to people, and how a caller of the API is known: by a session or by a token."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema, Status
from ninja.security import APIKeyCookie, APIKeyHeader, HttpBearer

from hansa.commerce.accounts import access, consents, guests, proving, second_factor, selectors, services
from hansa.commerce.accounts.access import Audience
from hansa.commerce.accounts.models import Platform, User
from hansa.commerce.accounts.policy import Actor, Permission
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
        found = selectors.find_live_token(services.digest_of(token))
        if found is None:
            return None
        return access.admit(request, second_factor.actor_with(found), caller=f"key {found.pk}")


class SessionAuth(APIKeyCookie):
    """The cookie of the pages, with their CSRF token on everything that writes."""

    param_name = "sessionid"

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        if not isinstance(request.user, User):
            return None
        actor = second_factor.actor_in(request, request.user)
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
    username: str
    password: str
    code: str = ""
    name: str = "API"


class TokenOut(Schema):
    token: str


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
        user=person.user, name=body.name, now=system_clock(), has_second_factor=person.has_second_factor
    )
    return Status(201, {"token": token})


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


def _get_user(actor: Actor, user_id: int | None) -> User:
    user = selectors.find_user(user_id or 0)
    may_see = user is not None and (
        user.pk == actor.user_id or actor.may(Permission.SEE_PLATFORM, platform_id=user.home_platform_id)
    )
    if user is None or not may_see:
        raise NotFound(f"there is no user {user_id} that you may see")
    return user


def _platform(actor: Actor, code: str) -> Platform:
    if code:
        return selectors.get_platform(code)
    user = selectors.find_user(actor.user_id or 0)
    found = user.home_platform if user and user.home_platform else selectors.platforms().first()
    if found is None:
        raise InvalidInput("there is no platform yet")
    return found
