"""The frame of every page of the shop: what lies in the cart, the departments, and what may be noted about whom."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from hansa.commerce.accounts.models import User
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.catalogue.models import Category
from hansa.commerce.checkout import cart as carts
from hansa.web.doors import Visit
from hansa.web.storefront import keeping

DEPARTMENTS = 12
DEPARTMENTS_LAST_S = 600  # ranking them reads every listing of the platform; nobody misses ten minutes


def show(
    request: HttpRequest, visit: Visit, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Render a page of the shop. Must run inside the platform's walls."""
    if keeping.is_kept(request):
        context["csrf_token"] = keeping.TOKEN
    context |= {
        "cart_count": carts.count_units(platform_id=visit.platform.pk, actor=visit.actor),
        "departments": departments_of(visit),
    }
    return render(request, template, context, status=status)


def departments_of(visit: Visit) -> tuple[Category, ...]:
    """The platform's departments, the best-selling first, as they were at most ten minutes ago."""
    return _departments(visit.platform.pk, int(visit.now.timestamp()) // DEPARTMENTS_LAST_S)


def consents(request: HttpRequest) -> bool:
    """Whether what this visitor did may shape what is shown."""
    if isinstance(request.user, User):
        return request.user.consents_to_personalisation
    return request.session.get("consent") == "yes"


def may_note(request: HttpRequest) -> bool:
    """Whether what this visitor looks at may be written down: by consent, and unless the browser says no."""
    says_no = request.headers.get("Sec-GPC") == "1" or request.headers.get("DNT") == "1"
    return consents(request) and not says_no


@lru_cache(maxsize=64)
def _departments(platform_id: int, slot: int) -> tuple[Category, ...]:
    return tuple(catalogue.top_categories(platform_id, limit=DEPARTMENTS))
