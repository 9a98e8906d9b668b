"""The desk's page of promotions: the form shows the fields of one kind, chosen by a link, so it needs no script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from hansa.commerce.accounts.policy import Permission
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.catalogue.models import Listing
from hansa.commerce.promotions import selectors as promotions
from hansa.commerce.promotions import services
from hansa.commerce.promotions.domain import Kind, Tier
from hansa.commerce.promotions.services import Terms
from hansa.foundation.http_errors import status_of
from hansa.kernel.errors import HansaError
from hansa.web.merchant.desk import Desk, desk_page, show
from hansa.web.requested import is_number, page_of
from hansa.web.sentences.kinds import KINDS, kind_text
from hansa.web.templatetags.words import sentence

PAGE = 25
MOST_GOODS = 100
# What a merchant can start, with the fields of each.
FIELDS: dict[Kind, tuple[str, ...]] = {
    Kind.PERCENT: ("percent", "min_spend", "cap"),
    Kind.AMOUNT: ("amount", "min_spend"),
    Kind.BUY_X_GET_Y: ("buy", "get"),
    Kind.TIERED: ("units_1", "percent_1", "units_2", "percent_2"),
    Kind.BUNDLE: ("amount",),
    Kind.FLASH: ("percent", "flash_stock", "most_per_buyer"),
    Kind.GROUP: ("percent", "needed_buyers"),
}
OPTIONAL = {"min_spend", "cap", "most_per_buyer", "units_2", "percent_2", "platform_share"}
ALWAYS = ("name", "days", "platform_share", "stacks", "offers")


class PromotionForm(forms.Form):
    """A promotion of one kind. Amounts are typed in major units of the platform's currency."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    days = forms.IntegerField(label=gettext_lazy("Days"), min_value=1, max_value=366, initial=7)
    percent = forms.DecimalField(
        label=gettext_lazy("Per cent off"), min_value=1, max_value=90, decimal_places=2, initial=10
    )
    buy = forms.IntegerField(label=gettext_lazy("Units bought"), min_value=1, max_value=99, initial=2)
    get = forms.IntegerField(label=gettext_lazy("Units free with them"), min_value=1, max_value=99, initial=1)
    units_1 = forms.IntegerField(label=gettext_lazy("From units"), min_value=1, max_value=999, initial=3)
    percent_1 = forms.DecimalField(
        label=gettext_lazy("Per cent off"), min_value=1, max_value=90, decimal_places=2, initial=5
    )
    units_2 = forms.IntegerField(label=gettext_lazy("From more units"), min_value=1, max_value=999)
    percent_2 = forms.DecimalField(
        label=gettext_lazy("Per cent off then"), min_value=1, max_value=90, decimal_places=2
    )
    flash_stock = forms.IntegerField(
        label=gettext_lazy("Units in the sale, of each good"), min_value=1, max_value=1_000_000, initial=100
    )
    most_per_buyer = forms.IntegerField(
        label=gettext_lazy("Units for one buyer at most"), min_value=1, max_value=999
    )
    needed_buyers = forms.IntegerField(
        label=gettext_lazy("Buyers that form a group"), min_value=2, max_value=1_000, initial=2
    )
    platform_share = forms.DecimalField(
        label=gettext_lazy("Part that the platform is asked to pay, per cent"),
        min_value=0,
        max_value=100,
        decimal_places=2,
    )
    stacks = forms.BooleanField(label=gettext_lazy("May come on top of other promotions"), required=False)
    offers = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Goods"),
        coerce=int,
        error_messages={"required": gettext_lazy("Please choose at least one good.")},
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, kind: Kind, listings: Iterable[Listing], digits: int
    ) -> None:
        super().__init__(data, label_suffix="")
        self.kind, self.digits = kind, digits
        labels = {
            "amount": _("Price of the bundle") if kind is Kind.BUNDLE else _("Amount off"),
            "min_spend": _("From a purchase of"),
            "cap": _("At most off a purchase"),
        }
        for name, label in labels.items():
            self.fields[name] = forms.DecimalField(
                label=label, min_value=Decimal(1).scaleb(-digits), max_digits=10, decimal_places=digits
            )
        wanted = {*FIELDS[kind], *ALWAYS}
        for name in set(self.fields) - wanted:
            del self.fields[name]
        for name in wanted & OPTIONAL:
            self.fields[name].required = False
        offers = self.fields["offers"]
        assert isinstance(offers, forms.TypedMultipleChoiceField)
        offers.choices = [(listing.offer_id, listing.title) for listing in listings]

    def of_kind(self) -> list[forms.BoundField]:
        """The fields that only this kind has, in their order."""
        return [self[name] for name in FIELDS[self.kind]]

    def terms(self) -> Terms:
        """What was typed, as terms."""
        return Terms(
            name=self.cleaned_data["name"],
            kind=self.kind,
            percent_bp=self._points("percent"),
            amount=self._minor("amount") or 0,
            buy=self.cleaned_data.get("buy") or 0,
            get=self.cleaned_data.get("get") or 0,
            tiers=self._tiers(),
            min_spend=self._minor("min_spend") or 0,
            cap=self._minor("cap"),
            stacks=self.cleaned_data["stacks"],
            platform_share_bp=self._points("platform_share"),
            most_per_buyer=self.cleaned_data.get("most_per_buyer"),
            flash_stock=self.cleaned_data.get("flash_stock"),
            needed_buyers=self.cleaned_data.get("needed_buyers"),
        )

    def _points(self, name: str) -> int:
        return int((self.cleaned_data.get(name) or 0) * 100)

    def _minor(self, name: str) -> int | None:
        typed = self.cleaned_data.get(name)
        return int(typed.scaleb(self.digits)) if typed is not None else None

    def _tiers(self) -> tuple[Tier, ...]:
        typed = [(self.cleaned_data.get(f"units_{step}"), self._points(f"percent_{step}")) for step in (1, 2)]
        return tuple(Tier(units, percent) for units, percent in typed if units and percent)


@require_http_methods(["GET", "POST"])
@desk_page(Permission.RUN_MERCHANT)
def page(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Promotions that run and ran; start a new one. What was typed stays when it is refused."""
    listings = list(catalogue.listings_of_merchant(**desk.where)[:MOST_GOODS])
    asked = request.POST.get("kind") or request.GET.get("kind", "")
    kind = Kind(asked) if asked in {each.value for each in FIELDS} else Kind.PERCENT
    data = request.POST if request.method == "POST" else None
    form = PromotionForm(data, kind=kind, listings=listings, digits=desk.digits)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _start(form, desk)
            except HansaError as refusal:
                messages.error(request, sentence(refusal.message))
                status = status_of(refusal)
            else:
                waits = form.cleaned_data.get("platform_share")
                messages.success(
                    request,
                    _("The promotion waits for the platform's word.") if waits else _("The promotion runs."),
                )
                return redirect("merchant:promotions", desk.visit.platform.code, desk.merchant.pk)
    found = page_of(request, promotions.promotions_of_merchant(**desk.where), PAGE)
    context = {
        "form": form,
        "kind": kind.value,
        "kinds": [(each.value, KINDS[each]) for each in FIELDS],
        "chosen": [int(each) for each in request.POST.getlist("offers") if is_number(each)],
        "listings": listings,
        "page": found,
        "rows": [(each, kind_text(promotions.rule_of(each), desk.currency)) for each in found],
        "flash": promotions.flash_sales_of(**desk.where)[:PAGE],
        "now": desk.visit.now,
    }
    return show(request, desk, "promotions", context, status=status)


def _start(form: PromotionForm, desk: Desk) -> None:
    services.start_promotion(
        actor=desk.actor,
        platform_id=desk.visit.platform.pk,
        merchant_id=desk.merchant.pk,
        terms=form.terms(),
        offer_ids=form.cleaned_data["offers"],
        starts_at=desk.visit.now,
        ends_at=desk.visit.now + timedelta(days=form.cleaned_data["days"]),
    )
