"""The operator's page of corrections of the books: what waits for a second person, what was decided, proposing one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from hansa.commerce.accounts.policy import Permission
from hansa.commerce.ledger import corrections as services
from hansa.commerce.ledger.models import Account, Correction
from hansa.commerce.merchants import selectors as merchants
from hansa.foundation.http_errors import status_of
from hansa.kernel.errors import HansaError
from hansa.web.amounts import AmountField
from hansa.web.doors import Visit, platform_page
from hansa.web.operator import shown
from hansa.web.requested import page_of
from hansa.web.templatetags.words import sentence

PAGE = 25
MORE, LESS = "more", "less"
_STATES = {
    Correction.State.PROPOSED.value: gettext_lazy("waits for a second person"),
    Correction.State.POSTED.value: gettext_lazy("in the books"),
    Correction.State.REFUSED.value: gettext_lazy("turned down"),
}
run = platform_page(Permission.RUN_PLATFORM)


class CorrectionForm(forms.Form):
    """A correction to propose: whom it is about, how much, which account bears it, and why."""

    merchant = forms.TypedChoiceField(label=gettext_lazy("Merchant"), coerce=int)
    direction = forms.ChoiceField(
        label=gettext_lazy("The merchant is owed"),
        choices=[(MORE, gettext_lazy("more")), (LESS, gettext_lazy("less"))],
    )
    against = forms.ChoiceField(label=gettext_lazy("At the cost of"))
    reason = forms.CharField(
        label=gettext_lazy("Why the books are wrong"),
        max_length=services.LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, data: Mapping[str, Any] | None, *, visit: Visit) -> None:
        super().__init__(data, label_suffix="")
        stores = [(each.pk, each.name) for each in merchants.keeping_stores_on(visit.platform.pk)]
        bearing = [(kind.value, shown.account_word(kind)) for kind in services.AGAINST]
        self.fields["merchant"].choices = [("", _("Please choose")), *stores]  # type: ignore[attr-defined]  # a choice field
        self.fields["against"].choices = bearing  # type: ignore[attr-defined]  # a choice field
        self.fields["amount"] = AmountField(visit.platform.currency, label=_("Amount"))
        self.order_fields(["merchant", "direction", "amount", "against", "reason"])

    @property
    def amount(self) -> int:
        """What was typed, below zero where the merchant is owed less."""
        typed = int(self.cleaned_data["amount"])
        return typed if self.cleaned_data["direction"] == MORE else -typed


@require_http_methods(["GET", "POST"])
@run
def corrections(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What waits and what was decided; POST proposes a correction. What was typed stays when it is refused."""
    form = CorrectionForm(request.POST if request.method == "POST" else None, visit=visit)
    if request.method != "POST":
        return _show(request, visit, form)
    if not form.is_valid():
        return _show(request, visit, form, status=422)
    try:
        services.propose(
            actor=visit.actor,
            platform_id=visit.platform.pk,
            merchant_id=form.cleaned_data["merchant"],
            currency=visit.platform.currency,
            amount=form.amount,
            against=Account.Kind(form.cleaned_data["against"]),
            reason=form.cleaned_data["reason"],
            now=visit.now,
        )
    except HansaError as refusal:
        messages.error(request, sentence(refusal.message))
        return _show(request, visit, form, status=status_of(refusal))
    messages.success(request, _("Proposed. It is in the books once another person has agreed."))
    return redirect("operator:corrections", visit.platform.code)


@require_POST
@run
def decide(request: HttpRequest, visit: Visit, correction_id: int, to: str) -> HttpResponse:
    """Post a correction that another person proposed, or turn it down."""
    service = services.post if to == "post" else services.refuse
    try:
        service(actor=visit.actor, platform_id=visit.platform.pk, correction_id=correction_id, now=visit.now)
    except HansaError as refusal:
        messages.error(request, sentence(refusal.message))
    else:
        messages.success(request, _("It is in the books.") if to == "post" else _("It is turned down."))
    return redirect("operator:corrections", visit.platform.code)


def _show(request: HttpRequest, visit: Visit, form: CorrectionForm, *, status: int = 200) -> HttpResponse:
    platform_id, me = visit.platform.pk, visit.actor.user_id
    page = page_of(request, services.decided_on(platform_id), PAGE)
    context = {
        "waiting": [
            (each, shown.account_word(each.against), each.proposed_by_id != me)
            for each in services.waiting_on(platform_id)
        ],
        "decided": [(each, shown.account_word(each.against), _STATES[each.state]) for each in page],
        "page": page,
        "form": form,
        "here": "corrections",
    }
    return render(request, "operator/corrections.html", context, status=status)
