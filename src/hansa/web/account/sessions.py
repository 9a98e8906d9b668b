"""Ending one session from afar."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from hansa.kernel.errors import NotFound
from hansa.web.account.views import person_of


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
