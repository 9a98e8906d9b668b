"""Reads of purchases and orders, each scoped to who looks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Count, Exists, Max, OuterRef, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.orders.domain import OrderStatus
from hansa.commerce.orders.errors import NoSuchPurchase
from hansa.commerce.orders.models import FulfilmentLine, Order, OrderGroup, OrderLine
from hansa.commerce.payments.models import Payment


@dataclass(frozen=True)
class DayOfTakings:
    """What was sold on one day; money in minor units."""

    day: date
    revenue: int
    orders: int
    units: int


@dataclass(frozen=True)
class Standing:
    """How far the purchases of a time span have come; who came to a station had come to those before it."""

    purchases: int
    buyers: int
    paid: int
    shipped: int
    delivered: int
    cancelled: int


@dataclass(frozen=True)
class MerchantStanding:
    """A merchant's store on a platform and what it sold in a time span; money in minor units."""

    merchant_id: int
    name: str
    status: str
    is_open: bool
    goods: int
    orders: int
    revenue: int
    commission: int
    ratings: int
    rating: float | None


@dataclass(frozen=True)
class Ranking:
    """Some merchants in order, and how many there are in all."""

    rows: list[MerchantStanding]
    total: int


@dataclass(frozen=True)
class WeekOfEarnings:
    """What the platform earned by the orders of one week, which begins on a Monday; money in minor units."""

    week: date
    goods: int
    commission: int
    delivery: int
    discounts: int


def purchases_of(user_id: int) -> QuerySet[OrderGroup]:
    """A buyer's purchases on the platform in scope, newest first."""
    return OrderGroup.objects.filter(buyer_id=user_id).order_by("-placed_at", "-pk")


def purchases_with_lines_of(user_id: int) -> QuerySet[OrderGroup]:
    """A buyer's purchases as `purchases_of`, with their orders and what was bought."""
    return _with_lines(purchases_of(user_id))


def get_purchase(*, platform_id: int, number: str, actor: Actor, token: str = "") -> OrderGroup:
    """One purchase, for its buyer, for who holds its token, or for the operator.

    A stranger's purchase is as if it did not exist.
    """
    return _seen(OrderGroup.objects.filter(platform_id=platform_id, number=number), number, actor, token)


def purchase_detail(*, platform_id: int, number: str, actor: Actor, token: str = "") -> OrderGroup:
    """The same with its orders and lines, ready to be shown."""
    found = _with_lines(OrderGroup.objects.filter(platform_id=platform_id, number=number))
    return _seen(found, number, actor, token)


def _seen(found: QuerySet[OrderGroup], number: str, actor: Actor, token: str) -> OrderGroup:
    group = found.first()
    if group is None or not _may_see(group, actor, token):
        raise NoSuchPurchase(f"there is no purchase {number} of yours here")
    return group


def get_order(*, platform_id: int, order_id: int) -> Order:
    """One merchant's order with its purchase; the caller makes sure who may see it."""
    found = (
        Order.objects.filter(platform_id=platform_id, pk=order_id).select_related("group", "merchant").first()
    )
    if found is None:
        raise NoSuchPurchase(f"there is no order {order_id} here")
    return found


def arrivals_of(line_ids: Iterable[int]) -> dict[int, datetime]:
    """When the last units of lines arrived; lines of which none has are left out."""
    rows = FulfilmentLine.objects.filter(line__in=list(line_ids), fulfilment__delivered_at__isnull=False)
    return {
        row["line_id"]: row["at"]
        for row in rows.values("line_id").annotate(at=Max("fulfilment__delivered_at"))
    }


def group_with_lines(group_id: int) -> OrderGroup:
    """One purchase with all its orders and lines, for our own use."""
    group = _with_lines(OrderGroup.objects.filter(pk=group_id)).first()
    if group is None:
        raise NoSuchPurchase(f"there is no purchase {group_id}")
    return group


def orders_of_merchant(*, platform_id: int, merchant_id: int, status: str = "") -> QuerySet[Order]:
    """A merchant's orders on a platform, or those that stand at one station, newest first."""
    found = Order.objects.filter(platform_id=platform_id, merchant_id=merchant_id)
    if status:
        found = found.filter(status=status)
    return found.select_related("group").prefetch_related("lines").order_by("-placed_at", "-pk")


def open_orders_of(*, platform_id: int, merchant_id: int) -> int:
    """How many of a merchant's orders on a platform are paid for and not delivered yet."""
    under_way = (OrderStatus.PAID, OrderStatus.SHIPPED)
    return Order.objects.filter(
        platform_id=platform_id, merchant_id=merchant_id, status__in=under_way
    ).count()


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


def find_purchases(*, platform_id: int, text: str = "", status: str = "") -> QuerySet[OrderGroup]:
    """Purchases on a platform whose number contains the text, newest first, with their orders and merchants.

    With a status only those of which at least one order stands there.
    """
    found = orders_of_platform(platform_id)
    if text.strip():
        found = found.filter(number__icontains=text.strip())
    if status:
        found = found.filter(Exists(Order.objects.filter(group=OuterRef("pk"), status=status)))
    orders = Order.objects.select_related("merchant").order_by("pk")
    return found.prefetch_related(Prefetch("orders", queryset=orders))


def standing_of_purchases(*, platform_id: int, since: datetime, until: datetime) -> Standing:
    """How many purchases were placed in a time span, by how many people, and how far they have come."""
    orders = Order.objects.filter(platform_id=platform_id, placed_at__gte=since, placed_at__lt=until)
    at_least = {
        "paid": [OrderStatus.PAID, OrderStatus.SHIPPED, OrderStatus.DELIVERED],
        "shipped": [OrderStatus.SHIPPED, OrderStatus.DELIVERED],
        "delivered": [OrderStatus.DELIVERED],
        "cancelled": [OrderStatus.CANCELLED],
    }
    counted = orders.aggregate(
        purchases=Count("group_id", distinct=True),
        buyers=Count("group__buyer_id", distinct=True, filter=~Q(status=OrderStatus.CANCELLED)),
        **{
            name: Count("group_id", distinct=True, filter=Q(status__in=statuses))
            for name, statuses in at_least.items()
        },
    )
    return Standing(**counted)


def find_payment(*, platform_id: int, number: str) -> Payment | None:
    """The money of a purchase with what was given back of it; a partner's sale has none here."""
    return (
        Payment.objects.filter(platform_id=platform_id, reference=number).prefetch_related("refunds").first()
    )


def merchants_ranked(
    *, platform_id: int, since: datetime, until: datetime, text: str = "", limit: int = 50, offset: int = 0
) -> Ranking:
    """The merchants with a store on a platform, the best-selling of a time span first, by part of their name."""
    wanted: dict[str, int | str | datetime] = {
        "platform": platform_id,
        "since": since,
        "until": until,
        "text": text.strip(),
        "limit": limit,
        "offset": offset,
    }
    with connection.cursor() as cursor:
        cursor.execute(_RANKED, wanted)
        rows = cursor.fetchall()
    return Ranking([MerchantStanding(*row[1:]) for row in rows], rows[0][0] if rows else 0)


def weekly_earnings(*, platform_id: int, since: datetime, until: datetime) -> list[WeekOfEarnings]:
    """What the platform earned by paid orders, week by week, weeks without sales left out."""
    with connection.cursor() as cursor:
        cursor.execute(_EARNED, {"platform": platform_id, "since": since, "until": until})
        return [WeekOfEarnings(*row) for row in cursor.fetchall()]


def find_delivered_line(*, line_id: int, buyer_id: int) -> OrderLine | None:
    """A line that this buyer bought and received."""
    return (
        OrderLine.objects.select_related("order__group")
        .filter(pk=line_id, buyer_id=buyer_id, order__status="delivered", is_void=False)
        .first()
    )


def _with_lines(groups: QuerySet[OrderGroup]) -> QuerySet[OrderGroup]:
    lines = OrderLine.objects.select_related("offer__variant__product__category").order_by("pk")
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


_RANKED = """
    with sold as (
      select merchant_id, count(*) as orders, sum(items_total) as revenue, sum(commission) as commission
      from orders_order
      where platform_id = %(platform)s and placed_at >= %(since)s and placed_at < %(until)s
        and status in ('paid', 'shipped', 'delivered')
      group by merchant_id
    ), offered as (
      select merchant_id, count(*) as goods, sum(rating_sum) as stars, sum(rating_count) as ratings
      from catalogue_listing where platform_id = %(platform)s and is_active group by merchant_id
    )
    select count(*) over (), m.id, m.name, m.status, s.is_open, coalesce(o.goods, 0), coalesce(b.orders, 0),
           coalesce(b.revenue, 0)::bigint, coalesce(b.commission, 0)::bigint, coalesce(o.ratings, 0)::bigint,
           (o.stars::float8 / nullif(o.ratings, 0))
    from merchants_store s
      join merchants_merchant m on m.id = s.merchant_id
      left join sold b on b.merchant_id = m.id
      left join offered o on o.merchant_id = m.id
    where s.platform_id = %(platform)s and strpos(lower(m.name), lower(%(text)s)) > 0
    order by coalesce(b.revenue, 0) desc, m.name, m.id limit %(limit)s offset %(offset)s
"""

_EARNED = """
    with paid as (
      select group_id, platform_id, placed_at, items_total, commission, platform_discount
      from orders_order
      where platform_id = %(platform)s and placed_at >= %(since)s and placed_at < %(until)s
        and status in ('paid', 'shipped', 'delivered')
    ), by_week as (
      select date_trunc('week', placed_at at time zone 'UTC')::date as week, sum(items_total) as goods,
             sum(commission) as commission, sum(platform_discount) as discounts
      from paid group by 1
    ), brought as (
      select date_trunc('week', g.placed_at at time zone 'UTC')::date as week, sum(g.delivery_fee) as delivery
      from orders_ordergroup g where g.id in (select group_id from paid) group by 1
    )
    select w.week, w.goods::bigint, w.commission::bigint, coalesce(b.delivery, 0)::bigint, w.discounts::bigint
    from by_week w left join brought b on b.week = w.week order by w.week
"""
