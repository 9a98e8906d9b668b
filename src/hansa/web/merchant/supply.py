"""Demand and supply at the merchant's desk: forecasts, proposals to accept, orders to receive."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hansa.commerce.accounts.policy import Permission
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.planning import asking
from hansa.commerce.planning import selectors as planning
from hansa.commerce.planning import services as planning_services
from hansa.commerce.stock import selectors as stock
from hansa.web.merchant import shown
from hansa.web.merchant.desk import Desk, desk_page, show
from hansa.web.merchant.forms import UnitsForm, slip_of
from hansa.web.requested import is_number
from hansa.web.templatetags.words import good_name

PAGE = 50
MOST_FORECASTS = 500
see = desk_page(Permission.SEE_MERCHANT)
run = desk_page(Permission.RUN_MERCHANT)
Wrong = dict[int, tuple[str, str]]


@require_GET
@see
def demand(request: HttpRequest, desk: Desk) -> HttpResponse:
    """What is expected to sell, what to order, and what is on its way."""
    return _show_demand(request, desk)


@require_GET
@see
def demand_of(request: HttpRequest, desk: Desk, offer_id: int) -> HttpResponse:
    """One good: its history, its forecast with its uncertainty, its stock and what to order."""
    return _show_good(request, desk, offer_id)


@require_POST
@run
def plan_again(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Ask the worker for a fresh forecast of this merchant's goods; asking twice asks once."""
    if asking.ask_for_plan(actor=desk.actor, **desk.where):
        messages.success(request, _("A fresh plan is being made. Look again in a minute."))
    else:
        messages.info(request, _("A fresh plan is already being made."))
    return redirect("merchant:demand", desk.visit.platform.code, desk.merchant.pk)


@require_POST
@run
def decide(request: HttpRequest, desk: Desk, proposal_id: int) -> HttpResponse:
    """Accept a proposal, with another number of units if one likes, or turn it down."""
    platform_id, now = desk.visit.platform.pk, desk.visit.now
    if request.POST.get("decision") == "reject":
        planning_services.reject_proposal(
            actor=desk.actor, platform_id=platform_id, proposal_id=proposal_id, now=now
        )
        messages.success(request, _("Turned down."))
        return _back(request, desk)
    form = UnitsForm(request.POST)
    if not form.is_valid():
        typed, told = request.POST.get("units", "")[:20], slip_of(form, "units")
        return _show_demand(request, desk, wrong={proposal_id: (typed, told)}, status=422)
    order = planning_services.accept_proposal(
        actor=desk.actor,
        platform_id=platform_id,
        proposal_id=proposal_id,
        units=form.cleaned_data["units"],
        now=now,
    )
    messages.success(request, _("Ordered: %(units)s units.") % {"units": order.units})
    return _back(request, desk)


@require_POST
@run
def receive(request: HttpRequest, desk: Desk, purchase_order_id: int) -> HttpResponse:
    """Put ordered goods on hand."""
    planning_services.receive_purchase_order(
        actor=desk.actor,
        platform_id=desk.visit.platform.pk,
        purchase_order_id=purchase_order_id,
        now=desk.visit.now,
    )
    messages.success(request, _("Received: the goods are in stock."))
    return _back(request, desk)


def outlooks_of(desk: Desk) -> list[shown.Outlook]:
    """Every good of the latest run with what is expected of it, the most wanted first."""
    run = planning.find_latest_run(**desk.where)
    forecasts = list(planning.forecasts_of_run(run)[:MOST_FORECASTS]) if run else []
    free = stock.available(
        platform_id=desk.visit.platform.pk, offer_ids=[forecast.offer_id for forecast in forecasts]
    )
    return shown.outlooks(forecasts, free)


def _show_demand(
    request: HttpRequest, desk: Desk, *, wrong: Wrong | None = None, status: int = 200
) -> HttpResponse:
    run = planning.find_latest_run(**desk.where)
    proposals = list(planning.open_proposals(**desk.where)[:PAGE])
    context = {
        "run": run,
        "gain": shown.gain_of(run),
        "proposals": proposals,
        "wrong": wrong or {},
        "outlooks": outlooks_of(desk)[:PAGE],
        "purchase_orders": planning.purchase_orders(**desk.where)[:20],
    }
    return show(request, desk, "demand", context, status=status)


def _show_good(request: HttpRequest, desk: Desk, offer_id: int) -> HttpResponse:
    offer = catalogue.get_offer_of(merchant_id=desk.merchant.pk, offer_id=offer_id)
    picture = planning.demand_picture(**desk.where, offer_id=offer_id)
    free = stock.available(platform_id=desk.visit.platform.pk, offer_ids=[offer_id])[offer_id]
    orders = [each for each in planning.purchase_orders(**desk.where)[:200] if each.offer_id == offer_id]
    forecast = picture.forecast
    context = {
        "offer": offer,
        "chart": shown.fan(picture),
        "outlook": shown.outlook(forecast, free, good_name(offer.variant.product)) if forecast else None,
        "run": forecast.run if forecast else None,
        "gain": shown.gain_of(forecast.run) if forecast else None,
        "proposals": [each for each in planning.open_proposals(**desk.where) if each.offer_id == offer_id],
        "purchase_orders": orders[:10],
        "available": free,
        "on_order": sum(each.units for each in orders if each.status == "ordered"),
        "back": offer_id,
    }
    return show(request, desk, "demand_of", context)


def _back(request: HttpRequest, desk: Desk) -> HttpResponse:
    """To the page of the good where one came from, else to all of them."""
    here = [desk.visit.platform.code, desk.merchant.pk]
    good = request.POST.get("back", "")
    if is_number(good):
        return redirect("merchant:demand-of", *here, int(good))
    return redirect("merchant:demand", *here)
