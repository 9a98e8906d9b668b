"""Reads of demand, forecasts, proposals and purchase orders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import QuerySet, Sum
from django.db.models.functions import TruncDate

from hansa.commerce.orders.models import OrderLine
from hansa.commerce.planning.models import Forecast, ForecastRun, PurchaseOrder, ReorderProposal
from hansa.commerce.stock.models import StockLevel, Warehouse


@dataclass(frozen=True)
class StockPosition:
    """What one offer has in the centre and on its way, and the terms it is bought on."""

    offer_id: int
    warehouse_id: int
    free: int
    lead_time_days: int
    pack_size: int
    unit_cost: int
    on_order: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class DemandPicture:
    """History and forecast of one offer, day by day, ready to be drawn."""

    days: list[date]
    sold: list[int]
    future_days: list[date]
    forecast: Forecast | None
    levels: list[float]


def daily_sales(
    *,
    platform_id: int,
    first: date,
    last: date,
    most_offers: int,
    merchant_ids: Iterable[int] | None = None,
) -> dict[int, dict[date, int]]:
    """Units sold a day of the offers that sold most between two days: offer -> day -> units."""
    lines = OrderLine.objects.filter(
        platform_id=platform_id, is_void=False, placed_at__date__gte=first, placed_at__date__lte=last
    ).exclude(order__status="cancelled")
    if merchant_ids is not None:
        lines = lines.filter(order__merchant_id__in=list(merchant_ids))
    best = (
        lines.values("offer_id").annotate(units=Sum("quantity")).order_by("-units", "offer_id")[:most_offers]
    )
    offers = [row["offer_id"] for row in best]
    rows = (
        lines.filter(offer_id__in=offers)
        .annotate(day=TruncDate("placed_at"))
        .values_list("offer_id", "day")
        .annotate(units=Sum("quantity"))
    )
    sales: dict[int, dict[date, int]] = defaultdict(dict)
    for offer_id, day, units in rows:
        sales[offer_id][day] = units
    return dict(sales)


def stock_positions(*, platform_id: int, offer_ids: Sequence[int], today: date) -> list[StockPosition]:
    """What these offers have in the platform's centre and on order."""
    arriving: dict[int, dict[int, int]] = defaultdict(dict)
    waiting = PurchaseOrder.objects.filter(
        platform_id=platform_id, offer_id__in=offer_ids, status=PurchaseOrder.Status.ORDERED
    )
    for offer_id, expected_on, units in waiting.values_list("offer_id", "expected_on", "units"):
        day = max((expected_on - today).days, 0)
        arriving[offer_id][day] = arriving[offer_id].get(day, 0) + units
    levels = StockLevel.objects.filter(
        platform_id=platform_id, offer_id__in=offer_ids, warehouse__kind=Warehouse.Kind.CENTRE
    ).select_related("offer")
    return [
        StockPosition(
            offer_id=level.offer_id,
            warehouse_id=level.warehouse_id,
            free=level.on_hand - level.reserved - level.allocated,
            lead_time_days=level.offer.lead_time_days,
            pack_size=level.offer.pack_size,
            unit_cost=level.offer.unit_cost,
            on_order=arriving[level.offer_id],
        )
        for level in levels
    ]


def find_latest_run(*, platform_id: int, merchant_id: int) -> ForecastRun | None:
    return (
        ForecastRun.objects.filter(platform_id=platform_id, merchant_id=merchant_id).order_by("-pk").first()
    )


def forecasts_of_run(run: ForecastRun) -> QuerySet[Forecast]:
    """The run's forecasts with the names of the goods."""
    return Forecast.objects.filter(run=run).select_related("offer__variant__product__category").order_by("pk")


def demand_picture(
    *, platform_id: int, merchant_id: int, offer_id: int, history_days: int = 91
) -> DemandPicture:
    """What one offer sold lately and what the latest run expects of it."""
    forecast = (
        Forecast.objects.filter(platform_id=platform_id, run__merchant_id=merchant_id, offer_id=offer_id)
        .select_related("run")
        .order_by("-run_id")
        .first()
    )
    last = forecast.run.as_of if forecast else date.today() - timedelta(days=1)  # noqa: DTZ011 - only a fallback axis
    first = last - timedelta(days=history_days - 1)
    sales = daily_sales(
        platform_id=platform_id, first=first, last=last, most_offers=10_000, merchant_ids=[merchant_id]
    ).get(offer_id, {})
    days = [first + timedelta(days=day) for day in range(history_days)]
    horizon = len(forecast.mean) if forecast else 0
    return DemandPicture(
        days=days,
        sold=[sales.get(day, 0) for day in days],
        future_days=[last + timedelta(days=ahead + 1) for ahead in range(horizon)],
        forecast=forecast,
        levels=list(forecast.run.levels) if forecast else [],
    )


def open_proposals(*, platform_id: int, merchant_id: int) -> QuerySet[ReorderProposal]:
    """Proposals that wait for a decision, the likeliest stock-out first."""
    return (
        ReorderProposal.objects.filter(
            platform_id=platform_id, merchant_id=merchant_id, status=ReorderProposal.Status.OPEN
        )
        .select_related("offer__variant__product__category", "warehouse")
        .order_by("-stockout_before", "-units", "pk")
    )


def purchase_orders(*, platform_id: int, merchant_id: int) -> QuerySet[PurchaseOrder]:
    """Goods on order and received, newest first."""
    return (
        PurchaseOrder.objects.filter(platform_id=platform_id, merchant_id=merchant_id)
        .select_related("offer__variant__product__category", "warehouse")
        .order_by("-pk")
    )
