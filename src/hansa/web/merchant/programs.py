"""The merchant's pages for programs: keys to the API, and webhooks."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from hansa.commerce.accounts.policy import Held, Permission, Role
from hansa.commerce.webhooks.selectors import Desk as HookDesk
from hansa.web import hooks
from hansa.web import keys as key_pages
from hansa.web.merchant.desk import Desk, desk_page, show


@require_http_methods(["GET", "POST"])
@desk_page(Permission.RUN_MERCHANT)
def keys(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The merchant's keys; POST makes or revokes one."""

    def shown(context: dict[str, Any], status: int) -> HttpResponse:
        return show(request, desk, "keys", context, status=status)

    place = key_pages.Place(
        Held(Role.MERCHANT, None, desk.merchant.pk),
        desk.actor,
        desk.visit.now,
        "merchant:keys",
        (desk.visit.platform.code, desk.merchant.pk),
    )
    return key_pages.answer(request, place, shown)


@require_http_methods(["GET", "POST"])
@desk_page(Permission.RUN_MERCHANT)
def webhooks(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The merchant's webhook endpoints on this platform; POST makes one."""
    return hooks.answer_list(request, _hooks(desk), _shown(request, desk))


@require_http_methods(["GET", "POST"])
@desk_page(Permission.RUN_MERCHANT)
def webhook(request: HttpRequest, desk: Desk, endpoint_id: int) -> HttpResponse:
    """One endpoint with its log; POST changes it."""
    return hooks.answer_endpoint(request, _hooks(desk), _shown(request, desk), endpoint_id)


@require_POST
@desk_page(Permission.RUN_MERCHANT)
def redeliver(request: HttpRequest, desk: Desk, endpoint_id: int, delivery_id: int) -> HttpResponse:
    """Send a message once more."""
    return hooks.answer_redeliver(request, _hooks(desk), endpoint_id, delivery_id)


def _hooks(desk: Desk) -> hooks.Place:
    where = HookDesk(desk.visit.platform.pk, desk.merchant.pk)
    address = (desk.visit.platform.code, desk.merchant.pk)
    return hooks.Place(where, desk.actor, desk.visit.now, "merchant", address)


def _shown(request: HttpRequest, desk: Desk) -> hooks.Show:
    return lambda name, context, status: show(request, desk, name, context, status=status)
