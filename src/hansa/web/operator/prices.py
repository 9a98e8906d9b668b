"""The operator's page of price lists and taxes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from hansa.commerce.accounts.models import Platform
from hansa.commerce.accounts.policy import Permission
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.merchants import selectors as merchants
from hansa.commerce.pricing import lists
from hansa.commerce.pricing.domain.tax import REDUCED, STANDARD, ZERO, RateTable, Rounding
from hansa.foundation.http_errors import status_of
from hansa.kernel.errors import HansaError, InvalidInput
from hansa.web.amounts import AmountField
from hansa.web.doors import Visit, platform_page
from hansa.web.requested import is_number, number_of
from hansa.web.templatetags.words import category_name, sentence

MOST_PRICES = 200  # on the page; the API has them all
CLASSES = [
    (STANDARD, gettext_lazy("standard rate")),
    (REDUCED, gettext_lazy("reduced rate")),
    (ZERO, gettext_lazy("no tax")),
]
ROUNDINGS = [
    (Rounding.LINE.value, gettext_lazy("on each line")),
    (Rounding.TOTAL.value, gettext_lazy("once on the sum")),
]


class ListForm(forms.Form):
    """A new price list."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=lists.LONGEST_NAME)
    priority = forms.IntegerField(
        label=gettext_lazy("Priority"),
        help_text=gettext_lazy("The smallest number decides."),
        min_value=1,
        max_value=lists.MOST_PRIORITY,
        initial=100,
    )
    starts_at = forms.DateTimeField(
        label=gettext_lazy("From"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    ends_at = forms.DateTimeField(
        label=gettext_lazy("Until"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )

    def __init__(self, data: Mapping[str, Any] | None) -> None:
        super().__init__(data, label_suffix="")


class PriceForm(forms.Form):
    """A price on a list; empty takes the good off it."""

    sku = forms.CharField(label=gettext_lazy("Article number"), max_length=64)
    min_quantity = forms.IntegerField(
        label=gettext_lazy("From units"), min_value=1, max_value=lists.MOST_UNITS, initial=1
    )

    merchant_id = forms.TypedChoiceField(
        label=gettext_lazy("Merchant, where several offer it"), required=False, coerce=int, empty_value=None
    )

    def __init__(self, data: Mapping[str, Any] | None, *, platform: Platform) -> None:
        super().__init__(data, label_suffix="")
        merchant = self.fields["merchant_id"]
        assert isinstance(merchant, forms.TypedChoiceField)
        merchant.choices = [
            ("", "–"),
            *((each.pk, each.name) for each in merchants.keeping_stores_on(platform.pk)),
        ]
        self.fields["price"] = AmountField(
            platform.currency, label=_("Price; empty takes it off the list"), required=False
        )


class TaxForm(forms.Form):
    """How the platform taxes."""

    country = forms.ChoiceField(label=gettext_lazy("Country"))
    prices_include_tax = forms.BooleanField(label=gettext_lazy("Prices contain the tax"), required=False)
    rounding = forms.ChoiceField(label=gettext_lazy("Rounded"), choices=ROUNDINGS)

    def __init__(self, data: Mapping[str, Any] | None, *, initial: Mapping[str, Any]) -> None:
        super().__init__(data, initial=dict(initial), label_suffix="")
        country = self.fields["country"]
        assert isinstance(country, forms.ChoiceField)
        country.choices = [(each, each) for each in RateTable().countries()]


@require_http_methods(["GET", "POST"])
@platform_page(Permission.RUN_PLATFORM)
def prices(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Price lists with their prices, and taxes; POST changes one of them. What was typed stays when it is refused."""
    settings = lists.tax_of(visit.platform.pk)
    do = request.POST.get("do", "")
    said = {"country": settings.country, "prices_include_tax": settings.prices_include_tax, "rounding": settings.rounding} if settings else {"prices_include_tax": True}  # fmt: skip
    made: dict[str, forms.Form] = {
        "list": ListForm(request.POST if do == "list" else None),
        "price": PriceForm(request.POST if do == "price" else None, platform=visit.platform),
        "tax": TaxForm(request.POST if do == "tax" else None, initial=said),
    }
    status = 200
    if request.method == "POST":
        status = 422
        if do not in made or made[do].is_valid():
            try:
                _change(request, visit, do, made)
            except HansaError as refusal:
                messages.error(request, sentence(refusal.message))
                status = status_of(refusal)
            else:
                messages.success(request, _("Saved."))
                return redirect("operator:prices", visit.platform.code)
    classes = lists.tax_classes(settings) if settings else {}
    chosen = request.GET.get("list", "")
    context = {
        "here": "prices",
        "forms": made,
        "lists": lists.price_lists(visit.platform.pk),
        "chosen": int(chosen) if is_number(chosen) else None,
        "on_list": lists.prices_on(platform_id=visit.platform.pk, price_list_id=int(chosen))[:MOST_PRICES]
        if is_number(chosen)
        else [],
        "settings": settings,
        "classed": [
            (category, category_name(category), depth, classes.get(category.pk, STANDARD))
            for category, depth in (catalogue.category_tree() if settings else [])
        ],
        "classes": CLASSES,
        "currency": visit.platform.currency,
        "now": visit.now,
    }
    return render(request, "operator/prices.html", context, status=status)


def _change(request: HttpRequest, visit: Visit, do: str, made: Mapping[str, forms.Form]) -> None:
    who = {"actor": visit.actor, "now": visit.now}
    act = _ACTS.get(do)
    if act is None:
        raise InvalidInput(_("Please use the buttons of this page."))
    act(request, visit, who, made.get(do))


def _make(request: HttpRequest, visit: Visit, who: dict[str, Any], form: Any) -> None:
    lists.make_price_list(**who, platform=visit.platform, **form.cleaned_data)


def _price(request: HttpRequest, visit: Visit, who: dict[str, Any], form: Any) -> None:
    lists.set_list_price(
        **who,
        platform_id=visit.platform.pk,
        price_list_id=number_of(request, "price_list"),
        **form.cleaned_data,
    )


def _tax(request: HttpRequest, visit: Visit, who: dict[str, Any], form: Any) -> None:
    lists.set_tax(**who, platform_id=visit.platform.pk, **form.cleaned_data)


def _class(request: HttpRequest, visit: Visit, who: dict[str, Any], form: Any) -> None:
    tax_class = request.POST.get("tax_class", "")
    lists.class_category(
        **who, platform_id=visit.platform.pk, category_id=number_of(request, "category"), tax_class=tax_class
    )


_ACTS: dict[str, Callable[[HttpRequest, Visit, dict[str, Any], Any], None]] = {
    "list": _make,
    "price": _price,
    "tax": _tax,
    "class": _class,
}
