"""The merchant's desk: what sells and why, what to order, what is owed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hansa.commerce.accounts.policy import Permission
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.catalogue import services as catalogue_services
from hansa.commerce.ledger import selectors as ledger
from hansa.commerce.marketing import selectors as marketing
from hansa.commerce.merchants import selectors as merchants
from hansa.commerce.orders import selectors as order_selectors
from hansa.commerce.planning import selectors as planning
from hansa.commerce.planning import services as planning_services
from hansa.commerce.planning import tasks as planning_tasks
from hansa.commerce.promotions import selectors as promotion_selectors
from hansa.commerce.promotions import services as promotion_services
from hansa.commerce.stock import selectors as stock
from hansa.kernel.errors import HansaError, InvalidInput
from hansa.kernel.money import digits_of
from hansa.web.doors import Visit, merchant_page
from hansa.web.merchant import shown

SEEN = timedelta(days=28)
PAGE = 50
see = merchant_page(Permission.SEE_MERCHANT)
run = merchant_page(Permission.RUN_MERCHANT)


@require_GET
@see
def home(request: HttpRequest, visit: Visit, merchant_id: int) -> HttpResponse:
    """Four weeks at a glance, and what wants a decision."""
    platform_id, now = visit.platform.pk, visit.now
    days = order_selectors.daily_takings(
        platform_id=platform_id, merchant_id=merchant_id, since=now - SEEN * 2, until=now
    )
    funnel = marketing.funnel_of_merchant(
        platform_id=platform_id, merchant_id=merchant_id, since=now - SEEN, until=now
    )
    proposals = planning.open_proposals(platform_id=platform_id, merchant_id=merchant_id)
    context = {
        "sales": shown.sales(days, visit.platform.currency),
        "funnel": shown.funnel(funnel),
        "figures": funnel,
        "proposals": proposals[:6],
        "proposal_count": proposals.count(),
        "owed": ledger.owed_to_merchant(platform_id=platform_id, merchant_id=merchant_id),
        "scarce": [
            level
            for level in stock.levels_of_merchant(platform_id=platform_id, merchant_id=merchant_id)[:6]
            if level.on_hand - level.reserved - level.allocated < 5
        ],
    }
    return _page(request, visit, merchant_id, "home", context)


@require_GET
@see
def orders(request: HttpRequest, visit: Visit, merchant_id: int) -> HttpResponse:
    """The merchant's orders, newest first."""
    rows = order_selectors.orders_of_merchant(platform_id=visit.platform.pk, merchant_id=merchant_id)
    return _page(request, visit, merchant_id, "orders", {"orders": rows[:PAGE]})


@require_GET
@see
def goods(request: HttpRequest, visit: Visit, merchant_id: int) -> HttpResponse:
    """Goods with price, stock, sales and rating."""
    listings = catalogue.listings_of_merchant(platform_id=visit.platform.pk, merchant_id=merchant_id)[:200]
    free = stock.available(
        platform_id=visit.platform.pk, offer_ids=[listing.offer_id for listing in listings]
    )
    rows = [(listing, free[listing.offer_id]) for listing in listings]
    return _page(request, visit, merchant_id, "goods", {"goods": rows})


@require_POST
@run
def change_good(request: HttpRequest, visit: Visit, merchant_id: int, listing_id: int) -> HttpResponse:
    """Change a good's price, or show and hide it."""
    if "price" in request.POST:
        catalogue_services.set_price(
            actor=visit.actor,
            platform_id=visit.platform.pk,
            listing_id=listing_id,
            price=_minor(request.POST["price"], visit.platform.currency),
            currency=visit.platform.currency,
            now=visit.now,
        )
    else:
        catalogue_services.set_active(
            actor=visit.actor,
            platform_id=visit.platform.pk,
            listing_id=listing_id,
            is_active=request.POST.get("show") == "yes",
        )
    messages.success(request, _("Saved."))
    return redirect("merchant:goods", visit.platform.code, merchant_id)


@require_GET
@see
def demand(request: HttpRequest, visit: Visit, merchant_id: int) -> HttpResponse:
    """What is expected to sell, what to order, and what is on its way."""
    platform_id = visit.platform.pk
    latest = planning.find_latest_run(platform_id=platform_id, merchant_id=merchant_id)
    context = {
        "run": latest,
        "gain": shown.gain_of(latest),
        "proposals": planning.open_proposals(platform_id=platform_id, merchant_id=merchant_id)[:PAGE],
        "forecasts": planning.forecasts_of_run(latest)[:PAGE] if latest else [],
        "purchase_orders": planning.purchase_orders(platform_id=platform_id, merchant_id=merchant_id)[:20],
    }
    return _page(request, visit, merchant_id, "demand", context)


@require_GET
@see
def demand_of(request: HttpRequest, visit: Visit, merchant_id: int, offer_id: int) -> HttpResponse:
    """One good: its history, its forecast with its uncertainty, its stock and what to order."""
    platform_id = visit.platform.pk
    offer = catalogue.get_offer_of(merchant_id=merchant_id, offer_id=offer_id)
    picture = planning.demand_picture(platform_id=platform_id, merchant_id=merchant_id, offer_id=offer_id)
    proposals = planning.open_proposals(platform_id=platform_id, merchant_id=merchant_id)
    context = {
        "offer": offer,
        "picture": picture,
        "chart": shown.fan(offer.variant.product.title, picture),
        "proposal": proposals.filter(offer_id=offer_id).first(),
        "available": stock.available(platform_id=platform_id, offer_ids=[offer_id])[offer_id],
    }
    return _page(request, visit, merchant_id, "demand_of", context)


@require_POST
@run
def plan_again(request: HttpRequest, visit: Visit, merchant_id: int) -> HttpResponse:
    """Ask the worker for a fresh forecast of this merchant's goods."""
    planning_tasks.plan_merchant.defer(platform_id=visit.platform.pk, merchant_id=merchant_id)
    messages.success(request, _("A fresh plan is being made. Look again in a minute."))
    return redirect("merchant:demand", visit.platform.code, merchant_id)


@require_POST
@run
def decide(request: HttpRequest, visit: Visit, merchant_id: int, proposal_id: int) -> HttpResponse:
    """Accept a proposal, with another number of units if one likes, or turn it down."""
    if request.POST.get("decision") == "reject":
        planning_services.reject_proposal(
            actor=visit.actor, platform_id=visit.platform.pk, proposal_id=proposal_id, now=visit.now
        )
        messages.success(request, _("Turned down."))
    else:
        order = planning_services.accept_proposal(
            actor=visit.actor,
            platform_id=visit.platform.pk,
            proposal_id=proposal_id,
            units=_units(request.POST.get("units", "")),
            now=visit.now,
        )
        messages.success(request, _("Ordered: %(units)s units.") % {"units": order.units})
    return redirect("merchant:demand", visit.platform.code, merchant_id)


@require_POST
@run
def receive(request: HttpRequest, visit: Visit, merchant_id: int, purchase_order_id: int) -> HttpResponse:
    """Put ordered goods on hand."""
    planning_services.receive_purchase_order(
        actor=visit.actor, platform_id=visit.platform.pk, purchase_order_id=purchase_order_id, now=visit.now
    )
    messages.success(request, _("Received: the goods are in stock."))
    return redirect("merchant:demand", visit.platform.code, merchant_id)


@require_http_methods(["GET", "POST"])
@run
def promotions(request: HttpRequest, visit: Visit, merchant_id: int) -> HttpResponse:
    """Promotions that run and ran; start a new one."""
    platform_id = visit.platform.pk
    if request.method == "POST":
        try:
            promotion_services.start_promotion(
                actor=visit.actor,
                platform_id=platform_id,
                merchant_id=merchant_id,
                name=request.POST.get("name", ""),
                percent_bp=_basis_points(request.POST.get("percent", "")),
                offer_ids=[int(each) for each in request.POST.getlist("offers") if each.isdecimal()],
                starts_at=visit.now,
                ends_at=visit.now + timedelta(days=_days(request.POST.get("days", ""))),
            )
        except HansaError as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, _("The promotion runs."))
            return redirect("merchant:promotions", visit.platform.code, merchant_id)
    context = {
        "promotions": promotion_selectors.promotions_of_merchant(
            platform_id=platform_id, merchant_id=merchant_id
        )[:PAGE],
        "listings": catalogue.listings_of_merchant(platform_id=platform_id, merchant_id=merchant_id)[:60],
        "typed": request.POST,
        "now": visit.now,
    }
    return _page(request, visit, merchant_id, "promotions", context)


@require_GET
@see
def reach(request: HttpRequest, visit: Visit, merchant_id: int) -> HttpResponse:
    """From being shown to being bought again: per step, per good, per place, per source."""
    platform_id, since, until = visit.platform.pk, visit.now - SEEN, visit.now
    figures = marketing.funnel_of_merchant(
        platform_id=platform_id, merchant_id=merchant_id, since=since, until=until
    )
    context = {
        "figures": figures,
        "funnel": shown.funnel(figures),
        "listings": marketing.listings_of_merchant(
            platform_id=platform_id, merchant_id=merchant_id, since=since, until=until, limit=20
        ),
        "placements": marketing.placements_of_merchant(
            platform_id=platform_id, merchant_id=merchant_id, since=since, until=until
        ),
        "sources": marketing.sources_of_merchant(
            platform_id=platform_id, merchant_id=merchant_id, since=since, until=until
        ),
    }
    return _page(request, visit, merchant_id, "reach", context)


@require_GET
@see
def money(request: HttpRequest, visit: Visit, merchant_id: int) -> HttpResponse:
    """What is owed, and every posting that made it so."""
    context = {
        "owed": ledger.owed_to_merchant(platform_id=visit.platform.pk, merchant_id=merchant_id),
        "postings": ledger.postings_of_merchant(platform_id=visit.platform.pk, merchant_id=merchant_id)[
            :PAGE
        ],
    }
    return _page(request, visit, merchant_id, "money", context)


def _page(
    request: HttpRequest, visit: Visit, merchant_id: int, name: str, context: dict[str, Any]
) -> HttpResponse:
    context |= {
        "merchant": merchants.get_merchant(merchant_id),
        "currency": visit.platform.currency,
        "here": name,
    }
    return render(request, f"merchant/{name}.html", context)


def _minor(text: str, currency: str) -> int:
    try:
        amount = Decimal(text.replace(",", ".")).scaleb(digits_of(currency))
    except InvalidOperation:
        raise InvalidInput(_("%(text)r is no amount of money.") % {"text": text}) from None
    if not amount.is_finite() or amount != amount.to_integral_value() or abs(amount) > 10**12:
        raise InvalidInput(
            _("%(text)r is no amount of money in %(currency)s.") % {"text": text, "currency": currency}
        )
    return int(amount)


def _units(text: str) -> int | None:
    if not text.strip():
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise InvalidInput(_("%(text)r is no number of units.") % {"text": text})
    return int(text)


def _basis_points(text: str) -> int:
    return _minor(text, "USD") if text.strip() else 0


def _days(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:4]) <= 366:
        raise InvalidInput(_("a promotion runs 1 to 366 days"))
    return int(text)
