"""The operator's pages after a sale: every return and dispute, and the decision where people do not agree."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from hansa.commerce.accounts.policy import Permission
from hansa.commerce.aftersale import disputes, selectors
from hansa.kernel.errors import HansaError
from hansa.web.aftersale import shown_dispute, shown_return, word_in
from hansa.web.amounts import minor_of
from hansa.web.doors import Visit, platform_page
from hansa.web.requested import page_of
from hansa.web.sentences.aftersale import KINDS
from hansa.web.templatetags.words import sentence

PAGE = 25
see = platform_page(Permission.SEE_PLATFORM)
run = platform_page(Permission.RUN_PLATFORM)


@require_GET
@see
def aftersale(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Disputes and returns, the newest first."""
    platform_id = visit.platform.pk
    context = {
        "quarrels": [
            (each, KINDS[each.kind])
            for each in page_of(request, selectors.disputes_of_platform(platform_id), PAGE, name="quarrels")
        ],
        "page": page_of(request, selectors.returns_of_platform(platform_id), PAGE),
    }
    return _page(request, visit, "aftersale", context)


@require_GET
@see
def one_return(request: HttpRequest, visit: Visit, number: str) -> HttpResponse:
    """A return as the buyer and the merchant see it."""
    found = selectors.get_return(platform_id=visit.platform.pk, number=number, actor=visit.actor)
    return _page(request, visit, "return", shown_return(found))


@require_http_methods(["GET", "POST"])
@run
def dispute(request: HttpRequest, visit: Visit, number: str) -> HttpResponse:
    """A dispute; POST decides it, or adds a word."""
    found = selectors.get_dispute(platform_id=visit.platform.pk, number=number, actor=visit.actor)
    if request.method == "POST":
        where: dict[str, Any] = {
            "platform_id": visit.platform.pk,
            "dispute_id": found.pk,
            "actor": visit.actor,
            "now": visit.now,
        }
        try:
            if request.POST.get("step") == "decide":
                amount = minor_of(request.POST.get("amount", ""), found.order.currency)
                disputes.decide(**where, amount=amount, word=word_in(request))
            else:
                disputes.add_evidence(**where, side="platform", word=word_in(request))
        except HansaError as refusal:
            messages.error(request, sentence(refusal.message))
        return redirect("operator:dispute", visit.platform.code, number)
    return _page(request, visit, "dispute", shown_dispute(found))


def _page(request: HttpRequest, visit: Visit, name: str, context: dict[str, Any]) -> HttpResponse:
    context |= {"here": "aftersale", "now": visit.now, "currency": visit.platform.currency}
    return render(request, f"operator/{name}.html", context)
