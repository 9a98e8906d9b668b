"""What the frame around every page needs: who looks, which shop or desk this is, where else one may go."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from hansa.commerce.accounts import second_factor
from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts.models import Platform, User
from hansa.kernel.clock import system_clock
from hansa.kernel.errors import NotFound
from hansa.web.addresses import address
from hansa.web.doors import actor_of
from hansa.web.entrance.desks import Link, desks_of
from hansa.web.templatetags.words import platform_name


def frame(request: HttpRequest) -> dict[str, Any]:
    """Values for the base templates, under the one name ``frame``; pages add what only they know."""
    if not hasattr(request, "session"):
        return {}
    actor = actor_of(request)
    here = _platform(request)
    values: dict[str, Any] = {
        "place": platform_name(here) if here else "",
        "home_url": address("shop:home", here.code) if here else "/",
        "places": [
            {
                "name": platform_name(each),
                "url": address("shop:home", each.code),
                "current": each == here,
            }
            for each in accounts.markets()
        ],
        "person": str(request.user) if isinstance(request.user, User) else "",
        "sign_in_url": f"{address('web:sign-in')}?next={request.get_full_path()}",
        "sign_out_url": address("web:sign-out"),
        "desks": desks_of(actor, path=request.path),
        "account_links": _of_person(request),
        "demo": settings.DEMO_LOGINS,
        "second_factor_until": _grace(request),
    }
    if here and _in_shop(request):
        values |= _of_shop(request, here)
    return {"frame": values, "platform": here, "actor": actor}


def _of_shop(request: HttpRequest, platform: Platform) -> dict[str, Any]:
    links = [
        Link(_("My purchases"), address("shop:purchases", platform.code), "box"),
        Link(_("My lists"), address("shop:wishlists", platform.code), "heart"),
        Link(_("Following"), address("shop:following", platform.code), "people"),
        Link(_("What we think you like"), address("shop:tastes", platform.code), "spark"),
        Link(_("Notices"), address("shop:notices", platform.code), "bell"),
    ]
    return {
        "search_url": address("shop:search", platform.code),
        "suggestions_url": address("shop:suggestions", platform.code),
        "query": request.GET.get("q", ""),
        "cart_url": address("shop:cart", platform.code),
        "events_url": address("shop:events", platform.code),
        "consent": _consent(request),
        "consent_url": address("web:consent"),
        "account_links": [*links, *_of_person(request)] if request.user.is_authenticated else links[1:2],
    }


def _of_person(request: HttpRequest) -> list[Link]:
    if not request.user.is_authenticated:
        return []
    return [Link(_("Your account"), address("account:home"), "person")]


def _grace(request: HttpRequest) -> datetime | None:
    """Until when who looks works without a second factor; asked on the pages of work only."""
    at_work = request.path.startswith("/desk/") and isinstance(request.user, User)
    return second_factor.grace_until(request.user, now=system_clock()) if at_work else None  # type: ignore[arg-type]  # a User, as asked above


def _consent(request: HttpRequest) -> str:
    if isinstance(request.user, User):
        return "yes" if request.user.consents_to_personalisation else "no"
    return str(request.session.get("consent", "ask"))


def _in_shop(request: HttpRequest) -> bool:
    return request.resolver_match is not None and request.resolver_match.app_name == "shop"


def _platform(request: HttpRequest) -> Platform | None:
    code = request.resolver_match.kwargs.get("platform") if request.resolver_match else None
    try:
        return accounts.get_platform(code) if code else None
    except NotFound:
        return None
