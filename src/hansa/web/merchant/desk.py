"""The frame of every page of the merchant's desk, and its door: only who works for the merchant, only where it sells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.merchants import selectors as merchants
from hansa.commerce.merchants.models import Merchant
from hansa.commerce.planning import selectors as planning
from hansa.kernel.money import digits_of
from hansa.web.doors import Visit, merchant_page

Arguments = ParamSpec("Arguments")


@dataclass(frozen=True)
class Desk:
    """Who sits at which merchant's desk on which platform, and when."""

    visit: Visit
    merchant: Merchant

    @property
    def where(self) -> dict[str, int]:
        """Platform and merchant, as selectors ask for them."""
        return {"platform_id": self.visit.platform.pk, "merchant_id": self.merchant.pk}

    @property
    def currency(self) -> str:
        return self.visit.platform.currency

    @property
    def digits(self) -> int:
        return digits_of(self.currency)

    @property
    def actor(self) -> Actor:
        return self.visit.actor


View = Callable[Concatenate[HttpRequest, Desk, Arguments], HttpResponse]


def desk_page(permission: Permission) -> Callable[[View[Arguments]], Callable[..., HttpResponse]]:
    """Open a page of the desk to those who hold the permission; a platform where the merchant keeps no store has none."""

    def door(inner: View[Arguments]) -> Callable[..., HttpResponse]:
        @merchant_page(permission)
        @wraps(inner)
        def page(
            request: HttpRequest, visit: Visit, merchant_id: int, *args: Any, **kwargs: Any
        ) -> HttpResponse:
            store = merchants.get_store(platform_id=visit.platform.pk, merchant_id=merchant_id)
            return inner(request, Desk(visit, store.merchant), *args, **kwargs)

        return page

    return door


def show(
    request: HttpRequest, desk: Desk, name: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Render a page of the desk. Must run inside the platform's walls."""
    context |= {
        "merchant": desk.merchant,
        "currency": desk.currency,
        "here": name,
        "is_owner": desk.actor.may(Permission.GIVE_MERCHANT_ROLES, merchant_id=desk.merchant.pk),
        "proposal_count": planning.open_proposals(**desk.where).count(),
    }
    return render(request, f"merchant/{name}.html", context, status=status)
