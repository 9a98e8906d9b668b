"""The page on which an invitation to work somewhere is answered."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from hansa.commerce.accounts import invitations
from hansa.commerce.merchants import selectors as merchants
from hansa.foundation.http_errors import status_of
from hansa.kernel.clock import system_clock
from hansa.kernel.errors import HansaError
from hansa.web import roles
from hansa.web.account.arriving import home_of
from hansa.web.account.views import person_of


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    """Who invites to what; saying yes needs the invited address, proven. The signed link is the whole query."""
    token, person, now = request.META.get("QUERY_STRING", ""), person_of(request), system_clock()
    offer = invitations.find_offer(token, now=now)
    status = 200
    if request.method == "POST":
        try:
            invitations.accept(user_id=person.pk, token=token, now=now)
        except HansaError as refusal:
            roles.say_refusal(request, refusal)
            status = status_of(refusal)
        else:
            messages.success(request, _("Welcome. The desk is yours to use."))
            return HttpResponseRedirect(home_of(request))
    house = merchants.merchants_of([offer.merchant_id]) if offer.merchant_id else []
    context = {
        "offer": offer,
        "word": roles.role_word(offer.role),
        "house": house[0].name if house else "",
        "is_theirs": invitations.has_proven(person.pk, offer.email),
    }
    return render(request, "account/invitation.html", context, status=status)
