"""The operator's desk: how the platform does, its orders, its merchants, its money, and whether its promises hold."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hansa.commerce.accounts.policy import Permission
from hansa.commerce.catalogue import standing
from hansa.commerce.delivery import selectors as delivery
from hansa.commerce.ledger import selectors as ledger
from hansa.commerce.marketing import selectors as marketing
from hansa.commerce.merchants import selectors as merchants
from hansa.commerce.orders import cancelling
from hansa.commerce.orders import selectors as order_selectors
from hansa.commerce.orders.domain import OrderStatus
from hansa.commerce.recommendations import selectors as recommendations
from hansa.commerce.reviews import selectors as reviews
from hansa.foundation import invariants, outbox
from hansa.foundation.http_errors import status_of
from hansa.kernel.errors import HansaError, InvalidInput
from hansa.web.doors import Visit, phased_platform_page, platform_page
from hansa.web.operator import shown
from hansa.web.requested import page_of
from hansa.web.storefront.shown import steps_of
from hansa.web.templatetags.words import sentence

SEEN = timedelta(days=shown.DAYS)
PAGE = 40
POSTINGS = 15
WEEKS = 12
LONGEST_REASON = 200
see = platform_page(Permission.SEE_PLATFORM)
run = platform_page(Permission.RUN_PLATFORM)
phased_run = phased_platform_page(Permission.RUN_PLATFORM)


@require_GET
@see
def home(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Four weeks at a glance: sales, buyers, the funnel, the books, the recommender, the outbox."""
    platform_id, now = visit.platform.pk, visit.now
    days = order_selectors.daily_takings(platform_id=platform_id, since=now - 2 * SEEN, until=now)
    purchases = order_selectors.standing_of_purchases(platform_id=platform_id, since=now - SEEN, until=now)
    before = order_selectors.standing_of_purchases(
        platform_id=platform_id, since=now - 2 * SEEN, until=now - SEEN
    )
    reach = marketing.reach_of_platform(platform_id=platform_id, since=now - SEEN, until=now)
    model = recommendations.serving_model(platform_id)
    context = {
        "takings": shown.takings(days, visit.platform.currency),
        "standing": purchases,
        "purchases_change": shown.change(purchases.purchases, before.purchases),
        "buyers_change": shown.change(purchases.buyers, before.buyers),
        "funnel": shown.funnel(reach, purchases),
        "books": shown.books(ledger.balances_of_platform(platform_id)),
        "model": model,
        "scores": shown.scores(model),
        "outbox": outbox.waiting_of(platform_id),
        "parked": outbox.parked_of(platform_id),
    }
    return _page(request, visit, "home", context)


@require_GET
@see
def orders(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Purchases, newest first, by part of their number and by state."""
    text, status = request.GET.get("q", "")[:32], request.GET.get("status", "")
    if status not in [each.value for each in OrderStatus]:
        status = ""
    found = order_selectors.find_purchases(platform_id=visit.platform.pk, text=text, status=status)
    context = {
        "page": page_of(request, found, PAGE),
        "text": text,
        "status": status,
        "statuses": [each.value for each in OrderStatus],
    }
    return _page(request, visit, "orders", context)


@require_GET
@see
def order(request: HttpRequest, visit: Visit, number: str) -> HttpResponse:
    """One purchase: its orders and lines, its money, its parcel and every step it took."""
    group = order_selectors.purchase_detail(platform_id=visit.platform.pk, number=number, actor=visit.actor)
    shipment = delivery.find_shipment_of(group.pk)
    own = list(group.orders.all())
    context = {
        "purchase": group,
        "orders": own,
        "steps": steps_of(group, shipment),
        "shipment": shipment,
        "payment": order_selectors.find_payment(platform_id=visit.platform.pk, number=group.number),
        "commission": sum(order.commission for order in own),
        "commission_tax": sum(order.commission_tax for order in own),
        "changes": sorted(
            (change for order in own for change in order.changes.all()),
            key=lambda change: (change.at, change.pk),
        ),
        "can_cancel": all(order.status in {OrderStatus.PLACED, OrderStatus.PAID} for order in own),
    }
    return _page(request, visit, "order", context)


@require_POST
@run
def cancel(request: HttpRequest, visit: Visit, number: str) -> HttpResponse:
    """Cancel a purchase that has not been sent, and say why; its money goes back."""
    reason = request.POST.get("reason", "").strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise InvalidInput(
            _("Say in 1 to %(most)s characters why it is cancelled.") % {"most": LONGEST_REASON}
        )
    group = order_selectors.purchase_detail(platform_id=visit.platform.pk, number=number, actor=visit.actor)
    cancelling.cancel_all(group_id=group.pk, reason=reason, actor_name=visit.actor.name, now=visit.now)
    messages.success(request, _("Cancelled. Stock, coupons and money are given back."))
    return redirect("operator:order", visit.platform.code, group.number)


@require_GET
@see
def merchants_list(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The merchants on the platform, the best-selling first, with sales and rating."""
    text = request.GET.get("q", "")[:60]
    number = request.GET.get("page", "1")
    asked = int(number) if number.isascii() and number.isdecimal() and len(number) < 6 else 1
    ranking = order_selectors.merchants_ranked(
        platform_id=visit.platform.pk,
        since=visit.now - SEEN,
        until=visit.now,
        text=text,
        limit=PAGE,
        offset=PAGE * max(0, asked - 1),
    )
    context = {
        "merchants": [(row, shown.merchant_word(row.status)) for row in ranking.rows],
        "page": Paginator(range(max(ranking.total, PAGE * (asked - 1) + 1)), PAGE).get_page(asked),
        "total": ranking.total,
        "text": text,
    }
    return _page(request, visit, "merchants", context)


@require_GET
@see
def merchant(request: HttpRequest, visit: Visit, merchant_id: int) -> HttpResponse:
    """One merchant here: whether it may sell, sales, what is owed and by which postings, what people say."""
    return _merchant(request, visit, merchant_id)


@require_POST
@run
def standing_of(request: HttpRequest, visit: Visit, merchant_id: int, to: str) -> HttpResponse:
    """Let a merchant sell, or suspend it and say why."""
    reason = request.POST.get("reason", "")
    try:
        if to == "approve":
            standing.approve(actor=visit.actor, merchant_id=merchant_id, now=visit.now)
        else:
            standing.suspend(actor=visit.actor, merchant_id=merchant_id, reason=reason, now=visit.now)
    except HansaError as refusal:
        messages.error(request, sentence(refusal.message))
        return _merchant(request, visit, merchant_id, status=status_of(refusal))
    said = _("The merchant may sell.") if to == "approve" else _("The merchant is suspended.")
    messages.success(request, said)
    return redirect("operator:merchant", visit.platform.code, merchant_id)


def _merchant(request: HttpRequest, visit: Visit, merchant_id: int, *, status: int = 200) -> HttpResponse:
    platform_id, now = visit.platform.pk, visit.now
    store = merchants.get_store(platform_id=platform_id, merchant_id=merchant_id)
    days = order_selectors.daily_takings(
        platform_id=platform_id, merchant_id=merchant_id, since=now - 2 * SEEN, until=now
    )
    postings = ledger.postings_of_merchant(platform_id=platform_id, merchant_id=merchant_id)
    context = {
        "store": store,
        "merchant": store.merchant,
        "state": shown.merchant_word(store.merchant.status),
        "standing": shown.standing(standing.history_of(merchant_id)),
        "decides": visit.actor.may(Permission.RUN_PLATFORM, platform_id=store.merchant.home_platform_id),
        "typed": request.POST.get("reason", "")[: standing.LONGEST_REASON],
        "longest": standing.LONGEST_REASON,
        "shown_goods": standing.shown_goods_of(merchant_id),
        "open_orders": order_selectors.open_orders_of(platform_id=platform_id, merchant_id=merchant_id),
        "takings": shown.takings(days, visit.platform.currency),
        "sold": sum(day.orders for day in days[-shown.DAYS :]),
        "units": sum(day.units for day in days[-shown.DAYS :]),
        "owed": ledger.owed_to_merchant(
            platform_id=platform_id, merchant_id=merchant_id, currency=visit.platform.currency
        ),
        "postings": [(posting, shown.posting_word(posting.journal.kind)) for posting in postings[:POSTINGS]],
        "reviews": reviews.reviews_of_merchant(platform_id=platform_id, merchant_id=merchant_id)[:6],
    }
    return _page(request, visit, "merchant", context, status=status)


@require_GET
@see
def money(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The books: the trial balance, and what orders brought in the last weeks."""
    platform_id = visit.platform.pk
    monday = shown.first_monday(visit.now.date(), weeks=WEEKS)
    weeks = order_selectors.weekly_earnings(
        platform_id=platform_id, since=datetime.combine(monday, time(), tzinfo=UTC), until=visit.now
    )
    context = {
        "books": shown.books(ledger.balances_of_platform(platform_id)),
        "weeks": list(reversed(weeks)),
        "chart": shown.earnings(weeks, visit.platform.currency),
    }
    return _page(request, visit, "money", context)


@require_http_methods(["GET", "POST"])
@phased_run
def promises(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What must hold at any moment; POST looks at the live database, outside any transaction of the page.

    The rows that break a promise may be another platform's: the page counts them, `hansa check` names them.
    """
    findings = list(invariants.check()) if request.method == "POST" else []
    context = {
        "promises": shown.promises(invariants.all_invariants(), findings),
        "checked": bool(findings),
        "broken": sum(not finding.holds for finding in findings),
    }
    return _page(request, visit, "promises", context)


def _page(
    request: HttpRequest, visit: Visit, name: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    context |= {"here": name, "now": visit.now, "currency": visit.platform.currency}
    return render(request, f"operator/{name}.html", context, status=status)
