"""The operator's pages for programs: keys to the API, and webhooks."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from hansa.commerce.accounts.policy import Held, Permission, Role
from hansa.commerce.webhooks.selectors import Desk as HookDesk
from hansa.web import hooks
from hansa.web import keys as key_pages
from hansa.web.doors import Visit, platform_page


@require_http_methods(["GET", "POST"])
@platform_page(Permission.RUN_PLATFORM)
def keys(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The platform's keys; POST makes or revokes one."""

    def shown(context: dict[str, Any], status: int) -> HttpResponse:
        return render(request, "operator/keys.html", context | {"here": "keys"}, status=status)

    place = key_pages.Place(
        Held(Role.OPERATOR, visit.platform.pk, None),
        visit.actor,
        visit.now,
        "operator:keys",
        (visit.platform.code,),
    )
    return key_pages.answer(request, place, shown)


@require_http_methods(["GET", "POST"])
@platform_page(Permission.RUN_PLATFORM)
def webhooks(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The platform's webhook endpoints; POST makes one."""
    return hooks.answer_list(request, _hooks(visit), _shown(request))


@require_http_methods(["GET", "POST"])
@platform_page(Permission.RUN_PLATFORM)
def webhook(request: HttpRequest, visit: Visit, endpoint_id: int) -> HttpResponse:
    """One endpoint with its log; POST changes it."""
    return hooks.answer_endpoint(request, _hooks(visit), _shown(request), endpoint_id)


@require_POST
@platform_page(Permission.RUN_PLATFORM)
def redeliver(request: HttpRequest, visit: Visit, endpoint_id: int, delivery_id: int) -> HttpResponse:
    """Send a message once more."""
    return hooks.answer_redeliver(request, _hooks(visit), endpoint_id, delivery_id)


def _hooks(visit: Visit) -> hooks.Place:
    return hooks.Place(
        HookDesk(visit.platform.pk), visit.actor, visit.now, "operator", (visit.platform.code,)
    )


def _shown(request: HttpRequest) -> hooks.Show:
    def shown(name: str, context: dict[str, Any], status: int) -> HttpResponse:
        return render(request, f"operator/{name}.html", context | {"here": "webhooks"}, status=status)

    return shown
