"""Sends who works here and has shown no second factor to the page where they show or set up one.

The desks would refuse them anyway, since their roles do not count; Django's own console would not.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from hansa.commerce.accounts import second_factor
from hansa.commerce.accounts.models import User

_WORK = ("/desk/", "/health/", "/admin/")


class SecondFactor:
    """Guards the pages of work."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if (
            request.path.startswith(_WORK)
            and isinstance(request.user, User)
            and second_factor.is_missing(request, request.user)
        ):
            return HttpResponseRedirect(_where(request, request.user))
        return self.get_response(request)


def _where(request: HttpRequest, user: User) -> str:
    door = "mfa_reauthenticate" if second_factor.has_one(user) else "account:second-factor"
    return f"{reverse(door)}?{urlencode({'next': request.get_full_path()})}"
