"""The cart and the checkout. Every form works without a script; with one the page stays where it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts.models import Address
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.checkout import cart as carts
from hansa.commerce.checkout import paying, tendering
from hansa.commerce.checkout import services as checkouts
from hansa.commerce.checkout.errors import EmptyCart, PaymentRefused, PriceChanged
from hansa.commerce.checkout.paying import Placed
from hansa.commerce.checkout.services import Wish
from hansa.commerce.checkout.tendering import Means
from hansa.commerce.checkout.together import Together
from hansa.commerce.delivery.domain import Window, offered_windows
from hansa.commerce.orders.services import Destination
from hansa.foundation import tenancy
from hansa.foundation.http_errors import status_of
from hansa.kernel import ids
from hansa.kernel.errors import HansaError, NotFound
from hansa.web.doors import Visit, phased_shop_page, shop_page
from hansa.web.storefront import asked, pages, shown
from hansa.web.storefront.forms import CheckoutForm
from hansa.web.templatetags.words import good_name, sentence


@require_GET
@shop_page
def cart(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What lies in the cart, with prices and stock as they are now."""
    return _show_cart(request, visit)


@require_POST
@shop_page
def add_to_cart(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Put a good into the cart; a script gets the new count, anybody else the cart."""
    listing_id = asked.whole(request, "listing")
    try:
        carts.add(
            platform_id=visit.platform.pk,
            actor=visit.actor,
            listing_id=listing_id,
            quantity=asked.whole(request, "quantity", default=1),
            source=asked.source(request.POST.get("source", "")),
            is_noted=pages.may_note(request),
            now=visit.now,
        )
    except HansaError as refusal:
        if not _by_script(request):
            raise
        return _with_toast(HttpResponse(status=204), sentence(refusal.message), "error")
    listing = catalogue.get_listing(platform_id=visit.platform.pk, listing_id=listing_id)
    words = _("In your cart: %(title)s") % {"title": good_name(listing.product)}
    if not _by_script(request):
        messages.success(request, words)
        return redirect("shop:cart", visit.platform.code)
    count = carts.count_units(platform_id=visit.platform.pk, actor=visit.actor)
    return _with_toast(render(request, "storefront/_added.html", {"cart_count": count}), words, "success")


@require_POST
@shop_page
def change_line(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Set the units of a line; nought takes it out."""
    try:
        carts.set_quantity(
            platform_id=visit.platform.pk,
            actor=visit.actor,
            listing_id=asked.whole(request, "listing"),
            quantity=asked.whole(request, "quantity"),
            now=visit.now,
        )
    except HansaError as refusal:
        messages.error(request, sentence(refusal.message))
    return redirect("shop:cart", visit.platform.code)


@require_POST
@shop_page
def use_coupon(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Put a coupon on the cart, or take it off; one that does not run is said beside its field."""
    try:
        code = asked.line_of_text(request, "code", longest=40)
        carts.use_coupon(platform_id=visit.platform.pk, actor=visit.actor, code=code, now=visit.now)
    except HansaError as refusal:
        typed = request.POST.get("code", "")[:40]
        said = {"coupon_typed": typed, "coupon_error": sentence(refusal.message)}
        return _show_cart(request, visit, said, status=status_of(refusal))
    messages.success(request, _("The coupon is on your cart.") if code else _("The coupon is taken off."))
    return redirect("shop:cart", visit.platform.code)


@dataclass(frozen=True)
class Chosen:
    """What is checked out: how it looks, the moment from which it can be delivered, and the group that it is for."""

    look: Callable[[], carts.ShownCart]
    ready_at: datetime
    together: Together | None = None
    context: Mapping[str, Any] = field(default_factory=dict)


@require_http_methods(["GET", "POST"])
@phased_shop_page
def checkout(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Check out what lies in the cart."""
    look = partial(carts.look_into, platform_id=visit.platform.pk, actor=visit.actor, now=visit.now)
    return check_out(request, visit, Chosen(look, visit.now))


def check_out(request: HttpRequest, visit: Visit, chosen: Chosen) -> HttpResponse:
    """Where, when and how it is paid; then buy. What was typed stays when something is refused. Outside any transaction."""
    windows = offered_windows(chosen.ready_at)
    form, status = _form(request, visit, windows), 200
    if request.method == "POST":
        only_reckon = "reckon" in request.POST
        status = 200 if only_reckon else 422
        if form.is_valid() and not only_reckon:
            try:
                return HttpResponseRedirect(_next(visit, _buy(request, form, visit, chosen.together)))
            except HansaError as refusal:
                _say(request, refusal)
                status = status_of(refusal)
    with tenancy.as_platform(visit.platform.pk):
        look = chosen.look()
        if not look.lines:
            return redirect("shop:cart", visit.platform.code)
        tendered = _tendered(form, visit, look)
        context = {
            "form": form,
            "cart": look,
            "sums": shown.sums_of(look),
            "tendered": tendered,
            "rest": look.quote.grand_total - tendered,
            "days": shown.days_of(windows),
            "methods": checkouts.payment_methods(),
            "is_sandbox": checkouts.charges_nothing(),
            "key": ids.token(),
            "held": tendering.held_by(
                platform_id=visit.platform.pk, owner_id=visit.actor.user_id, currency=look.quote.currency
            ),
            **chosen.context,
        }
        return pages.show(request, visit, "storefront/checkout.html", context, status=status)


@require_GET
@phased_shop_page
def back(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Where a buyer comes back from a step at the provider: to the purchase, to why it failed, or to go on.

    Who has just bought is sent on from here: a form of ours may not lead straight to another house.
    """
    try:
        placed = paying.come_back(
            platform_id=visit.platform.pk,
            actor=visit.actor,
            number=request.GET.get("number", ""),
            token=request.GET.get("token", ""),
            now=visit.now,
        )
    except PaymentRefused as refusal:
        _say(request, refusal)
        return redirect("shop:cart", visit.platform.code)
    if not placed.step_url:
        return HttpResponseRedirect(shown.url_of_purchase(visit, placed.group))
    is_page = placed.step_url.startswith(("https://", "http://"))
    context = {
        "purchase": placed.group,
        "step": placed.step_url,
        "code": "" if is_page else shown.code_of(placed.step_url),
        "again": shown.url_of_step(visit, placed.group),
    }
    with tenancy.as_platform(visit.platform.pk):
        answer = pages.show(request, visit, "storefront/step.html", context)
    if is_page and "go" in request.GET:
        answer.headers["Refresh"] = f"0; url={placed.step_url}"
    return answer


def _next(visit: Visit, placed: Placed) -> str:
    if placed.step_url:
        return shown.url_of_step(visit, placed.group) + "&go=1"
    return shown.url_of_purchase(visit, placed.group)


def _tendered(form: CheckoutForm, visit: Visit, look: carts.ShownCart) -> int:
    """What the chosen cards, credit and points would pay now; a card that is not there pays nothing, and is said."""

    def preview(means: Means) -> int:
        return tendering.preview(
            platform_id=visit.platform.pk,
            means=means,
            buyer_id=visit.actor.user_id,
            due=look.quote.grand_total,
            currency=look.quote.currency,
            now=visit.now,
        )

    means = form.means()
    try:
        return preview(means)
    except NotFound as refusal:
        if form.is_bound:
            form.add_error("gift_card", sentence(refusal.message))
        return preview(replace(means, gift_card_codes=()))


def _show_cart(
    request: HttpRequest, visit: Visit, said: dict[str, str] | None = None, *, status: int = 200
) -> HttpResponse:
    look = carts.look_into(platform_id=visit.platform.pk, actor=visit.actor, now=visit.now)
    context = {
        "cart": look,
        "sums": shown.sums_of(look),
        "is_short": any(line.is_short for line in look.lines),
    }
    return pages.show(request, visit, "storefront/cart.html", context | (said or {}), status=status)


def _form(request: HttpRequest, visit: Visit, windows: Sequence[Window]) -> CheckoutForm:
    return CheckoutForm(
        request.POST if request.method == "POST" else None,
        actor=visit.actor,
        windows=windows,
        methods=checkouts.payment_methods(),
        known=accounts.addresses_of(visit.actor.user_id or 0).first(),
    )


def _buy(request: HttpRequest, form: CheckoutForm, visit: Visit, wanted: Together | None) -> Placed:
    typed = form.cleaned_data
    wish = Wish(
        destination=_destination(form, visit),
        window_key=typed["window"],
        method_token=typed["method"],
        agreed_total=typed["agreed_total"],
        email=typed.get("email", ""),
        means=form.means(),
        together=wanted,
    )
    return checkouts.place(
        platform_id=visit.platform.pk,
        actor=visit.actor,
        wish=wish,
        key=typed["key"],
        now=visit.now,
        return_to=request.build_absolute_uri(reverse("shop:back", args=[visit.platform.code])),
    )


def _destination(form: CheckoutForm, visit: Visit) -> Destination:
    """Where the parcel goes; an address that is not known lies in the middle of the platform's town."""
    typed = {
        name: form.cleaned_data[name] for name in ("recipient", "street", "city", "postal_code", "country")
    }
    for known in accounts.addresses_of(visit.actor.user_id or 0):
        if _is_at(known, typed):
            return Destination(**typed, latitude=known.latitude, longitude=known.longitude)
    return Destination(**typed, latitude=visit.platform.latitude, longitude=visit.platform.longitude)


def _is_at(known: Address, typed: dict[str, str]) -> bool:
    return all(
        getattr(known, name).casefold() == typed[name].casefold()
        for name in ("street", "city", "postal_code", "country")
    )


def _say(request: HttpRequest, refusal: HansaError) -> None:
    if isinstance(refusal, PriceChanged):
        messages.warning(request, sentence(refusal.message))
    elif not isinstance(refusal, EmptyCart):
        messages.error(request, sentence(refusal.message))


def _by_script(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def _with_toast(response: HttpResponse, text: str, level: str) -> HttpResponse:
    response.headers["HX-Trigger"] = json.dumps({"toast": {"text": text, "level": level}})
    return response
