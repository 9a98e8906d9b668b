"""The operator's page of coupons and gift cards: what runs, what it has cost, issuing, and agreeing to pay a part."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from hansa.commerce.accounts.policy import Permission
from hansa.commerce.promotions import selectors as promotions
from hansa.commerce.promotions import services
from hansa.commerce.promotions.domain import Kind
from hansa.commerce.promotions.services import Terms
from hansa.commerce.wallets import selectors as wallets
from hansa.commerce.wallets import services as wallet_services
from hansa.foundation.http_errors import status_of
from hansa.kernel import ids
from hansa.kernel.errors import HansaError
from hansa.web.amounts import AmountField
from hansa.web.doors import Visit, platform_page
from hansa.web.requested import number_of, page_of
from hansa.web.sentences.kinds import KINDS, kind_text
from hansa.web.templatetags.words import sentence

PAGE = 25
run = platform_page(Permission.RUN_PLATFORM)


class CouponForm(forms.Form):
    """A code that takes per cent or an amount off everything, or makes the delivery free; the platform pays."""

    code = forms.CharField(label=gettext_lazy("Code"), min_length=3, max_length=40)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    kind = forms.ChoiceField(
        label=gettext_lazy("What it gives"),
        choices=[(kind.value, KINDS[kind]) for kind in (Kind.PERCENT, Kind.AMOUNT, Kind.FREE_DELIVERY)],
    )
    percent = forms.DecimalField(
        label=gettext_lazy("Per cent off"), min_value=1, max_value=90, decimal_places=2, required=False
    )
    days = forms.IntegerField(label=gettext_lazy("Days"), min_value=1, max_value=366, initial=30)
    most_uses = forms.IntegerField(
        label=gettext_lazy("Uses in all"), min_value=1, max_value=10_000_000, initial=1
    )
    most_per_buyer = forms.IntegerField(
        label=gettext_lazy("Uses for one buyer"), min_value=1, max_value=1_000, initial=1
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, currency: str) -> None:
        super().__init__(data, label_suffix="")
        for name, label in {
            "amount": _("Amount off"),
            "min_spend": _("From a purchase of"),
            "budget": _("Budget in all"),
        }.items():
            self.fields[name] = AmountField(currency, label=label, required=False)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        needed = {Kind.PERCENT.value: "percent", Kind.AMOUNT.value: "amount"}.get(said.get("kind", ""))
        if needed and not said.get(needed) and needed not in self.errors:
            self.add_error(needed, _("This kind needs it."))
        return said

    def terms(self) -> Terms:
        """What was typed, as terms; fields of the other kinds do not count."""
        kind = Kind(self.cleaned_data["kind"])
        return Terms(
            name=self.cleaned_data["name"],
            kind=kind,
            percent_bp=int(self.cleaned_data["percent"] * 100) if kind is Kind.PERCENT else 0,
            amount=self.cleaned_data["amount"] or 0 if kind is Kind.AMOUNT else 0,
            min_spend=self.cleaned_data["min_spend"] or 0,
            needs_coupon=True,
        )


class GiftCardForm(forms.Form):
    """A gift card that the platform gives away; its key lets the form be sent once."""

    key = forms.CharField(min_length=8, max_length=48, widget=forms.HiddenInput)
    valid_days = forms.IntegerField(
        label=gettext_lazy("Valid for days"), min_value=1, max_value=3_660, required=False
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, currency: str) -> None:
        super().__init__(data, label_suffix="")
        self.fields["worth"] = AmountField(currency, label=_("Worth"))
        self.initial["key"] = ids.token()
        self.order_fields(["worth", "valid_days"])


@require_http_methods(["GET", "POST"])
@run
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Coupons, gift cards and promotions that wait; POST issues a coupon or a gift card."""
    currency = visit.platform.currency
    is_card = request.POST.get("issue") == "gift-card"
    is_coupon = request.method == "POST" and not is_card
    coupon = CouponForm(request.POST if is_coupon else None, currency=currency)
    card = GiftCardForm(request.POST if is_card else None, currency=currency)
    if request.method != "POST":
        return _show(request, visit, coupon, card)
    if not (card if is_card else coupon).is_valid():
        return _show(request, visit, coupon, card, status=422)
    try:
        with transaction.atomic():
            said = _issue_card(visit, card) if is_card else _issue_coupon(visit, coupon)
    except HansaError as refusal:
        messages.error(request, sentence(refusal.message))
        return _show(request, visit, coupon, card, status=status_of(refusal))
    messages.success(request, said)
    return redirect("operator:offers", visit.platform.code)


@require_POST
@run
def agree(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Agree to pay the platform's part of a merchant's promotion."""
    promotion_id = number_of(request, "promotion")
    services.agree_to_share(actor=visit.actor, platform_id=visit.platform.pk, promotion_id=promotion_id)
    messages.success(request, _("The promotion runs."))
    return redirect("operator:offers", visit.platform.code)


def _issue_coupon(visit: Visit, form: CouponForm) -> str:
    promotion = services.start_promotion(
        actor=visit.actor,
        platform_id=visit.platform.pk,
        merchant_id=None,
        terms=form.terms(),
        offer_ids=[],
        starts_at=visit.now,
        ends_at=visit.now + timedelta(days=form.cleaned_data["days"]),
    )
    coupon = services.issue_coupon(
        actor=visit.actor,
        platform_id=visit.platform.pk,
        promotion_id=promotion.pk,
        code=form.cleaned_data["code"],
        most_uses=form.cleaned_data["most_uses"],
        most_per_buyer=form.cleaned_data["most_per_buyer"],
        budget=form.cleaned_data["budget"],
    )
    return _("The coupon %(code)s runs.") % {"code": coupon.code}


def _issue_card(visit: Visit, form: GiftCardForm) -> str:
    days = form.cleaned_data["valid_days"]
    _card, code = wallet_services.issue_gift_card(
        actor=visit.actor,
        platform_id=visit.platform.pk,
        currency=visit.platform.currency,
        amount=form.cleaned_data["worth"],
        reference=f"G-{form.cleaned_data['key']}",
        now=visit.now,
        expires_at=visit.now + timedelta(days=days) if days else None,
    )
    return _("The gift card's code, shown this once: %(code)s") % {"code": code}


def _show(
    request: HttpRequest, visit: Visit, coupon: CouponForm, card: GiftCardForm, *, status: int = 200
) -> HttpResponse:
    platform_id, currency = visit.platform.pk, visit.platform.currency
    coupons = page_of(request, promotions.coupons_of(platform_id), PAGE)
    cards = page_of(request, wallets.gift_cards_of(platform_id), PAGE, name="cards")
    waiting = promotions.awaiting_platform(platform_id)[:PAGE]
    context = {
        "coupon_form": coupon,
        "card_form": card,
        "page": coupons,
        "coupons": [(each, kind_text(promotions.rule_of(each.promotion), currency)) for each in coupons],
        "cards": cards,
        "owed": wallets.owed_by_kind(platform_id),
        "waiting": [(each, kind_text(promotions.rule_of(each), currency)) for each in waiting],
        "here": "offers",
        "now": visit.now,
        "currency": currency,
    }
    return render(request, "operator/offers.html", context, status=status)
