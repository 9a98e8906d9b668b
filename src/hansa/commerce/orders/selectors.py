"""Reads of purchases and orders, each scoped to who looks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Prefetch, QuerySet, Sum
from django.db.models.functions import TruncDate

from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.orders.errors import NoSuchPurchase
from hansa.commerce.orders.models import Order, OrderGroup, OrderLine


@dataclass(frozen=True)
class DayOfTakings:
    """What was sold on one day; money in minor units."""

    day: date
    revenue: int
    orders: int
    units: int


def purchases_of(user_id: int) -> QuerySet[OrderGroup]:
    """A buyer's purchases on the platform in scope, newest first."""
    return OrderGroup.objects.filter(buyer_id=user_id).order_by("-placed_at", "-pk")


def purchase_detail(*, platform_id: int, number: str, actor: Actor, token: str = "") -> OrderGroup:
    """One purchase with its orders and lines, for its buyer, for who holds its token, or for the operator.

    A stranger's purchase is as if it did not exist.
    """
    group = _with_lines(OrderGroup.objects.filter(platform_id=platform_id, number=number)).first()
    if group is None or not _may_see(group, actor, token):
        raise NoSuchPurchase(f"there is no purchase {number} of yours here")
    return group


def group_with_lines(group_id: int) -> OrderGroup:
    """One purchase with all its orders and lines, for our own use."""
    group = _with_lines(OrderGroup.objects.filter(pk=group_id)).first()
    if group is None:
        raise NoSuchPurchase(f"there is no purchase {group_id}")
    return group


def orders_of_merchant(*, platform_id: int, merchant_id: int) -> QuerySet[Order]:
    """A merchant's orders on a platform, newest first."""
    return (
        Order.objects.filter(platform_id=platform_id, merchant_id=merchant_id)
        .select_related("group")
        .prefetch_related("lines")
        .order_by("-placed_at", "-pk")
    )


def daily_takings(
    *, platform_id: int, since: datetime, until: datetime, merchant_id: int | None = None
) -> list[DayOfTakings]:
    """Revenue, orders and units of every day in a time span, days without sales included."""
    orders = Order.objects.filter(platform_id=platform_id, placed_at__gte=since, placed_at__lt=until).exclude(
        status__in=["placed", "cancelled"]
    )
    if merchant_id is not None:
        orders = orders.filter(merchant_id=merchant_id)
    rows = (
        orders.annotate(day=TruncDate("placed_at"))
        .values("day")
        .annotate(revenue=Sum("items_total"), count=Count("pk"))
        .values_list("day", "revenue", "count")
    )
    sold = {day: (revenue, count) for day, revenue, count in rows}
    units = dict(
        OrderLine.objects.filter(order__in=orders)
        .annotate(day=TruncDate("placed_at"))
        .values("day")
        .annotate(units=Sum("quantity"))
        .values_list("day", "units")
    )
    span = [
        since.date() + timedelta(days=ahead) for ahead in range(1, (until.date() - since.date()).days + 1)
    ]
    return [DayOfTakings(day, *sold.get(day, (0, 0)), units.get(day, 0)) for day in span]


def orders_of_platform(platform_id: int) -> QuerySet[OrderGroup]:
    """Every purchase on a platform, newest first."""
    return (
        OrderGroup.objects.filter(platform_id=platform_id)
        .select_related("buyer")
        .order_by("-placed_at", "-pk")
    )


def bought_offers(*, user_id: int, limit: int = 500) -> list[int]:
    """The offers a person bought, oldest first, each time it was bought."""
    rows = (
        OrderLine.objects.filter(buyer_id=user_id, is_void=False)
        .order_by("-placed_at", "-pk")
        .values_list("offer_id", flat=True)[:limit]
    )
    return list(reversed(list(rows)))


def find_delivered_line(*, line_id: int, buyer_id: int) -> OrderLine | None:
    """A line that this buyer bought and received."""
    return (
        OrderLine.objects.select_related("order__group")
        .filter(pk=line_id, buyer_id=buyer_id, order__status="delivered", is_void=False)
        .first()
    )


def _with_lines(groups: QuerySet[OrderGroup]) -> QuerySet[OrderGroup]:
    lines = OrderLine.objects.select_related("offer__variant__product").order_by("pk")
    orders = Order.objects.select_related("merchant").order_by("pk")
    return groups.select_related("outlet").prefetch_related(
        Prefetch("orders", queryset=orders), Prefetch("orders__lines", queryset=lines), "orders__changes"
    )


def _may_see(group: OrderGroup, actor: Actor, token: str) -> bool:
    if group.buyer_id is not None and group.buyer_id == actor.user_id:
        return True
    if token and group.token and token == group.token:
        return True
    return actor.may(Permission.SEE_PLATFORM, platform_id=group.platform_id)
