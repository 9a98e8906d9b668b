"""The merchant's pages for programs: keys to the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from hansa.commerce.accounts.policy import Held, Permission, Role
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
