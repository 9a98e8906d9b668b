"""The operator's page of payments: what providers told, where the books differ, what buyers dispute."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hansa.commerce.accounts.policy import Permission
from hansa.commerce.payments import chargebacks, gateways, reconciliation, selectors
from hansa.foundation.http_errors import status_of
from hansa.kernel.errors import HansaError
from hansa.web.doors import Visit, phased_platform_page, platform_page
from hansa.web.requested import page_of
from hansa.web.templatetags.words import sentence

PAGE = 40
FEW = 10
BACK = timedelta(days=30)
see = platform_page(Permission.SEE_PLATFORM)
run = platform_page(Permission.RUN_PLATFORM)
phased_run = phased_platform_page(Permission.RUN_PLATFORM)
# What a difference is, and what to do about it.
EXPLAINED = {
    "only-theirs": (
        gettext_lazy("Money that only the provider knows of"),
        gettext_lazy("Find out what was paid for; then give it back at the provider, or book it."),
    ),
    "only-ours": (
        gettext_lazy("Money that only our books know of"),
        gettext_lazy("Ask the provider why it does not have it; our books were not changed."),
    ),
    "amount": (
        gettext_lazy("The amounts differ"),
        gettext_lazy("Settle with the provider which is right; our books were not changed."),
    ),
    "not-heard": (
        gettext_lazy("The provider had decided, and we had not heard"),
        gettext_lazy("The provider was asked, and the purchase went on."),
    ),
    "after-giving-up": (
        gettext_lazy("Money that came after the purchase was given up"),
        gettext_lazy("The buyer has no goods: give the money back at the provider."),
    ),
    "event-doubted": (
        gettext_lazy("A message of the provider that does not fit"),
        gettext_lazy("Nothing was changed by it. Compare it with the provider's own pages."),
    ),
}
_VERDICTS = {
    "believed": gettext_lazy("believed"),
    "known": gettext_lazy("nothing new"),
    "doubted": gettext_lazy("doubted"),
}
_DISPUTES = {
    "opened": gettext_lazy("opened"),
    "answered": gettext_lazy("answered"),
    "won": gettext_lazy("won"),
    "lost": gettext_lazy("lost"),
}


@require_GET
@see
def payments(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Disputes, differences, comparisons and every message of a provider."""
    platform_id = visit.platform.pk
    page = page_of(request, selectors.events_of(platform_id), PAGE)
    context = {
        "chargebacks": [
            (each, _DISPUTES[each.state]) for each in selectors.chargebacks_of(platform_id)[:PAGE]
        ],
        "differences": [
            (each, *EXPLAINED[each.kind])
            for each in selectors.differences_of(platform_id, are_open=True)[:PAGE]
        ],
        "closed": [
            (each, EXPLAINED[each.kind][0], sentence(each.note))
            for each in selectors.differences_of(platform_id, are_open=False)[:FEW]
        ],
        "comparisons": selectors.comparisons_of(platform_id)[:FEW],
        "events": [
            (each, _VERDICTS[each.verdict.verdict] if hasattr(each, "verdict") else _("waiting"))
            for each in page
        ],
        "page": page,
        "providers": selectors.providers_of(platform_id),
        "here": "payments",
        "now": visit.now,
    }
    return render(request, "operator/payments.html", context)


@require_POST
@phased_run
def compare(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Compare the last thirty days with every provider's book now."""
    try:
        reconciliation.reconcile_all(
            platform_id=visit.platform.pk,
            since=visit.now - BACK,
            until=visit.now,
            now=visit.now,
            names=gateways.set_up(),
        )
    except HansaError as refusal:
        messages.error(request, sentence(refusal.message))
    else:
        messages.success(request, _("The books are compared."))
    return redirect("operator:payments", visit.platform.code)


@require_POST
@run
def close_difference(request: HttpRequest, visit: Visit, difference_id: int) -> HttpResponse:
    """Close a difference with an explanation."""
    try:
        reconciliation.close_difference(
            platform_id=visit.platform.pk,
            difference_id=difference_id,
            note=request.POST.get("note", ""),
            actor=visit.actor,
            now=visit.now,
        )
    except HansaError as refusal:
        messages.error(request, sentence(refusal.message))
    return redirect("operator:payments", visit.platform.code)


@require_http_methods(["GET", "POST"])
@run
def chargeback(request: HttpRequest, visit: Visit, chargeback_id: int) -> HttpResponse:
    """One dispute and what was said in it; POST adds a text and perhaps a file."""
    status = 200
    if request.method == "POST":
        try:
            chargebacks.give_evidence(
                platform_id=visit.platform.pk,
                chargeback_id=chargeback_id,
                evidence=_evidence(request),
                actor=visit.actor,
                now=visit.now,
            )
            messages.success(request, _("It is kept, and on its way to the provider."))
            return redirect("operator:chargeback", visit.platform.code, chargeback_id)
        except HansaError as refusal:
            messages.error(request, sentence(refusal.message))
            status = status_of(refusal)
    found = selectors.get_chargeback(platform_id=visit.platform.pk, chargeback_id=chargeback_id)
    context = {
        "chargeback": found,
        "word": _DISPUTES[found.state],
        "typed": request.POST.get("text", ""),
        "here": "payments",
        "now": visit.now,
    }
    return render(request, "operator/chargeback.html", context, status=status)


def _evidence(request: HttpRequest) -> chargebacks.Evidence:
    text, file = request.POST.get("text", ""), request.FILES.get("file")
    if file is None or isinstance(file, list):
        return chargebacks.Evidence(text)
    content = file.read(chargebacks.LARGEST_FILE + 1)
    return chargebacks.Evidence(text, file.name or "file", file.content_type or "", content)
