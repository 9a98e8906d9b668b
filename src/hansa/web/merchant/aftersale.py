"""The desk's pages after a sale: one order and what is sent of it, what comes back, what buyers complain of."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hansa.commerce.accounts.policy import Permission
from hansa.commerce.aftersale import disputes, exchanges, returns, selectors
from hansa.commerce.aftersale.domain import Wish
from hansa.commerce.aftersale.models import ReturnRequest
from hansa.commerce.aftersale.returns import Verdict
from hansa.commerce.delivery import carriers
from hansa.commerce.delivery import selectors as delivery
from hansa.commerce.delivery.carriers import Parcel
from hansa.commerce.orders import selectors as orders
from hansa.commerce.orders.models import Order
from hansa.commerce.promotions import selectors as promotions
from hansa.kernel.errors import HansaError, NotFound
from hansa.web.aftersale import shown_dispute, shown_return, units_in, word_in
from hansa.web.merchant.desk import Desk, desk_page, show
from hansa.web.requested import is_number, page_of
from hansa.web.sentences.aftersale import KINDS
from hansa.web.templatetags.words import sentence, state_word

PAGE = 25
NEWS = ("out", "delivered", "lost", "came_back")
see = desk_page(Permission.SEE_MERCHANT)
run = desk_page(Permission.RUN_MERCHANT)


@require_GET
@see
def order(request: HttpRequest, desk: Desk, order_id: int) -> HttpResponse:
    """One order: what has left, what can be sent now, and its parcels."""
    found = _order(desk, order_id)
    lines = [(line, line.left_to_send) for line in found.lines.all()]
    can_send = found.status == "paid" and any(left for _line, left in lines)
    parcels = [
        parcel
        for parcel in delivery.carriers_parcels_of(found.group_id)
        if any(part.fulfilment.order_id == found.pk for part in parcel.parts.all())
    ]
    context = {
        "order": found,
        "lines": lines,
        "can_send": can_send,
        "place": promotions.places_of([found.group.number]).get(found.group.number),
        "parcels": parcels,
        "news": [(status, state_word(status)) for status in NEWS],
    }
    return show(request, desk, "order", context)


@require_POST
@run
def send(request: HttpRequest, desk: Desk, order_id: int) -> HttpResponse:
    """Send units of an order by a carrier."""
    found = _order(desk, order_id)
    parcel = Parcel(request.POST.get("carrier", ""), request.POST.get("tracking_number", ""))
    try:
        carriers.send(
            actor=desk.actor,
            platform_id=desk.visit.platform.pk,
            order_id=found.pk,
            units=units_in(request),
            parcel=parcel,
            now=desk.visit.now,
        )
        messages.success(request, _("It is on its way."))
    except HansaError as refusal:
        messages.error(request, sentence(refusal.message))
    return redirect("merchant:order", desk.visit.platform.code, desk.merchant.pk, order_id)


@require_POST
@run
def tell(request: HttpRequest, desk: Desk, order_id: int, shipment_id: int) -> HttpResponse:
    """Write down what the carrier says of a parcel."""
    try:
        carriers.report(
            actor=desk.actor,
            platform_id=desk.visit.platform.pk,
            shipment_id=shipment_id,
            status=request.POST.get("status", ""),
            note=request.POST.get("note", ""),
            now=desk.visit.now,
        )
    except HansaError as refusal:
        messages.error(request, sentence(refusal.message))
    return redirect("merchant:order", desk.visit.platform.code, desk.merchant.pk, order_id)


@require_GET
@see
def aftersale(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Returns and disputes, the newest first."""
    platform_id, merchant_id = desk.visit.platform.pk, desk.merchant.pk
    sent_back = selectors.returns_of_merchant(platform_id=platform_id, merchant_id=merchant_id)
    quarrels = selectors.disputes_of_merchant(platform_id=platform_id, merchant_id=merchant_id)
    context = {
        "page": page_of(request, sent_back, PAGE),
        "quarrels": [(each, KINDS[each.kind]) for each in page_of(request, quarrels, PAGE, name="quarrels")],
    }
    return show(request, desk, "aftersale", context)


@require_http_methods(["GET", "POST"])
@run
def one_return(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """A return, and the next step in it; POST takes the step."""
    found = _return(desk, number)
    if request.method == "POST":
        try:
            _take_step(request, desk, found)
        except HansaError as refusal:
            messages.error(request, sentence(refusal.message))
        return redirect("merchant:return", desk.visit.platform.code, desk.merchant.pk, number)
    return show(request, desk, "return", shown_return(found))


@require_http_methods(["GET", "POST"])
@run
def dispute(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """A dispute; POST agrees, answers, or adds a word."""
    found = selectors.get_dispute(platform_id=desk.visit.platform.pk, number=number, actor=desk.actor)
    if found.order.merchant_id != desk.merchant.pk:
        raise NotFound(f"there is no dispute {number} of yours here")
    if request.method == "POST":
        where: dict[str, Any] = {
            "platform_id": desk.visit.platform.pk,
            "dispute_id": found.pk,
            "actor": desk.actor,
            "now": desk.visit.now,
        }
        step = request.POST.get("step", "")
        try:
            if step in {"agree", "answer"}:
                disputes.answer(**where, agrees=step == "agree", word=word_in(request))
            else:
                disputes.add_evidence(**where, side="merchant", word=word_in(request))
        except HansaError as refusal:
            messages.error(request, sentence(refusal.message))
        return redirect("merchant:dispute", desk.visit.platform.code, desk.merchant.pk, number)
    return show(request, desk, "dispute", shown_dispute(found))


def _take_step(request: HttpRequest, desk: Desk, found: ReturnRequest) -> None:
    where: dict[str, Any] = {
        "actor": desk.actor,
        "platform_id": desk.visit.platform.pk,
        "return_id": found.pk,
        "now": desk.visit.now,
    }
    note, step = request.POST.get("note", ""), request.POST.get("step", "")
    if step in {"agree", "refuse"}:
        returns.decide(**where, agrees=step == "agree", note=note)
    elif step == "receive":
        returns.receive(**where)
    elif step == "send":
        exchanges.send(
            **where,
            carrier=request.POST.get("carrier", ""),
            tracking_number=request.POST.get("tracking_number", ""),
        )
    else:
        verdicts = {
            each.line_id: Verdict(
                _count(request, f"accepted-{each.line_id}"), _count(request, f"restocked-{each.line_id}")
            )
            for each in found.lines.all()
        }
        settle_as = Wish.MONEY if step == "money" else None
        returns.inspect(**where, verdicts=verdicts, note=note, settle_as=settle_as)


def _count(request: HttpRequest, name: str) -> int:
    typed = request.POST.get(name, "")
    return int(typed) if is_number(typed) else 0


def _order(desk: Desk, order_id: int) -> Order:
    found = orders.get_order(platform_id=desk.visit.platform.pk, order_id=order_id)
    if found.merchant_id != desk.merchant.pk:
        raise NotFound(f"there is no order {order_id} here")
    return found


def _return(desk: Desk, number: str) -> ReturnRequest:
    found = selectors.get_return(platform_id=desk.visit.platform.pk, number=number, actor=desk.actor)
    if found.order.merchant_id != desk.merchant.pk:
        raise NotFound(f"there is no return {number} of yours here")
    return found
