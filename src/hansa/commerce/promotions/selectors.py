"""Reads of promotions: which rules reach some goods now, coupons that run, and what a desk shows of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from hansa.commerce.promotions.domain import WHOLE, GroupState, Kind, Rule, Tier
from hansa.commerce.promotions.models import BuyingGroup, Coupon, GroupMember, PromotedOffer, Promotion
from hansa.foundation import statements
from hansa.foundation.memory import remembered
from hansa.foundation.statements import Later, Rows
from hansa.kernel.errors import NotFound

UNLIMITED = 2**31 - 1

_RULE = """p.id, p.name, p.kind, case p.funded_by when 'platform' then 10000 when 'merchant' then 0
         else p.platform_share_bp end, p.merchant_id, p.priority, p.stacks, p.percent_bp, p.amount, p.buy_units,
         p.get_units, p.tiers, p.min_spend, p.cap, p.parts, p.needs_coupon, p.ends_at, p.most_per_buyer"""
_RUNS = """p.platform_id = a.platform and p.starts_at <= a.now and p.ends_at > a.now and not p.awaits_platform
         and (not p.needs_coupon or p.id = a.coupon) and (p.kind <> 'group' or p.id = a.of_group)"""
_RULES = f"""
  with a as materialized (
    select %s::smallint platform, %s::timestamptz now, %s::bigint coupon, %s::bigint of_group, %s::bigint buyer
  ), goods as materialized (
    select l.offer_id, l.merchant_id from a join catalogue_listing l
      on l.platform_id = a.platform and l.id = any(%s::bigint[])
  )
  select {_RULE}, d.offer_id, d.units, d.flash_stock, d.flash_stock - d.flash_sold, coalesce(b.units, 0)
  from a cross join goods g
    join promotions_promotedoffer d on d.offer_id = g.offer_id
    join promotions_promotion p on p.id = d.promotion_id
    left join promotions_flashbuyer b on b.promoted_id = d.id and b.buyer_id = a.buyer
  where {_RUNS}
  union all
  select {_RULE}, null, null, null, null, null
  from a join promotions_promotion p on p.covers_all
  where {_RUNS} and (p.merchant_id is null or p.merchant_id in (select merchant_id from goods))
"""  # noqa: S608  # pieces of our own


@dataclass(frozen=True)
class Running:
    """A rule that runs now, until when, and for a flash sale the whole stock of each offer."""

    rule: Rule
    ends_at: datetime
    flash_stock: dict[int, int]


def running(
    *,
    platform_id: int,
    listing_ids: Collection[int],
    now: datetime,
    coupon: Coupon | None = None,
    group_promotion_id: int | None = None,
    buyer_id: int | None = None,
) -> Later[list[Running]]:
    """The promotions that reach some of these listings now, in one statement however many there are.

    A coupon switches its own promotion on (within what is left of its budget), a group buy its own price.
    """

    def read(rows: Rows) -> list[Running]:
        by_promotion: dict[int, Rows] = {}
        for row in rows:
            by_promotion.setdefault(row[0], []).append(row)
        return [_running(own, coupon) for own in by_promotion.values()]

    promotion_id = coupon.promotion_id if coupon else None
    return statements.send(
        _RULES, [platform_id, now, promotion_id, group_promotion_id, buyer_id, list(listing_ids)], read
    )


def find_coupon(*, platform_id: int, code: str, now: datetime) -> Coupon | None:
    """The coupon with this code, if its promotion runs now."""
    if not code.strip():
        return None
    return (
        Coupon.objects.select_related("promotion")
        .filter(
            platform_id=platform_id,
            code__iexact=code.strip(),
            promotion__starts_at__lte=now,
            promotion__ends_at__gt=now,
            promotion__awaits_platform=False,
        )
        .first()
    )


@remembered(seconds=10)
def has_group_buys(platform_id: int) -> bool:
    """Say whether any group buy has still to end here, as it was at most ten seconds ago: pages of most goods need not ask."""
    return Promotion.objects.filter(platform_id=platform_id, kind=Kind.GROUP, ends_at__gt=Now()).exists()


def find_group_buy(*, platform_id: int, offer_id: int, merchant_id: int, now: datetime) -> Promotion | None:
    """The group buy of a good that runs now: of several the first by priority."""
    covered = PromotedOffer.objects.filter(promotion=OuterRef("pk"), offer_id=offer_id)
    everything = Q(covers_all=True) & (Q(merchant__isnull=True) | Q(merchant_id=merchant_id))
    return (
        Promotion.objects.filter(
            everything | Exists(covered),
            platform_id=platform_id,
            kind=Kind.GROUP,
            starts_at__lte=now,
            ends_at__gt=now,
            awaits_platform=False,
            needs_coupon=False,
        )
        .order_by("priority", "pk")
        .first()
    )


def open_groups_of(*, platform_id: int, listing_id: int, now: datetime, limit: int = 5) -> list[BuyingGroup]:
    """Groups of a good in which a place is free, the fullest first."""
    free = BuyingGroup.objects.filter(
        platform_id=platform_id,
        listing_id=listing_id,
        state=GroupState.OPEN,
        deadline__gt=now,
        joined__gt=0,
        joined__lt=F("needed"),
    )
    return list(free.order_by("-joined", "deadline", "pk")[:limit])


def get_group(*, platform_id: int, group_id: int) -> BuyingGroup:
    """One group with its good."""
    found = (
        BuyingGroup.objects.filter(platform_id=platform_id, pk=group_id)
        .select_related("promotion", "listing__merchant", "listing__product", "listing__category")
        .first()
    )
    if found is None:
        raise NotFound(f"there is no group {group_id} here")
    return found


def places_of(references: Iterable[str]) -> dict[str, GroupMember]:
    """The places in groups that purchases have taken and kept, by the purchase's number."""
    places = GroupMember.objects.filter(reference__in=list(references), has_left=False)
    return {place.reference: place for place in places.select_related("group")}


def find_place(*, group_id: int, buyer_id: int | None) -> GroupMember | None:
    """A person's own place in a group."""
    return GroupMember.objects.filter(group_id=group_id, buyer_id=buyer_id, has_left=False).first()


def waiting_places() -> QuerySet[GroupMember]:
    """Places whose money is held until their group, which is still open, has been decided."""
    return GroupMember.objects.filter(has_left=False, is_held=True, group__state=GroupState.OPEN)


def promotions_of_merchant(*, platform_id: int, merchant_id: int) -> QuerySet[Promotion]:
    """A merchant's promotions on a platform, newest first, with how many offers each covers."""
    return (
        Promotion.objects.filter(platform_id=platform_id, merchant_id=merchant_id)
        .annotate(offer_count=Count("promoted_offers"))
        .order_by("-starts_at", "-pk")
    )


def coupons_of(platform_id: int) -> QuerySet[Coupon]:
    """Every coupon of a platform with its promotion, those that run longest first."""
    return (
        Coupon.objects.filter(platform_id=platform_id)
        .select_related("promotion__merchant")
        .order_by("-promotion__ends_at", "code")
    )


def awaiting_platform(platform_id: int) -> QuerySet[Promotion]:
    """Promotions of merchants that ask the platform to pay a part and wait for its word, the oldest first."""
    return (
        Promotion.objects.filter(platform_id=platform_id, awaits_platform=True)
        .select_related("merchant")
        .order_by("pk")
    )


def flash_sales_of(*, platform_id: int, merchant_id: int) -> QuerySet[PromotedOffer]:
    """The goods of a merchant's flash sales with what is left of each, newest first."""
    return (
        PromotedOffer.objects.filter(
            platform_id=platform_id, promotion__merchant_id=merchant_id, flash_stock__isnull=False
        )
        .select_related("promotion", "offer__variant__product")
        .annotate(flash_left=F("flash_stock") - F("flash_sold"))
        .order_by("-promotion__starts_at", "pk")
    )


def _running(rows: Rows, coupon: Coupon | None) -> Running:
    (pk, name, kind, share, merchant, priority, stacks, percent, amount, buy, get) = rows[0][:11]
    tiers, min_spend, cap, parts, needs_coupon, ends_at, most_per_buyer = rows[0][11:18]
    if needs_coupon and coupon is not None and coupon.budget is not None:
        left = max(0, coupon.budget - coupon.spent)
        cap = left if cap is None else min(cap, left)
    own = [row for row in rows if row[18] is not None]
    units_left: dict[int, int] = {}
    if kind == Kind.FLASH:
        most = UNLIMITED if most_per_buyer is None else most_per_buyer
        units_left = {row[18]: max(0, min(row[21] or 0, most - row[22])) for row in own}
    return Running(
        Rule(
            promotion_id=pk,
            name=name,
            kind=Kind(kind),
            platform_share_bp=min(share, WHOLE),
            merchant_id=merchant,
            priority=priority,
            stacks=stacks,
            percent_bp=percent,
            amount=amount,
            buy=buy,
            get=get,
            tiers=tiers_of(tiers) if kind == Kind.TIERED else (),
            min_spend=min_spend,
            cap=cap,
            parts=parts,
            needs_coupon=needs_coupon,
            covers={row[18]: row[19] for row in own} if len(own) == len(rows) else None,
            left=units_left,
        ),
        ends_at,
        {row[18]: row[20] for row in own if row[20] is not None},
    )


def rule_of(promotion: Promotion) -> Rule:
    """A stored promotion's terms, without the goods it covers."""
    return Rule(
        promotion_id=promotion.pk,
        name=promotion.name,
        kind=Kind(promotion.kind),
        platform_share_bp=promotion.share_of_platform,
        merchant_id=promotion.merchant_id,
        percent_bp=promotion.percent_bp,
        amount=promotion.amount,
        buy=promotion.buy_units,
        get=promotion.get_units,
        tiers=tiers_of(promotion.tiers),
        min_spend=promotion.min_spend,
        cap=promotion.cap,
    )


def tiers_of(stored: object) -> tuple[Tier, ...]:
    """Tiers as they are kept: pairs of units and basis points, or their JSON text."""
    pairs = json.loads(stored) if isinstance(stored, str) else stored
    return tuple(Tier(units, percent) for units, percent in pairs) if isinstance(pairs, list) else ()
