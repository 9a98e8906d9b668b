"""The doors of the pages: who comes in, to which platform, and inside which tenant's wall.

A door finds the platform, the actor and the time, checks the permission, and opens the tenant scope; the
view behind it makes its calls and renders. A view that must not run inside a transaction says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse

from hansa.commerce.accounts import second_factor
from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts.models import Platform, User
from hansa.commerce.accounts.policy import Actor, Permission
from hansa.foundation import tenancy
from hansa.kernel.clock import system_clock

Arguments = ParamSpec("Arguments")


@dataclass(frozen=True)
class Visit:
    """What a view is told: the platform it stands in, who looks, and when."""

    platform: Platform
    actor: Actor
    now: datetime


@dataclass(frozen=True)
class AllianceVisit:
    """What a view of the whole alliance is told."""

    actor: Actor
    now: datetime


View = Callable[Concatenate[HttpRequest, Visit, Arguments], HttpResponse]
Page = Callable[..., HttpResponse]


def actor_of(request: HttpRequest) -> Actor:
    """The signed-in person with their roles, or the visitor of this session; who only looks needs none."""
    if isinstance(request.user, User):
        return second_factor.actor_in(request, request.user)
    if not request.session.session_key and request.method in {"GET", "HEAD"}:
        return accounts.NEWCOMER
    if not request.session.session_key:
        request.session["since"] = system_clock().isoformat()
        request.session.save()
    return accounts.visitor(str(request.session.session_key))


def shop_page(view: View[Arguments]) -> Page:
    """Open a page of a platform's shop to everybody."""

    @wraps(view)
    def page(request: HttpRequest, platform: str, *args: Any, **kwargs: Any) -> HttpResponse:
        visit = _visit(request, platform)
        with tenancy.as_platform(visit.platform.pk):
            return view(request, visit, *args, **kwargs)

    return page


def phased_shop_page(view: View[Arguments]) -> Page:
    """Open a page that talks to the outside: it opens the platform's walls itself, phase by phase."""

    @wraps(view)
    def page(request: HttpRequest, platform: str, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, _visit(request, platform), *args, **kwargs)

    return page


def platform_page(permission: Permission) -> Callable[[View[Arguments]], Page]:
    """Open a page of a platform to those who hold the permission there."""

    def door(inner: View[Arguments]) -> Page:
        @wraps(inner)
        def page(request: HttpRequest, platform: str, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            visit = _visit(request, platform)
            visit.actor.require(permission, platform_id=visit.platform.pk)
            with tenancy.as_platform(visit.platform.pk):
                return inner(request, visit, *args, **kwargs)

        return page

    return door


def phased_platform_page(permission: Permission) -> Callable[[View[Arguments]], Page]:
    """Open a page to those who hold the permission at the platform; it opens the walls itself, phase by phase.

    For views that compute for seconds: no transaction is open while they do.
    """

    def door(inner: View[Arguments]) -> Page:
        @wraps(inner)
        def page(request: HttpRequest, platform: str, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            visit = _visit(request, platform)
            visit.actor.require(permission, platform_id=visit.platform.pk)
            return inner(request, visit, *args, **kwargs)

        return page

    return door


def merchant_page(permission: Permission) -> Callable[[View[Arguments]], Page]:
    """Open a page of one merchant on one platform to those who work for the merchant.

    The view gets the merchant's id as its third argument.
    """

    def door(inner: View[Arguments]) -> Page:
        @wraps(inner)
        def page(
            request: HttpRequest, platform: str, merchant_id: int, *args: Any, **kwargs: Any
        ) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            visit = _visit(request, platform)
            visit.actor.require(permission, merchant_id=merchant_id)
            with tenancy.as_platform(visit.platform.pk):
                return inner(request, visit, merchant_id, *args, **kwargs)  # type: ignore[arg-type]  # Concatenate cannot say "then an int"

        return page

    return door


def alliance_page(permission: Permission) -> Callable[[Callable[..., HttpResponse]], Page]:
    """Open a page of the whole alliance to the steward; it sees the rows of every platform."""

    def door(inner: Callable[..., HttpResponse]) -> Page:
        @wraps(inner)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            visit = AllianceVisit(actor_of(request), system_clock())
            visit.actor.require(permission)
            with tenancy.as_alliance():
                return inner(request, visit, *args, **kwargs)

        return page

    return door


def _visit(request: HttpRequest, platform: str) -> Visit:
    return Visit(accounts.get_platform(platform), actor_of(request), system_clock())
