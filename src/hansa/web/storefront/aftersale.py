"""After buying: calling off units, sending goods back, and asking for help when something is wrong."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hansa.commerce.aftersale import disputes, returns, selectors
from hansa.commerce.aftersale.domain import Wish
from hansa.commerce.aftersale.models import Exchange
from hansa.commerce.aftersale.returns import Asked
from hansa.commerce.delivery import selectors as delivery
from hansa.commerce.orders import cancelling
from hansa.commerce.orders import selectors as orders
from hansa.commerce.orders.errors import NoSuchPurchase
from hansa.commerce.orders.models import Order, OrderGroup, OrderLine
from hansa.foundation.http_errors import status_of
from hansa.kernel import ids
from hansa.kernel.errors import HansaError
from hansa.web.aftersale import file_answer, photos_in, shown_dispute, shown_return, units_in, word_in
from hansa.web.amounts import minor_of
from hansa.web.doors import Visit, shop_page
from hansa.web.requested import is_number
from hansa.web.sentences.aftersale import KINDS, REASONS, WISHES
from hansa.web.storefront import pages, shown
from hansa.web.templatetags.words import sentence


def of_purchase(group: OrderGroup) -> dict[str, Any]:
    """What has become of a purchase after it was paid, and what its buyer can do now; for its page."""
    waiting = {
        order.pk: [
            (line, line.left_to_send)
            for line in order.lines.all()
            if order.status == "paid" and line.left_to_send
        ]
        for order in group.orders.all()
    }
    return {
        "key": ids.token()[:20],
        "returns": selectors.returns_of_purchase(group.pk),
        "disputes": selectors.disputes_of_purchase(group.pk),
        "parcels": delivery.carriers_parcels_of(group.pk),
        "waiting": [(line, left) for each in waiting.values() for line, left in each],
        "returnable": {
            order.pk
            for order in group.orders.all()
            if any(line.left_to_send_back for line in order.lines.all())
        },
        "disputable": {
            order.pk
            for order in group.orders.all()
            if order.status in {"paid", "shipped", "delivered"} and order.refunded < order.items_total
        },
    }


@require_POST
@shop_page
def cancel_units(request: HttpRequest, visit: Visit, number: str) -> HttpResponse:
    """Call off some units that have not left."""
    group = own_purchase(request, visit, number)
    try:
        cancelling.cancel_units(
            group_id=group.pk,
            units=units_in(request),
            key=request.POST.get("key", ""),
            reason="cancelled by the buyer",
            actor_name=visit.actor.name,
            now=visit.now,
        )
        messages.success(request, _("These are called off; the money is on its way back."))
    except HansaError as refusal:
        messages.error(request, sentence(refusal.message))
    return redirect(shown.url_of_purchase(visit, group))


@require_http_methods(["GET", "POST"])
@shop_page
def send_back(request: HttpRequest, visit: Visit, number: str, order_id: int) -> HttpResponse:
    """Ask to send goods of one merchant back. What was typed stays when it is refused."""
    group, order = _own_order(request, visit, number, order_id)
    status = 200
    if request.method == "POST":
        try:
            made = returns.request(group=group, actor=visit.actor, asked=_asked(request), now=visit.now)
            messages.success(request, _("The merchant is asked; you see here what they say."))
            return redirect(
                _with_token(reverse("shop:return", args=[visit.platform.code, made.number]), request)
            )
        except HansaError as refusal:
            messages.error(request, sentence(refusal.message))
            status = status_of(refusal)
    exchange = _exchange(request, order)
    lines = [(line, left) for line, left in _returnable(order, exchange) if left > 0]
    is_own = exchange is None and len(lines) == 1
    kindred = selectors.kindred_listings(visit.platform.pk, lines[0][0].offer_id) if is_own else []
    context = {
        "purchase": group,
        "order": order,
        "lines": lines,
        "exchange": exchange,
        "reasons": REASONS.items(),
        "wishes": [(wish, word) for wish, word in WISHES.items() if _is_open(wish, group, kindred)],
        "kindred": [(listing.offer_id, listing.title) for listing in kindred],
        "typed": request.POST,
        "days": selectors.terms_of(visit.platform.pk).window_days,
        "token": _token(request),
    }
    return pages.show(request, visit, "storefront/send_back.html", context, status=status)


@require_http_methods(["GET", "POST"])
@shop_page
def one_return(request: HttpRequest, visit: Visit, number: str) -> HttpResponse:
    """How far a return is; POST calls it off, or names the carrier that brings it."""
    token = _token(request)
    found = selectors.get_return(platform_id=visit.platform.pk, number=number, actor=visit.actor, token=token)
    is_buyer = selectors.owns(found.order.group, visit.actor, token)
    if request.method == "POST" and is_buyer:
        where = {"platform_id": visit.platform.pk, "return_id": found.pk}
        try:
            if request.POST.get("step") == "cancel":
                returns.call_off(**where, actor=visit.actor, now=visit.now)
            else:
                returns.hand_in(
                    **where,
                    actor=visit.actor,
                    carrier=request.POST.get("carrier", ""),
                    tracking_number=request.POST.get("tracking_number", ""),
                    now=visit.now,
                )
        except HansaError as refusal:
            messages.error(request, sentence(refusal.message))
        return redirect(_with_token(request.path, request))
    context = shown_return(found) | {"is_buyer": is_buyer, "token": token}
    return pages.show(request, visit, "storefront/return.html", context)


@require_GET
@shop_page
def photo(request: HttpRequest, visit: Visit, number: str, photo_id: int) -> HttpResponse:
    """A photo of a return, for those who may see the return."""
    content = selectors.get_photo(
        platform_id=visit.platform.pk,
        number=number,
        photo_id=photo_id,
        actor=visit.actor,
        token=_token(request),
    )
    return file_answer(content, "image/jpeg", f"{number}-{photo_id}.jpg")


@require_http_methods(["GET", "POST"])
@shop_page
def problem(request: HttpRequest, visit: Visit, number: str, order_id: int) -> HttpResponse:
    """Say what is wrong with one merchant's order, and how much of its price is disputed."""
    group, order = _own_order(request, visit, number, order_id)
    left, status = order.items_total - order.refunded, 200
    if request.method == "POST":
        try:
            made = disputes.open_dispute(
                order=order,
                actor=visit.actor,
                kind=request.POST.get("kind", ""),
                claim=minor_of(request.POST.get("claim", ""), order.currency),
                word=word_in(request),
                now=visit.now,
            )
            messages.success(request, _("The merchant is asked; you see here what they say."))
            return redirect(
                _with_token(reverse("shop:dispute", args=[visit.platform.code, made.number]), request)
            )
        except HansaError as refusal:
            messages.error(request, sentence(refusal.message))
            status = status_of(refusal)
    context = {
        "purchase": group,
        "order": order,
        "left": left,
        "kinds": [(kind, word) for kind, word in KINDS.items() if kind != "at_the_bank"],
        "typed": request.POST,
        "token": _token(request),
    }
    return pages.show(request, visit, "storefront/problem.html", context, status=status)


@require_http_methods(["GET", "POST"])
@shop_page
def dispute(request: HttpRequest, visit: Visit, number: str) -> HttpResponse:
    """What was said in a dispute; POST takes the merchant's answer, asks the platform, or adds a word."""
    token = _token(request)
    found = selectors.get_dispute(
        platform_id=visit.platform.pk, number=number, actor=visit.actor, token=token
    )
    is_buyer = selectors.owns(found.order.group, visit.actor, token)
    if request.method == "POST" and is_buyer:
        where = {"platform_id": visit.platform.pk, "dispute_id": found.pk}
        step = request.POST.get("step", "")
        try:
            if step in {"take", "ask"}:
                disputes.reply(
                    **where, actor=visit.actor, agrees=step == "take", word=word_in(request), now=visit.now
                )
            else:
                disputes.add_evidence(
                    **where, actor=visit.actor, side="buyer", word=word_in(request), now=visit.now
                )
        except HansaError as refusal:
            messages.error(request, sentence(refusal.message))
        return redirect(_with_token(request.path, request))
    context = shown_dispute(found) | {"is_buyer": is_buyer, "token": token}
    return pages.show(request, visit, "storefront/dispute.html", context)


@require_GET
@shop_page
def file(request: HttpRequest, visit: Visit, number: str, entry_id: int) -> HttpResponse:
    """A file of a dispute, for those who may see the dispute."""
    entry = selectors.get_file(
        platform_id=visit.platform.pk,
        number=number,
        entry_id=entry_id,
        actor=visit.actor,
        token=_token(request),
    )
    return file_answer(bytes(entry.content), entry.content_type, entry.file_name)


def _asked(request: HttpRequest) -> Asked:
    wish = request.POST.get("wish", "")
    wants = request.POST.get("wants", "")
    return Asked(
        units_in(request),
        request.POST.get("reason", ""),
        Wish(wish) if wish in set(Wish) else Wish.MONEY,
        int(wants) if wish == Wish.EXCHANGE and is_number(wants) else None,
        request.POST.get("note", ""),
        photos_in(request),
        int(exchange) if is_number(exchange := request.POST.get("exchange", "")) else None,
    )


def _exchange(request: HttpRequest, order: Order) -> Exchange | None:
    """The exchange whose goods are to be sent back, where one is named."""
    named = request.POST.get("exchange") or request.GET.get("exchange", "")
    return selectors.find_exchange(order_id=order.pk, exchange_id=int(named)) if is_number(named) else None


def _returnable(order: Order, exchange: Exchange | None) -> list[tuple[OrderLine, int]]:
    """Lines with the units that can be sent back: the order's own, or what went out in the exchange."""
    if exchange is not None:
        return [(each.line, exchange.left) for each in exchange.request.lines.all()]
    return [(line, line.left_to_send_back) for line in order.lines.all()]


def _is_open(wish: str, group: OrderGroup, kindred: list[Any]) -> bool:
    return (
        wish == "money"
        or (wish == "credit" and group.buyer_id is not None)
        or bool(wish == "exchange" and kindred)
    )


def own_purchase(request: HttpRequest, visit: Visit, number: str) -> OrderGroup:
    """The purchase of who looks, who bought it or holds a guest's token; refuses others, the operator too."""
    token = _token(request)
    group = orders.purchase_detail(
        platform_id=visit.platform.pk, number=number, actor=visit.actor, token=token
    )
    if not selectors.owns(group, visit.actor, token):
        raise NoSuchPurchase(f"there is no purchase {number} of yours here")
    return group


def _own_order(request: HttpRequest, visit: Visit, number: str, order_id: int) -> tuple[OrderGroup, Order]:
    group = own_purchase(request, visit, number)
    for order in group.orders.all():
        if order.pk == order_id:
            return group, order
    raise NoSuchPurchase(f"there is no order {order_id} here")


def _token(request: HttpRequest) -> str:
    return request.POST.get("token") or request.GET.get("token", "")


def _with_token(url: str, request: HttpRequest) -> str:
    token = _token(request)
    return f"{url}?token={token}" if token else url
