"""Reads of what selling takes: a merchant's funnel, its goods and placements, campaigns and coupons.

Time spans run from ``since`` up to but not including ``until``. Money is in minor units. A visit is a visitor
with a product view, counted once a day; an order counts once it is paid.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import CharField, Count, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast, Concat, TruncDate

from hansa.commerce.behaviour.models import BehaviourEvent
from hansa.commerce.catalogue.models import Listing
from hansa.commerce.orders.domain import OrderStatus
from hansa.commerce.orders.models import Order, OrderLine

Kind = BehaviourEvent.Kind
PAID = (OrderStatus.PAID, OrderStatus.SHIPPED, OrderStatus.DELIVERED)


@dataclass(frozen=True)
class Funnel:
    """How far people came with one merchant. Carts are visitors who put something into a cart, counted once a day.

    A rate is None where nobody stood at the step before. It can exceed one: who was sent a link was never
    shown an impression, who bought at an outlet never had a cart.
    """

    impressions: int
    clicks: int
    visits: int
    carts: int
    orders: int
    units: int
    revenue: int
    delivered: int
    reviews: int
    buyers: int
    returning_buyers: int

    @property
    def click_rate(self) -> float | None:
        return _share(self.clicks, self.impressions)

    @property
    def cart_rate(self) -> float | None:
        return _share(self.carts, self.visits)

    @property
    def order_rate(self) -> float | None:
        """Orders for each cart."""
        return _share(self.orders, self.carts)

    @property
    def conversion(self) -> float | None:
        """Orders for each visit."""
        return _share(self.orders, self.visits)

    @property
    def delivered_rate(self) -> float | None:
        return _share(self.delivered, self.orders)

    @property
    def review_rate(self) -> float | None:
        """Reviews for each delivered order."""
        return _share(self.reviews, self.delivered)

    @property
    def repurchase_rate(self) -> float | None:
        """The share of known buyers with two purchases or more."""
        return _share(self.returning_buyers, self.buyers)


@dataclass(frozen=True)
class Reach:
    """How many were shown something on a platform and what they did then; visits and carts once a visitor and day."""

    impressions: int
    clicks: int
    visits: int
    carts: int


@dataclass(frozen=True)
class ListingFunnel:
    """How far people came with one good."""

    listing_id: int
    title: str
    impressions: int
    clicks: int
    visits: int
    carts: int
    orders: int
    units: int
    revenue: int
    reviews: int

    @property
    def click_rate(self) -> float | None:
        return _share(self.clicks, self.impressions)

    @property
    def conversion(self) -> float | None:
        return _share(self.orders, self.visits)


@dataclass(frozen=True)
class PlacementResult:
    """What one place on the pages did for a merchant."""

    placement: str
    impressions: int
    clicks: int
    mean_position: float | None

    @property
    def click_rate(self) -> float | None:
        return _share(self.clicks, self.impressions)


@dataclass(frozen=True)
class SourceResult:
    """What came from one campaign, referrer or shelf."""

    source: str
    visits: int
    carts: int


@dataclass(frozen=True)
class CampaignResult:
    """Whom a campaign was meant for and what they bought while it ran, beside as many days before it."""

    campaign_id: int
    name: str
    merchant_id: int | None
    starts_at: datetime
    ends_at: datetime
    recipients: int
    buyers: int
    buyers_before: int
    purchases: int
    revenue: int
    revenue_before: int

    @property
    def buying_share(self) -> float | None:
        return _share(self.buyers, self.recipients)

    @property
    def buying_share_before(self) -> float | None:
        return _share(self.buyers_before, self.recipients)


@dataclass(frozen=True)
class CouponResult:
    """How a coupon was used. Revenue and discount are of the goods that it covers, in those purchases."""

    coupon_id: int
    code: str
    promotion: str
    merchant_id: int | None
    percent_bp: int
    most_uses: int
    uses: int
    given_back: int
    buyers: int
    revenue: int
    discount: int


def reach_of_platform(*, platform_id: int, since: datetime, until: datetime) -> Reach:
    """Count impressions, clicks, visits and carts of a whole platform."""
    kinds = [Kind.IMPRESSION, Kind.CLICK, Kind.VIEW, Kind.CART]
    seen = BehaviourEvent.objects.filter(platform_id=platform_id, kind__in=kinds, at__gte=since, at__lt=until)
    return Reach(**seen.aggregate(**_STEPS))


def funnel_of_merchant(*, platform_id: int, merchant_id: int, since: datetime, until: datetime) -> Funnel:
    """Count every step from being shown to being bought again, in four statements."""
    seen = _events(platform_id, merchant_id, since, until).aggregate(**_STEPS)
    orders = _orders(platform_id, merchant_id, since, until)
    sold = orders.aggregate(
        orders=Count("pk"),
        revenue=Sum("items_total", default=0),
        delivered=Count("pk", filter=Q(status=OrderStatus.DELIVERED)),
    )
    lines = OrderLine.objects.filter(order__in=orders).aggregate(
        units=Sum("quantity", default=0), reviews=Count("review")
    )
    buyers = (
        orders.filter(group__buyer__isnull=False)
        .values("group__buyer_id")
        .annotate(times=Count("group_id"))
        .aggregate(buyers=Count("times"), returning_buyers=Count("times", filter=Q(times__gte=2)))
    )
    return Funnel(**seen, **sold, **lines, **buyers)


def listings_of_merchant(
    *, platform_id: int, merchant_id: int, since: datetime, until: datetime, limit: int = 10
) -> list[ListingFunnel]:
    """The funnel of each good that was seen or sold, the best-earning first, then the most visited."""
    seen = _by(
        "listing_id", _events(platform_id, merchant_id, since, until).values("listing_id").annotate(**_STEPS)
    )
    sold = _by(
        "offer_id",
        OrderLine.objects.filter(order__in=_orders(platform_id, merchant_id, since, until))
        .values("offer_id")
        .annotate(
            orders=Count("order_id", distinct=True),
            units=Sum("quantity"),
            revenue=Sum("total"),
            reviews=Count("review"),
        ),
    )
    listings = Listing.objects.filter(platform_id=platform_id, merchant_id=merchant_id).filter(
        Q(pk__in=[key for key in seen if key is not None]) | Q(offer_id__in=list(sold))
    )
    funnels = [
        ListingFunnel(
            listing_id=pk,
            title=title,
            **{**_UNSEEN, **seen.get(pk, {})},
            **{**_UNSOLD, **sold.get(offer_id, {})},
        )
        for pk, title, offer_id in listings.values_list("pk", "title", "offer_id")
    ]
    return sorted(funnels, key=lambda one: (-one.revenue, -one.visits, -one.clicks, one.listing_id))[:limit]


def placements_of_merchant(
    *, platform_id: int, merchant_id: int, since: datetime, until: datetime
) -> list[PlacementResult]:
    """Where a merchant's goods were shown and clicked, the most seen place first."""
    with connection.cursor() as cursor:
        cursor.execute(_PLACEMENTS, [platform_id, merchant_id, since, until])
        return [PlacementResult(*row) for row in cursor.fetchall()]


def sources_of_merchant(
    *, platform_id: int, merchant_id: int, since: datetime, until: datetime
) -> list[SourceResult]:
    """Where the visits and carts came from, as far as it was told, the most visits first."""
    rows = (
        _events(platform_id, merchant_id, since, until)
        .filter(kind__in=[Kind.VIEW, Kind.CART])
        .exclude(source="")
        .values("source")
        .annotate(visits=_STEPS["visits"], carts=_STEPS["carts"])
        .order_by("-visits", "source")
    )
    return [SourceResult(row["source"], row["visits"], row["carts"]) for row in rows]


def campaigns_of(*, platform_id: int, now: datetime, merchant_id: int | None = None) -> list[CampaignResult]:
    """A platform's campaigns, or one merchant's, the latest first, each with what came of it until now.

    A merchant's campaign counts that merchant's orders only.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CAMPAIGNS, {"platform": platform_id, "merchant": merchant_id, "now": now})
        return [CampaignResult(*row) for row in cursor.fetchall()]


def coupon_results(
    *, platform_id: int, since: datetime, until: datetime, merchant_id: int | None = None
) -> list[CouponResult]:
    """The coupons that were used in a time span, the most used first."""
    with connection.cursor() as cursor:
        cursor.execute(
            _COUPONS, {"platform": platform_id, "merchant": merchant_id, "since": since, "until": until}
        )
        return [CouponResult(*row) for row in cursor.fetchall()]


_VISITOR_DAY = Concat("visitor", Value(" "), Cast(TruncDate("at"), CharField()), output_field=CharField())
_STEPS: dict[str, Count] = {
    "impressions": Count("pk", filter=Q(kind=Kind.IMPRESSION)),
    "clicks": Count("pk", filter=Q(kind=Kind.CLICK)),
    "visits": Count(_VISITOR_DAY, filter=Q(kind=Kind.VIEW), distinct=True),
    "carts": Count(_VISITOR_DAY, filter=Q(kind=Kind.CART), distinct=True),
}
_UNSEEN = dict.fromkeys(_STEPS, 0)
_UNSOLD = dict.fromkeys(("orders", "units", "revenue", "reviews"), 0)

_PLACEMENTS = """
    select placement, count(*) filter (where kind = 'impression'), count(*) filter (where kind = 'click'),
           avg(position) filter (where kind = 'impression')::float8
    from behaviour_behaviourevent
    where platform_id = %s and merchant_id = %s and kind in ('impression', 'click') and at >= %s and at < %s
    group by placement order by 2 desc, placement
"""

_CAMPAIGNS = """
    with chosen as (
      select id, name, merchant_id, starts_at, ends_at, platform_id,
             least(ends_at, %(now)s) - starts_at as running
      from marketing_campaign
      where platform_id = %(platform)s and (%(merchant)s::bigint is null or merchant_id = %(merchant)s)
    ), bought as (
      select c.id, r.user_id, g.id as group_id, g.placed_at >= c.starts_at as is_during,
             sum(o.items_total) as paid
      from chosen c
        join marketing_campaignrecipient r on r.campaign_id = c.id
        join orders_ordergroup g on g.buyer_id = r.user_id and g.platform_id = c.platform_id
          and g.placed_at >= c.starts_at - c.running and g.placed_at < c.starts_at + c.running
        join orders_order o on o.group_id = g.id and o.status in ('paid', 'shipped', 'delivered')
          and (c.merchant_id is null or o.merchant_id = c.merchant_id)
      group by 1, 2, 3, 4
    ), results as (
      select id, count(distinct user_id) filter (where is_during) as buyers,
             count(distinct user_id) filter (where not is_during) as buyers_before,
             count(*) filter (where is_during) as purchases,
             sum(paid) filter (where is_during) as revenue, sum(paid) filter (where not is_during) as revenue_before
      from bought group by id
    )
    select c.id, c.name, c.merchant_id, c.starts_at, c.ends_at,
           (select count(*) from marketing_campaignrecipient r where r.campaign_id = c.id),
           coalesce(b.buyers, 0), coalesce(b.buyers_before, 0), coalesce(b.purchases, 0),
           coalesce(b.revenue, 0)::bigint, coalesce(b.revenue_before, 0)::bigint
    from chosen c left join results b on b.id = c.id
    order by c.starts_at desc, c.id desc
"""

_COUPONS = """
    select c.id, c.code, p.name, p.merchant_id, p.percent_bp, c.most_uses,
           count(*) filter (where not r.released), count(*) filter (where r.released),
           count(distinct r.buyer_id) filter (where not r.released),
           coalesce(sum(l.revenue) filter (where not r.released), 0)::bigint,
           coalesce(sum(l.discount) filter (where not r.released), 0)::bigint
    from promotions_redemption r
      join promotions_coupon c on c.id = r.coupon_id
      join promotions_promotion p on p.id = c.promotion_id
      left join lateral (
        select sum(l.total) as revenue, sum(l.discount) as discount
        from orders_ordergroup g
          join orders_order o on o.group_id = g.id and o.status in ('paid', 'shipped', 'delivered')
          join orders_orderline l on l.order_id = o.id
          join promotions_promotedoffer d on d.promotion_id = p.id and d.offer_id = l.offer_id
        where g.number = r.reference
      ) l on true
    where r.platform_id = %(platform)s and r.redeemed_at >= %(since)s and r.redeemed_at < %(until)s
      and (%(merchant)s::bigint is null or p.merchant_id = %(merchant)s)
    group by c.id, p.id order by 7 desc, c.code
"""


def _events(platform_id: int, merchant_id: int, since: datetime, until: datetime) -> QuerySet[BehaviourEvent]:
    return BehaviourEvent.objects.filter(
        platform_id=platform_id, merchant_id=merchant_id, at__gte=since, at__lt=until
    )


def _orders(platform_id: int, merchant_id: int, since: datetime, until: datetime) -> QuerySet[Order]:
    return Order.objects.filter(
        platform_id=platform_id,
        merchant_id=merchant_id,
        placed_at__gte=since,
        placed_at__lt=until,
        status__in=PAID,
    )


def _by(key: str, rows: Iterable[Mapping[str, object]]) -> dict[Any, dict[str, Any]]:
    return {row[key]: {name: value for name, value in row.items() if name != key} for row in rows}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
