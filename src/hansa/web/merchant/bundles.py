"""The desk's page of bundles: several goods at one price, as many as the scarcest of them allows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from hansa.commerce.accounts.policy import Permission
from hansa.commerce.catalogue import goods
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.catalogue.goods import Terms
from hansa.commerce.stock import selectors as stock
from hansa.foundation.http_errors import status_of
from hansa.kernel.errors import HansaError
from hansa.web.amounts import AmountField
from hansa.web.merchant.desk import Desk, desk_page, show
from hansa.web.requested import is_number
from hansa.web.templatetags.words import sentence

MOST_GOODS = 100


class BundleForm(forms.Form):
    """What a bundle is called and costs; the units of its goods stand beside it on the page."""

    title = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    title_zh = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=200, required=False)
    sku = forms.CharField(label=gettext_lazy("Article number"), max_length=64)

    def __init__(self, data: Mapping[str, Any] | None, *, currency: str) -> None:
        super().__init__(data, label_suffix="")
        self.fields["price"] = AmountField(currency, label=_("Price of the bundle"))


@require_http_methods(["GET", "POST"])
@desk_page(Permission.RUN_MERCHANT)
def page(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The bundles and how many of each can be had; POST makes one. What was typed stays when it is refused."""
    form = BundleForm(request.POST if request.method == "POST" else None, currency=desk.currency)
    made = catalogue.bundles_of_merchant(**desk.where)
    bundled = {bundle.offer_id for bundle in made}
    offered = [
        each
        for each in catalogue.listings_of_merchant(**desk.where)[:MOST_GOODS]
        if each.offer_id not in bundled
    ]
    units = {each.offer_id: request.POST.get(f"units-{each.offer_id}", "")[:6] for each in offered}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _make(
                    form, desk, {pk: int(text) for pk, text in units.items() if is_number(text) and int(text)}
                )
            except HansaError as refusal:
                messages.error(request, sentence(refusal.message))
                status = status_of(refusal)
            else:
                messages.success(request, _("Saved."))
                return redirect("merchant:bundles", desk.visit.platform.code, desk.merchant.pk)
    parts = {part.component_id for each in made for part in each.offer.components.all()}
    free = stock.available(platform_id=desk.visit.platform.pk, offer_ids=parts)
    allowed = catalogue.with_bundles(free)
    context = {
        "form": form,
        "bundles": [(each, allowed.get(each.offer_id, 0)) for each in made],
        "offered": [(each, units[each.offer_id]) for each in offered],
    }
    return show(request, desk, "bundles", context, status=status)


def _make(form: BundleForm, desk: Desk, components: Mapping[int, int]) -> None:
    goods.make_bundle(
        actor=desk.actor,
        platform=desk.visit.platform,
        merchant_id=desk.merchant.pk,
        terms=Terms(sku=form.cleaned_data["sku"], price=form.cleaned_data["price"]),
        title=form.cleaned_data["title"],
        title_zh=form.cleaned_data["title_zh"],
        components=components,
        now=desk.visit.now,
    )
