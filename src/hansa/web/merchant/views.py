"""The merchant's desk: what sells and why, what is in stock, what is owed. Demand and orders to suppliers: `supply`."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hansa.commerce.accounts.policy import Permission
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.catalogue import services as catalogue_services
from hansa.commerce.catalogue import standing
from hansa.commerce.ledger import selectors as ledger
from hansa.commerce.marketing import selectors as marketing
from hansa.commerce.marketing.selectors import Funnel
from hansa.commerce.orders import selectors as order_selectors
from hansa.commerce.orders.domain import OrderStatus
from hansa.commerce.planning import selectors as planning
from hansa.commerce.promotions import selectors as promotions
from hansa.commerce.stock import selectors as stock
from hansa.web.merchant import shown
from hansa.web.merchant.desk import Desk, desk_page, show
from hansa.web.merchant.forms import PriceForm, slip_of
from hansa.web.merchant.supply import outlooks_of
from hansa.web.requested import page_of

SEEN = timedelta(days=shown.SPAN_DAYS)
PAGE = 25
FEW = 4
see = desk_page(Permission.SEE_MERCHANT)
run = desk_page(Permission.RUN_MERCHANT)


@require_GET
@see
def home(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Four weeks at a glance, and what wants a decision."""
    now = desk.visit.now
    days = order_selectors.daily_takings(**desk.where, since=now - SEEN * 2, until=now)
    figures = _funnel(desk)
    low = [row for row in outlooks_of(desk) if row.runs_low]
    context = {
        "sales": shown.sales(days, desk.currency, desk.digits),
        "figures": figures,
        "funnel": shown.funnel(figures),
        "best": marketing.listings_of_merchant(**desk.where, since=now - SEEN, until=now, limit=7),
        "proposals": planning.open_proposals(**desk.where)[:FEW],
        "owed": ledger.owed_to_merchant(**desk.where, currency=desk.currency),
        "is_suspended": desk.merchant.status == "suspended",
        "because": standing.reason_of_suspension(desk.merchant),
        "low": sorted(low, key=lambda row: (row.lasts_days or 0, -row.expected))[:8],
    }
    return show(request, desk, "home", context)


@require_GET
@see
def orders(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The merchant's orders, newest first, all or those at one station."""
    wanted = request.GET.get("status", "")
    status = wanted if wanted in set(OrderStatus) else ""
    rows = order_selectors.orders_of_merchant(**desk.where, status=status)
    page = page_of(request, rows, PAGE)
    places = promotions.places_of(order.group.number for order in page)
    context = {
        "page": page,
        "rows": [(order, places.get(order.group.number)) for order in page],
        "status": status,
        "statuses": list(OrderStatus),
    }
    return show(request, desk, "orders", context)


@require_GET
@see
def goods(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Goods with price, stock, sales and rating."""
    return _show_goods(request, desk)


@require_POST
@run
def change_good(request: HttpRequest, desk: Desk, listing_id: int) -> HttpResponse:
    """Change a good's price, or show and hide it."""
    if "price" in request.POST:
        form = PriceForm(request.POST, currency=desk.currency)
        if not form.is_valid():
            wrong = {listing_id: (request.POST["price"][:20], slip_of(form, "price"))}
            return _show_goods(request, desk, wrong=wrong, status=422)
        catalogue_services.set_price(
            actor=desk.actor,
            platform_id=desk.visit.platform.pk,
            listing_id=listing_id,
            price=form.cleaned_data["price"],
            currency=desk.currency,
            now=desk.visit.now,
        )
    else:
        catalogue_services.set_active(
            actor=desk.actor,
            platform_id=desk.visit.platform.pk,
            listing_id=listing_id,
            is_active=request.POST.get("show") == "yes",
        )
    messages.success(request, _("Saved."))
    goods_url = reverse("merchant:goods", args=[desk.visit.platform.code, desk.merchant.pk])
    page = request.GET.get("page", "")
    return redirect(f"{goods_url}?page={page}" if page.isascii() and page.isdecimal() else goods_url)


@require_GET
@see
def reach(request: HttpRequest, desk: Desk) -> HttpResponse:
    """From being shown to being bought again: per step, per good, per place, per source."""
    since, until = desk.visit.now - SEEN, desk.visit.now
    figures = _funnel(desk)
    context = {
        "figures": figures,
        "funnel": shown.funnel(figures),
        "listings": marketing.listings_of_merchant(**desk.where, since=since, until=until, limit=20),
        "placements": marketing.placements_of_merchant(**desk.where, since=since, until=until),
        "sources": marketing.sources_of_merchant(**desk.where, since=since, until=until),
    }
    return show(request, desk, "reach", context)


def _show_goods(
    request: HttpRequest, desk: Desk, *, wrong: dict[int, tuple[str, str]] | None = None, status: int = 200
) -> HttpResponse:
    page = page_of(request, catalogue.listings_of_merchant(**desk.where), PAGE)
    listings = list(page)
    free = stock.available(
        platform_id=desk.visit.platform.pk, offer_ids=[listing.offer_id for listing in listings]
    )
    rows = [
        (listing, free[listing.offer_id], *(wrong or {}).get(listing.pk, ("", ""))) for listing in listings
    ]
    return show(request, desk, "goods", {"goods": rows, "page": page}, status=status)


def _funnel(desk: Desk) -> Funnel:
    return marketing.funnel_of_merchant(**desk.where, since=desk.visit.now - SEEN, until=desk.visit.now)
