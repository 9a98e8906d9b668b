"""For whom an operation of the API is: its audience, what a caller must be allowed, and how often they may call.

The declarations stand in one table, `config/access.py`; an operation without one is refused to everybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from allauth.account.adapter import get_adapter
from django.http import HttpRequest

from hansa.commerce.accounts.policy import Actor, Permission, Role
from hansa.foundation.rate_limits import API, OPEN, Limit
from hansa.kernel.errors import Forbidden


class Audience(StrEnum):
    """Whose part of the API an operation belongs to."""

    STORE = "store"
    MERCHANT = "merchant"
    ADMIN = "admin"


class Scope(StrEnum):
    """What a key may be used for. It narrows what its owner may do, and never widens it."""

    ACCOUNT_READ = "account:read"
    ACCOUNT_WRITE = "account:write"
    ANALYTICS_READ = "analytics:read"
    CART_WRITE = "cart:write"
    MERCHANTS_READ = "merchants:read"
    MERCHANTS_WRITE = "merchants:write"
    MONEY_READ = "money:read"
    MONEY_WRITE = "money:write"
    OPINIONS_WRITE = "opinions:write"
    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    PLANNING_READ = "planning:read"
    PLANNING_WRITE = "planning:write"
    PLATFORM_READ = "platform:read"
    PLATFORM_WRITE = "platform:write"
    PRODUCTS_READ = "products:read"
    PRODUCTS_WRITE = "products:write"
    PROMOTIONS_READ = "promotions:read"
    PROMOTIONS_WRITE = "promotions:write"
    PURCHASES_READ = "purchases:read"
    PURCHASES_WRITE = "purchases:write"
    REVIEWS_READ = "reviews:read"
    REVIEWS_WRITE = "reviews:write"
    STOCK_READ = "stock:read"
    STOCK_WRITE = "stock:write"
    USERS_READ = "users:read"
    USERS_WRITE = "users:write"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"


# What a key of a desk may be narrowed to: nothing of the shopper that its maker is as well.
OFFERED: dict[Role, tuple[Scope, ...]] = {
    Role.MERCHANT: (
        Scope.ANALYTICS_READ,
        Scope.MONEY_READ,
        Scope.ORDERS_READ,
        Scope.ORDERS_WRITE,
        Scope.PLANNING_READ,
        Scope.PLANNING_WRITE,
        Scope.PRODUCTS_READ,
        Scope.PRODUCTS_WRITE,
        Scope.PROMOTIONS_READ,
        Scope.PROMOTIONS_WRITE,
        Scope.REVIEWS_READ,
        Scope.REVIEWS_WRITE,
        Scope.STOCK_READ,
        Scope.STOCK_WRITE,
        Scope.WEBHOOKS_READ,
        Scope.WEBHOOKS_WRITE,
    ),
    Role.OPERATOR: (
        Scope.ANALYTICS_READ,
        Scope.MERCHANTS_READ,
        Scope.MERCHANTS_WRITE,
        Scope.MONEY_READ,
        Scope.MONEY_WRITE,
        Scope.ORDERS_READ,
        Scope.ORDERS_WRITE,
        Scope.PLANNING_READ,
        Scope.PLANNING_WRITE,
        Scope.PLATFORM_READ,
        Scope.PLATFORM_WRITE,
        Scope.PRODUCTS_READ,
        Scope.PRODUCTS_WRITE,
        Scope.PROMOTIONS_READ,
        Scope.PROMOTIONS_WRITE,
        Scope.REVIEWS_READ,
        Scope.REVIEWS_WRITE,
        Scope.USERS_READ,
        Scope.USERS_WRITE,
        Scope.WEBHOOKS_READ,
        Scope.WEBHOOKS_WRITE,
    ),
}


@dataclass(frozen=True)
class Access:
    """The declaration of one operation. Without a scope it is for callers whose key is not narrowed.

    ``permission`` is asked for at the platform or merchant that the call names, by `api.inside`; where it
    names a row instead, the service that finds the row asks again.
    """

    audience: Audience
    scope: Scope | None = None
    permission: Permission | None = None
    is_open: bool = False
    has_etag: bool = False
    limit: Limit = API


class ScopeMissing(Forbidden):
    """The key was not made for this."""

    code = "scope_missing"


class UndeclaredOperation(Forbidden):
    """Nobody has said for whom this operation is."""

    code = "undeclared_operation"


def declared(request: HttpRequest) -> Access:
    """What the table says of the operation that is called."""
    found: Access | None = getattr(request, "access", None)
    if found is None:
        raise UndeclaredOperation("this operation is not declared in config/access.py, so nobody may call it")
    return found


def admit(request: HttpRequest, actor: Actor, *, caller: str) -> Actor:
    """Let a known caller in.

    Refuses with TooManyCalls, with ScopeMissing, and who holds no role that could allow the operation.
    """
    access = declared(request)
    access.limit.charge(request, caller)
    if actor.scopes is not None and access.scope not in actor.scopes:
        wanted = access.scope or "no scope at all"
        raise ScopeMissing(f"this operation needs a key with {wanted}", details={"scope": access.scope})
    if access.permission is not None and not actor.holds(access.permission):
        raise Forbidden(f"{actor.name} may not {access.permission.value.replace('_', ' ')} anywhere")
    return actor


def admit_nameless(request: HttpRequest) -> None:
    """Count a call of an operation that asks nobody's name, by its address."""
    access = declared(request)
    (OPEN if access.limit is API else access.limit).charge(request, address_of(request))


def address_of(request: HttpRequest) -> str:
    """The address that a call comes from, past the proxies that are trusted."""
    return str(get_adapter(request).get_client_ip(request))
