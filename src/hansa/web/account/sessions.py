"""Where one is signed in, which programs hold a token of one's own, and ending each from afar."""

from __future__ import annotations

from typing import Any

from allauth.usersessions.models import UserSession
from allauth.usersessions.views import ListUserSessionsView
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts import services
from hansa.kernel.clock import system_clock
from hansa.kernel.errors import NotFound
from hansa.web.account.views import person_of

MOST_TOKENS = 100  # on the page; the API has them all


class Sessions(ListUserSessionsView):  # type: ignore[misc]  # django-allauth has no types here
    """The sessions, as django-allauth lists them, and below them the tokens that still work."""

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        own = accounts.tokens_of(accounts.actor_of(person_of(self.request)))
        live = own.filter(revoked_at__isnull=True)[:MOST_TOKENS]
        return {**super().get_context_data(**more), "tokens": live}


@login_required
@require_POST
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """Take a token of one's own back; the program that has it is a stranger with its next call."""
    actor = accounts.actor_of(person_of(request))
    services.revoke_token(actor=actor, token_id=token_id, now=system_clock())
    messages.success(request, _("The token is revoked."))
    return redirect("usersessions_list")


@login_required
@require_POST
def end(request: HttpRequest, session_id: int) -> HttpResponse:
    """End one of one's own sessions; whoever sits there is a stranger with the next click."""
    found = UserSession.objects.filter(pk=session_id, user=person_of(request)).first()
    if found is None:
        raise NotFound(_("There is no such session of yours."))
    found.end()
    messages.success(request, _("The session is ended."))
    return redirect("usersessions_list")
