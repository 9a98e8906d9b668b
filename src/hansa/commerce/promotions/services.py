"""Starting and ending promotions, and counting the use of coupons under a guard in the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.promotions.models import Coupon, PromotedOffer, Promotion, Redemption
from hansa.kernel.errors import InvalidInput, NotFound, Refused


class CouponUsedUp(Refused):
    """The coupon has no uses left, or none for this buyer."""

    code = "coupon_used_up"


@transaction.atomic
def start_promotion(
    *,
    actor: Actor,
    platform_id: int,
    merchant_id: int,
    name: str,
    percent_bp: int,
    offer_ids: Sequence[int],
    starts_at: datetime,
    ends_at: datetime,
) -> Promotion:
    """Start a reduction that the merchant pays for. Refuses another merchant's offers and odd numbers."""
    actor.require(Permission.RUN_MERCHANT, merchant_id=merchant_id)
    if not 1 <= percent_bp <= 9_000:
        raise InvalidInput("a promotion takes between 0.01 % and 90 % off")
    if ends_at <= starts_at:
        raise InvalidInput("a promotion must end after it starts")
    if not name.strip():
        raise InvalidInput("a promotion needs a name")
    own = (
        catalogue.offers_of_merchant(merchant_id).filter(pk__in=list(offer_ids)).values_list("pk", flat=True)
    )
    foreign = set(offer_ids) - set(own)
    if foreign or not offer_ids:
        raise NotFound(f"no such goods of this merchant: {sorted(foreign) or 'none chosen'}")
    promotion = Promotion.objects.create(
        platform_id=platform_id,
        merchant_id=merchant_id,
        name=name.strip(),
        percent_bp=percent_bp,
        funded_by=Promotion.FundedBy.MERCHANT,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    PromotedOffer.objects.bulk_create(
        PromotedOffer(platform_id=platform_id, promotion=promotion, offer_id=offer_id)
        for offer_id in offer_ids
    )
    return promotion


@transaction.atomic
def redeem(*, coupon: Coupon, buyer_id: int | None, reference: str, now: datetime) -> None:
    """Count one use of a coupon for a purchase.

    Refuses with CouponUsedUp when it has no uses left, or none for this buyer. The counter's conditional
    update locks the coupon's row first, so the count per buyer behind it cannot be raced.
    """
    if Coupon.objects.filter(pk=coupon.pk, uses__lt=F("most_uses")).update(uses=F("uses") + 1) != 1:
        raise CouponUsedUp(f"coupon {coupon.code} has been used up")
    if buyer_id is None:
        raise CouponUsedUp(f"sign in to use coupon {coupon.code}")
    used = Redemption.objects.filter(coupon=coupon, buyer_id=buyer_id, released=False).count()
    if used >= coupon.most_per_buyer:
        raise CouponUsedUp(f"you have already used coupon {coupon.code}")
    Redemption.objects.create(
        platform_id=coupon.platform_id, coupon=coupon, buyer_id=buyer_id, reference=reference, redeemed_at=now
    )


@transaction.atomic
def release(*, reference: str) -> None:
    """Give back the coupon uses of a purchase that came to nothing."""
    for redemption in Redemption.objects.select_for_update().filter(reference=reference, released=False):
        Redemption.objects.filter(pk=redemption.pk).update(released=True)
        Coupon.objects.filter(pk=redemption.coupon_id).update(uses=F("uses") - 1)
