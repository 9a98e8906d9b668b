"""The operator's page of payouts: what waits for a second person, what the bank said, what was agreed with merchants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from hansa.commerce.accounts.policy import Permission
from hansa.commerce.merchants import selectors as merchants
from hansa.commerce.payouts import selectors, services
from hansa.commerce.payouts.domain import LONGEST_HOLD_DAYS, Every, Terms
from hansa.commerce.payouts.models import Payout
from hansa.foundation import tenancy
from hansa.kernel.errors import HansaError
from hansa.web.amounts import AmountField
from hansa.web.doors import Visit, phased_platform_page, platform_page
from hansa.web.requested import page_of
from hansa.web.shown_payouts import STATES, statement_answer
from hansa.web.templatetags.words import plain_money, sentence

PAGE = 25
see = platform_page(Permission.SEE_PLATFORM)
phased_run = phased_platform_page(Permission.RUN_PLATFORM)
_EVERY = {
    Every.DAY: gettext_lazy("every day"),
    Every.WEEK: gettext_lazy("every Monday"),
    Every.MONTH: gettext_lazy("on the first of the month"),
}


class TermsForm(forms.Form):
    """What is agreed about payouts, with one merchant or with all the others."""

    merchant = forms.ChoiceField(label=gettext_lazy("With whom"), required=False)
    hold_days = forms.IntegerField(
        label=gettext_lazy("Days after delivery"), min_value=0, max_value=LONGEST_HOLD_DAYS
    )
    every = forms.ChoiceField(
        label=gettext_lazy("How often"), choices=[(each.value, word) for each, word in _EVERY.items()]
    )
    destination = forms.CharField(
        label=gettext_lazy("Account at the bank"),
        max_length=80,
        help_text=gettext_lazy("The name that the bank gave it, never the number."),
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, platform_id: int, currency: str, **more: Any
    ) -> None:
        super().__init__(data, label_suffix="", **more)
        self.fields["minimum"] = AmountField(currency, least=0, label=_("At least"))
        others = [(each.pk, each.name) for each in merchants.on_platform(platform_id)]
        self.fields["merchant"].choices = [("", _("All the others")), *others]  # type: ignore[attr-defined]  # a choice field

    def terms(self) -> Terms:
        """What was typed."""
        said = self.cleaned_data
        return Terms(
            hold_days=said["hold_days"],
            every=Every(said["every"]),
            minimum=max(1, said["minimum"]),
            destination=said["destination"],
        )


@require_GET
@see
def payouts(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The queue, and what has ended."""
    return _show(request, visit, _form(visit))


@require_POST
@phased_run
def agree(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Set what holds for payouts from the next one on."""
    with tenancy.as_platform(visit.platform.pk):
        form = _form(visit, request.POST)
        if not form.is_valid():
            return _show(request, visit, form, status=422)
        merchant = form.cleaned_data["merchant"]
        services.agree(
            actor=visit.actor,
            platform_id=visit.platform.pk,
            merchant_id=int(merchant) if merchant else None,
            terms=form.terms(),
        )
    messages.success(request, _("Saved."))
    return redirect("operator:payouts", visit.platform.code)


@require_POST
@phased_run
def make_up(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Make up the payouts of the periods that are over; whoever does so proposes them."""
    made = services.schedule_all(platform_id=visit.platform.pk, actor=visit.actor, now=visit.now)
    if made:
        messages.success(request, _("Payouts made up: %(count)s.") % {"count": len(made)})
    else:
        messages.info(request, _("Nothing is due for a payout that was not made up before."))
    return redirect("operator:payouts", visit.platform.code)


@require_POST
@phased_run
def step(request: HttpRequest, visit: Visit, payout_id: int, to: str) -> HttpResponse:
    """Agree to a payout, send it again, call it off, or ask the bank about it."""
    try:
        if to == "ask":
            _call(services.ask_again, visit, payout_id)
        else:
            with tenancy.as_platform(visit.platform.pk):
                _call(_STEPS[to], visit, payout_id)
    except HansaError as refusal:
        messages.error(request, sentence(refusal.message))
    else:
        messages.success(request, _("Done."))
    return redirect("operator:payouts", visit.platform.code)


@require_GET
@see
def statement(request: HttpRequest, visit: Visit, payout_id: int, form: str) -> HttpResponse:
    """A payout's statement as a file."""
    payout = selectors.get_payout(platform_id=visit.platform.pk, payout_id=payout_id)
    return statement_answer(payout, platform=visit.platform, form=form)


_STEPS: dict[str, Callable[..., Payout]] = {
    "agree": services.approve,
    "again": services.retry,
    "off": services.cancel,
}


def _call(service: Callable[..., Payout], visit: Visit, payout_id: int) -> None:
    service(actor=visit.actor, platform_id=visit.platform.pk, payout_id=payout_id, now=visit.now)


def _form(visit: Visit, data: Mapping[str, Any] | None = None) -> TermsForm:
    usual, currency = Terms(), visit.platform.currency
    initial = {
        "hold_days": usual.hold_days,
        "every": usual.every.value,
        "minimum": plain_money(usual.minimum, currency),
        "destination": usual.destination,
    }
    return TermsForm(data, platform_id=visit.platform.pk, currency=currency, initial=initial)


def _show(request: HttpRequest, visit: Visit, form: TermsForm, *, status: int = 200) -> HttpResponse:
    platform_id = visit.platform.pk
    queue = list(selectors.queue_of(platform_id))
    ended = selectors.payouts_of(platform_id=platform_id).exclude(state__in=selectors.UNDER_WAY)
    page = page_of(request, ended, PAGE)
    context = {
        "queue": [(each, STATES[each.state], _may_agree(visit, each)) for each in queue],
        "ended": [(each, STATES[each.state]) for each in page],
        "page": page,
        "waiting": sum(each.state == Payout.State.SCHEDULED for each in queue),
        "failed": sum(each.state == Payout.State.FAILED for each in queue),
        "sum": sum(each.amount for each in queue),
        "agreed": [(each, _EVERY[Every(each.every)]) for each in selectors.terms_on(platform_id)],
        "form": form,
        "currency": visit.platform.currency,
        "here": "payouts",
    }
    return render(request, "operator/payouts.html", context, status=status)


def _may_agree(visit: Visit, payout: Payout) -> bool:
    return payout.state == Payout.State.SCHEDULED and visit.actor.user_id not in {
        payout.proposed_by_id,
        payout.approved_by_id,
    }
