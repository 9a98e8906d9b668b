"""The operator's pages for programs: keys to the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from hansa.commerce.accounts.policy import Held, Permission, Role
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
