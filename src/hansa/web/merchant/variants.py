"""The desk's pages of one good's variants, and of the platforms where it is sold, each at a price of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts.models import Platform
from hansa.commerce.accounts.policy import Permission
from hansa.commerce.catalogue import edits, goods
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.catalogue.bounds import WEIGHT_G
from hansa.commerce.catalogue.goods import Terms
from hansa.commerce.catalogue.models import Attribute, Listing, ProductEdit, Variant
from hansa.commerce.merchants import selectors as merchants
from hansa.foundation import tenancy
from hansa.foundation.http_errors import status_of
from hansa.kernel.errors import HansaError
from hansa.web.amounts import AmountField
from hansa.web.merchant.desk import Desk, desk_page, show
from hansa.web.merchant.forms import PriceForm, slip_of
from hansa.web.templatetags.words import in_language, sentence


class NewVariantsForm(forms.Form):
    """Variants for every combination of the values of one or two attributes; SKUs are made of a stem and the values."""

    stem = forms.SlugField(label=gettext_lazy("Beginning of the article numbers"), max_length=40)
    axis_1 = forms.ChoiceField(label=gettext_lazy("They differ by"))
    values_1 = forms.CharField(
        label=gettext_lazy("Values, with commas between them"), max_length=400, initial=""
    )
    axis_2 = forms.ChoiceField(label=gettext_lazy("And by"), required=False)
    values_2 = forms.CharField(
        label=gettext_lazy("Values of that, with commas between them"), max_length=400, required=False
    )
    weight_g = forms.IntegerField(
        label=gettext_lazy("Weight in grams"), min_value=WEIGHT_G.least, max_value=WEIGHT_G.most, initial=500
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, known: list[Attribute], currency: str
    ) -> None:
        super().__init__(data, label_suffix="")
        for name, label in (("price", _("Price")), ("unit_cost", _("What one costs you"))):
            self.fields[name] = AmountField(currency, label=label)
        named = [(each.code, in_language(each.name, each.name_zh)) for each in known]
        for name, options in (("axis_1", named), ("axis_2", [("", "–"), *named])):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = options

    def wanted(self) -> list[tuple[Terms, dict[str, str]]]:
        """Every combination, as terms and values."""
        said = self.cleaned_data
        first = [(said["axis_1"], each) for each in _split(said["values_1"])]
        second = [(said["axis_2"], each) for each in _split(said["values_2"])] if said["axis_2"] else []
        return [
            self._one(combination) for combination in (product(first, second) if second else product(first))
        ]

    def _one(self, combination: tuple[tuple[str, str], ...]) -> tuple[Terms, dict[str, str]]:
        texts = [text for _code, text in combination]
        terms = Terms(
            sku="-".join([self.cleaned_data["stem"], *(text.replace(" ", "") for text in texts)])[:64],
            label=" · ".join(texts)[:80],
            price=self.cleaned_data["price"],
            unit_cost=self.cleaned_data["unit_cost"],
            weight_g=self.cleaned_data["weight_g"],
        )
        return terms, dict(combination)


@dataclass(frozen=True)
class Cell:
    """The value of one attribute of one variant, as a field of the matrix."""

    field: str
    label: str
    text: str


@dataclass(frozen=True)
class Place:
    """A platform where the merchant keeps a store, and the good's listing there if there is one."""

    platform: Platform
    listing: Listing | None
    typed: str = ""
    slip: str = ""


@require_http_methods(["GET", "POST"])
@desk_page(Permission.RUN_MERCHANT)
def variants(request: HttpRequest, desk: Desk, listing_id: int) -> HttpResponse:
    """The matrix of variants and attributes; POST changes values, or makes every missing combination of some."""
    listing = catalogue.get_own_listing(**desk.where, listing_id=listing_id)
    known, found = catalogue.attributes(), catalogue.variants_of(listing.product_id)
    is_new = request.POST.get("do") == "make"
    form = NewVariantsForm(request.POST if is_new else None, known=known, currency=desk.currency)
    status = 200
    if request.method == "POST":
        status = 422
        if not is_new or form.is_valid():
            try:
                _change(request, desk, listing, form if is_new else None, known, found)
            except HansaError as refusal:
                messages.error(request, sentence(refusal.message))
                status = status_of(refusal)
            else:
                return redirect("merchant:variants", desk.visit.platform.code, desk.merchant.pk, listing_id)
    context = {
        "listing": listing,
        "form": form,
        "known": known,
        "matrix": [(variant, _cells(request, variant, known)) for variant in found],
    }
    return show(request, desk, "variants", context, status=status)


@require_http_methods(["GET", "POST"])
@desk_page(Permission.RUN_MERCHANT)
def places(request: HttpRequest, desk: Desk, listing_id: int) -> HttpResponse:
    """Where the good is sold; POST lists it on a platform at a price, changes that, or hides it there."""
    listing = catalogue.get_own_listing(**desk.where, listing_id=listing_id)
    found = _places(desk, listing)
    status = 200
    if request.method == "POST":
        code = request.POST.get("platform", "")
        at = next((number for number, each in enumerate(found) if each.platform.code == code), None)
        if at is not None:
            place = found[at]
            slip = _sell(request, desk, listing, place.platform)
            if not slip:
                messages.success(request, _("Saved."))
                return redirect("merchant:places", desk.visit.platform.code, desk.merchant.pk, listing_id)
            found[at] = Place(place.platform, place.listing, request.POST.get("price", "")[:20], slip)
        status = 422
    return show(request, desk, "places", {"listing": listing, "places": found}, status=status)


def _change(
    request: HttpRequest,
    desk: Desk,
    listing: Listing,
    form: NewVariantsForm | None,
    known: list[Attribute],
    found: list[Variant],
) -> None:
    if form is not None:
        made = goods.add_variants(
            actor=desk.actor,
            platform=desk.visit.platform,
            merchant_id=desk.merchant.pk,
            product_id=listing.product_id,
            wanted=form.wanted(),
            now=desk.visit.now,
        )
        messages.success(request, _("Variants made: %(count)s") % {"count": len(made)})
        return
    wanted = {
        variant.sku: {each.code: request.POST.get(_field(variant, each), "") for each in known}
        for variant in found
    }
    edit = edits.propose(
        actor=desk.actor,
        **desk.where,
        product_id=listing.product_id,
        wanted={"attributes": wanted},
        now=desk.visit.now,
    )
    if edit.state == ProductEdit.State.APPLIED:
        messages.success(request, _("Saved."))
    else:
        messages.info(request, _("Another merchant offers this too, so the platform looks at it first."))


def _cells(request: HttpRequest, variant: Variant, known: list[Attribute]) -> list[Cell]:
    said = {each.attribute.code: each.value.text for each in variant.values.all()}
    return [
        Cell(
            name := _field(variant, each),
            f"{in_language(each.name, each.name_zh)}, {variant.sku}",
            request.POST.get(name, said.get(each.code, "")),
        )
        for each in known
    ]


def _field(variant: Variant, attribute: Attribute) -> str:
    return f"v{variant.pk}-{attribute.code}"


def _split(text: str) -> list[str]:
    return list(dict.fromkeys(each for part in text.replace("，", ",").split(",") if (each := part.strip())))


def _places(desk: Desk, listing: Listing) -> list[Place]:
    presence = merchants.merchants_of([desk.merchant.pk])
    own = set(presence[0].platform_ids) if presence else set()
    found = []
    for platform in accounts.platforms():
        if platform.pk in own:
            with tenancy.as_platform(platform.pk):
                there = catalogue.listings_of_merchant(platform_id=platform.pk, merchant_id=desk.merchant.pk)
                found.append(Place(platform, there.filter(offer_id=listing.offer_id).first()))
    return found


def _sell(request: HttpRequest, desk: Desk, listing: Listing, platform: Platform) -> str:
    """Sell it there as was typed; answers what is wrong with that, or nothing."""
    form = PriceForm(request.POST, currency=platform.currency)
    if not form.is_valid():
        return slip_of(form, "price")
    try:
        goods.sell_at(
            actor=desk.actor,
            platform=platform,
            merchant_id=desk.merchant.pk,
            offer_id=listing.offer_id,
            price=form.cleaned_data["price"],
            is_active=request.POST.get("show") == "yes",
            now=desk.visit.now,
        )
    except HansaError as refusal:
        return sentence(refusal.message)
    return ""
