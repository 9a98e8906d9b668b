"""Reads of promotions: which reductions an offer has now, and who pays for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet

from hansa.commerce.promotions.models import Coupon, PromotedOffer, Promotion


@dataclass(frozen=True)
class Reduction:
    """A reduction in basis points and who bears it."""

    promotion_id: int
    name: str
    percent_bp: int
    funded_by: str


def best_reductions(
    *, platform_id: int, offer_ids: Iterable[int], now: datetime, coupon: Coupon | None = None
) -> dict[int, Reduction]:
    """The largest reduction running now for each offer; a coupon adds its own promotion. They never add up."""
    running = PromotedOffer.objects.filter(
        platform_id=platform_id,
        offer_id__in=list(offer_ids),
        promotion__starts_at__lte=now,
        promotion__ends_at__gt=now,
    ).select_related("promotion")
    best: dict[int, Reduction] = {}
    for promoted in running.order_by("promotion__percent_bp", "promotion_id"):
        promotion = promoted.promotion
        if promotion.needs_coupon and (coupon is None or coupon.promotion_id != promotion.pk):
            continue
        best[promoted.offer_id] = Reduction(
            promotion.pk, promotion.name, promotion.percent_bp, promotion.funded_by
        )
    return best


def find_coupon(*, platform_id: int, code: str, now: datetime) -> Coupon | None:
    """The coupon with this code, if its promotion runs now."""
    return (
        Coupon.objects.select_related("promotion")
        .filter(
            platform_id=platform_id,
            code__iexact=code.strip(),
            promotion__starts_at__lte=now,
            promotion__ends_at__gt=now,
        )
        .first()
    )


def promotions_of_merchant(*, platform_id: int, merchant_id: int) -> QuerySet[Promotion]:
    """A merchant's promotions on a platform, newest first, with how many offers each covers."""
    return (
        Promotion.objects.filter(platform_id=platform_id, merchant_id=merchant_id)
        .annotate(offer_count=Count("promoted_offers"))
        .order_by("-starts_at", "-pk")
    )
